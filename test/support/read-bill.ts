import type { Bill, BillTotals } from '../../src/domain/statement/bill.ts';
import type { BillAnswer } from '../../src/domain/statement/statement-gateway.ts';

/** The bill of an answer that has to have one. */
export function billIn<Row>(answer: BillAnswer<Row>): Bill<Row> {
  if (answer.kind === 'bill') return answer.bill;
  throw answer.kind === 'unknown' ? answer.outage : new Error(answer.kind);
}

/** All of its rows, and what they come to. */
export async function readAll<Row>(bill: Bill<Row>): Promise<{ rows: Row[]; totals: BillTotals }> {
  const reading = bill.rows();
  const rows: Row[] = [];
  for (;;) {
    const next = await reading.next();
    if (next.done) return { rows, totals: next.value };
    rows.push(next.value);
  }
}

/** The file as it is. */
export async function bytesOf({ bytes }: Pick<Bill<unknown>, 'bytes'>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
