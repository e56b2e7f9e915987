import type { ExpressionBuilder, OnConflictDatabase, OnConflictTables, Selectable, Transaction } from 'kysely';
import { RefundNoTaken } from '../../domain/order/order-repository.ts';
import { REFUND_DETAILS } from './refund-row.ts';
import type { RefundRow, Schema } from './schema.ts';

type Row = Selectable<RefundRow>;

/** Of one order, in the step that writes the order: only the rows that are new or not as they were. */
export async function keepRefunds(trx: Transaction<Schema>, [first, ...others]: readonly Row[]): Promise<void> {
  if (!first) return;
  const kept = await trx.selectFrom('refunds').selectAll().where('order_id', '=', first.order_id).execute();
  const before = new Map(kept.map((row) => [row.out_refund_no, row]));
  const changed = [first, ...others].filter((row) => !isSame(row, before.get(row.out_refund_no)));
  if (changed.length > 0) await write(trx, changed.toSorted(byNumber));
}

const isSame = (row: Row, kept: Row | undefined): boolean => REFUND_DETAILS.every((name) => row[name] === kept?.[name]);

/** Whoever writes several numbers takes them in the order of all others, and so waits for nobody who waits for them. */
const byNumber = (one: Row, other: Row): number => (one.out_refund_no < other.out_refund_no ? -1 : 1);

/** A row of another order stays as it is, and is missed in the count. */
async function write(trx: Transaction<Schema>, rows: readonly Row[]): Promise<void> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('refunds')
    .values(rows)
    .onConflict((taken) =>
      taken.column('out_refund_no').doUpdateSet(asGiven).whereRef('refunds.order_id', '=', 'excluded.order_id'),
    )
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== BigInt(rows.length)) throw new RefundNoTaken();
}

type Conflict = ExpressionBuilder<OnConflictDatabase<Schema, 'refunds'>, OnConflictTables<'refunds'>>;

const asGiven = (given: Conflict) =>
  Object.fromEntries(REFUND_DETAILS.map((name) => [name, given.ref(`excluded.${name}`)]));

/** A statement takes only so many values. */
const AT_ONCE = 500;

/** Those of some orders just as they are, in place of all that these orders had. */
export async function putRefunds(trx: Transaction<Schema>, orderIds: readonly string[], rows: readonly Row[]) {
  await trx.deleteFrom('refunds').where('order_id', 'in', orderIds).execute();
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    await trx
      .insertInto('refunds')
      .values(rows.slice(from, from + AT_ONCE))
      .execute();
  }
}
