import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bill, BillTotals } from '../../domain/statement/bill.ts';
import { columns } from './columns.ts';

/** Keeps WeChat's own file under that name; half of one is never there. */
export async function keepBill(bill: Bill<unknown>, path: string): Promise<void> {
  const draft = `${path}.part`;
  await pipeline(Readable.from(bill.bytes), createWriteStream(draft, { mode: 0o600 }));
  await rename(draft, path);
  console.log(`Kept in ${path}.`);
}

/** Reads a bill to its end, which is where it shows whether it was whole, and prints what it comes to. */
export async function printTotals(bill: Bill<unknown>): Promise<void> {
  const { count, sums } = await totalsOf(bill);
  console.log(columns([['rows', String(count)], ...Object.entries(sums)]));
}

async function totalsOf(bill: Bill<unknown>): Promise<BillTotals> {
  const rows = bill.rows();
  for (;;) {
    const { done, value } = await rows.next();
    if (done === true) return value;
  }
}
