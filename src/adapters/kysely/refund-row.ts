import { type RawBuilder, type Selectable, sql } from 'kysely';
import { fen } from '../../domain/order/fen.ts';
import type { Order } from '../../domain/order/order.ts';
import type { OutRefundNo, Refund, RefundOrigin, RefundState } from '../../domain/order/refund.ts';
import type { Flavour } from './flavour.ts';
import type { RefundRow } from './schema.ts';

type Row = Selectable<RefundRow>;

const KEYS = ['out_refund_no', 'order_id'] as const;

/** All but whose it is. */
export const REFUND_DETAILS = [
  'place',
  'amount',
  'reason',
  'origin',
  'created_at',
  'request_id',
  'state',
  'refund_id',
  'asked_at',
  'due_at',
  'looks',
  'trouble',
  'succeeded_at',
  'closed_at',
] as const satisfies readonly Exclude<keyof Row, (typeof KEYS)[number]>[];

/**
 * An order's refunds, as a column of the statement that reads the order: so both are of one and the same save. It is
 * one text, for every part of a statement is put together anew each time.
 */
export function refundsAsJson({ jsonList, jsonObject }: Flavour): RawBuilder<string | null> {
  const pairs = [...KEYS, ...REFUND_DETAILS].map((name) => `'${name}', refunds.${name}`).join(', ');
  const list = `select cast(${jsonList}(${jsonObject}(${pairs})) as text) from refunds where order_id = orders.id`;
  return sql.raw(`case when orders.state = 'paid' then (${list}) end`);
}

export const refundsToRows = (order: Order): Row[] =>
  order.state === 'paid' ? order.refunds.map((refund, place) => toRow(refund, order.id, place)) : [];

export function refundsFromJson(json: string | null): Refund[] {
  const rows = json === null ? [] : (JSON.parse(json) as Row[]);
  return rows.toSorted((one, other) => one.place - other.place).map(fromRow);
}

const toRow = (refund: Refund, orderId: string, place: number): Row => ({
  out_refund_no: refund.id,
  order_id: orderId,
  place,
  amount: refund.amount,
  reason: refund.reason,
  origin: refund.origin,
  created_at: refund.createdAt.getTime(),
  request_id: refund.requestId,
  state: refund.state,
  refund_id: refund.refundId,
  asked_at: refund.askedAt && refund.askedAt.getTime(),
  due_at: refund.dueAt && refund.dueAt.getTime(),
  looks: refund.looks,
  trouble: refund.trouble,
  succeeded_at: refund.state === 'succeeded' ? refund.succeededAt.getTime() : null,
  closed_at: refund.state === 'closed' ? refund.closedAt.getTime() : null,
});

/** The column that a state has of its own is there in a row of that state: we wrote it. */
function fromRow(row: Row): Refund {
  const [kept, state] = [keptOf(row), row.state as RefundState];
  if (state === 'succeeded') return { ...kept, state, succeededAt: new Date(row.succeeded_at!) };
  if (state === 'closed') return { ...kept, state, closedAt: new Date(row.closed_at!) };
  return { ...kept, state };
}

const keptOf = (row: Row) => ({
  id: row.out_refund_no as OutRefundNo,
  amount: fen(row.amount),
  reason: row.reason,
  origin: row.origin as RefundOrigin,
  createdAt: new Date(row.created_at),
  requestId: row.request_id,
  refundId: row.refund_id,
  askedAt: timeOf(row.asked_at),
  dueAt: timeOf(row.due_at),
  looks: row.looks,
  trouble: row.trouble,
});

const timeOf = (time: number | null): Date | null => (time === null ? null : new Date(time));
