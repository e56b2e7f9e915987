import { z } from 'zod';
import { serialNumber } from '../serial-number.ts';
import type { BillEntry } from './bill-entry.ts';
import type { Day } from './day.ts';
import { feeOn } from './yuan.ts';

const fen = z.int().min(0).max(1_000_000_000);

/** A payment that never was. */
const extraRow = z.strictObject({
  out_trade_no: z.string(),
  total: fen,
  transaction_id: z.string().optional(),
  openid: z.string().default('oExtra'),
});

/** What is to be wrong with a bill. */
export const billHarmBody = z.strictObject({
  /** Ends the file before its summary. */
  truncate: z.boolean().default(false),
  extra: z.array(extraRow).max(1_000).default([]),
  /** Payments by their out_trade_no, refunds by their out_refund_no. */
  drop: z.array(z.string()).default([]),
  /** By the same numbers. */
  alter: z.record(z.string(), z.strictObject({ total: fen })).default({}),
  /** What the summary says under a heading instead of the truth. */
  totals: z.record(z.string(), z.string()).default({}),
  /** How many bills it befalls. */
  times: z.int().min(1).max(1_000_000).default(1),
});

export type BillHarm = z.output<typeof billHarmBody>;

export const UNHARMED: BillHarm = billHarmBody.parse({});

/** The rows as the harm has them; the summary will fit them. */
export function* harmed(
  entries: Iterable<BillEntry>,
  { drop, alter, extra }: BillHarm,
  day: Day,
  appid: string,
): Generator<BillEntry> {
  const dropped = new Set(drop);
  const altered = new Map(Object.entries(alter));
  for (const entry of entries) {
    const number = entry.refund?.outRefundNo ?? entry.outTradeNo;
    const total = altered.get(number)?.total;
    if (!dropped.has(number)) yield total === undefined ? entry : alteredEntry(entry, total);
  }
  for (const [index, row] of extra.entries())
    yield { appid, ...extraEntry(row, new Date((day.start + day.end) / 2), index + 1) };
}

function alteredEntry(entry: BillEntry, total: number): BillEntry {
  const { refund } = entry;
  if (!refund) return { ...entry, settled: total, total, fee: feeOn(total) };
  return { ...entry, fee: -feeOn(total), refund: { ...refund, settled: total, asked: total } };
}

const extraEntry = (row: z.output<typeof extraRow>, at: Date, serial: number): Omit<BillEntry, 'appid'> => ({
  at,
  transactionId: row.transaction_id ?? serialNumber('4200', serial, at),
  outTradeNo: row.out_trade_no,
  tradeType: 'JSAPI',
  openid: row.openid,
  deviceInfo: '',
  description: 'extra',
  attach: '',
  settled: row.total,
  coupons: 0,
  total: row.total,
  fee: feeOn(row.total),
  refund: undefined,
});
