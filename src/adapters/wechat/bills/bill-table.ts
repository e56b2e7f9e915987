import type { BillTotals } from '../../../domain/statement/bill.ts';
import { type BillCells, type BillSummary, UnreadableBill } from '../protocol/bill-csv.ts';
import { readDashedTime } from '../protocol/compact-time.ts';
import { readYuan, readYuanAsFen, UNITS_PER_YUAN, writeYuan } from '../protocol/yuan.ts';

/** One kind of bill, while it is being read: makes its rows, and counts along. */
export interface BillTable<Row> {
  /** Throws UnreadableBill for a row that cannot be. */
  row(cells: BillCells): Row;
  /** Compares WeChat's sums with what the rows came to. Throws UnreadableBill where they differ. */
  totals(summary: BillSummary): BillTotals;
}

/** The place of a column, which has had several names over the years; -1 where the layout does not have it. */
export const placeOf = (columns: readonly string[], ...names: readonly string[]): number =>
  columns.findIndex((column) => names.includes(column));

export function needPlace(columns: readonly string[], ...names: readonly string[]): number {
  const place = placeOf(columns, ...names);
  if (place === -1) throw new UnreadableBill(`no column ${names[0]}`);
  return place;
}

export function timeIn(cell: string): Date {
  return needed(readDashedTime(cell), 'a time');
}

export function unitsIn(cell: string): number {
  return needed(readYuan(cell), 'an amount');
}

export function fenIn(cell: string): number {
  return needed(readYuanAsFen(cell), 'an amount of fen');
}

function needed<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new UnreadableBill(`${what} that cannot be`);
  return value;
}

/** What a sum of WeChat's has to come to: the rows it counts, or 1/100,000 of a yuan. */
export type Expected = { readonly count: number } | { readonly units: bigint };

/** WeChat prints whole numbers like `45.0`, too. */
export function compared(summary: BillSummary, name: string, expected: Expected): string {
  const units = unitsIn(summary.get(name) ?? '');
  const own = 'count' in expected ? BigInt(expected.count) * BigInt(UNITS_PER_YUAN) : expected.units;
  if (BigInt(units) !== own) throw new UnreadableBill(`${name} is not what the rows come to`);
  return 'count' in expected ? String(expected.count) : writeYuan(own);
}
