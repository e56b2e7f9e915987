import type { OrderEvent } from '../../../src/domain/order/order-event.ts';
import type { Order, OrderState } from '../../../src/domain/order/order.ts';
import { refundedTotal, type RefundState, reservedTotal } from '../../../src/domain/order/refund.ts';
import { type Book, paymentsIn } from './book.ts';
import { mostReserved, refundsOf, refundsToldTwice } from './check-refunds.ts';
import { type Finding, FINDINGS, type Found } from './findings.ts';
import type { TrueTrade } from './world.ts';

/** Everything that is wrong with one order. */
export function checkOrder(order: Order, book: Book): Found[] {
  const about = order.id;
  const events = book.events.get(about) ?? [];
  const payments = paymentsIn(about, book).length;
  const trade = book.trades.get(about);
  const isPaid = order.state === 'paid';
  const wrong: Partial<Record<Finding, boolean>> = {
    'paid without event': isPaid && payments === 0,
    'event without paid': !isPaid && payments > 0,
    'refunded too much': isTooMuchBack(order, trade, events),
    'state went back':
      wentBack(events.toSorted(bySequence).flatMap(({ state }) => state ?? [])) || wasSeenGoingBack(order, book),
    'gap in events': hasGap(order, events),
    'wrong amount': trade !== undefined && !isTheSame(order, trade),
    'past its deadline': !isOver(order) && order.timeExpire.getTime() < book.now,
    differing: !agrees(order, trade, book.now) || !agreeOnRefunds(order, trade),
  };
  const tooMany = Math.max(0, payments - 1) + refundsToldTwice(events);
  const doubles = Array.from({ length: tooMany }, (): Found => ({ finding: 'doubled', about }));
  const found = FINDINGS.filter((finding) => wrong[finding]);
  return [
    ...doubles,
    ...found.map((finding) => ({ finding, about: `${about}${HERE_AND_THERE.has(finding) ? told(order, trade) : ''}` })),
  ];
}

/** Of these it helps to know what either says. */
const HERE_AND_THERE: ReadonlySet<Finding> = new Set(['differing', 'past its deadline']);

function told(order: Order, trade: TrueTrade | undefined): string {
  const here = [order.state, ...refundsOf(order).map(({ state }) => state)].join(', ');
  const there = trade ? [trade.trade_state, ...trade.refunds.map(({ state }) => state)].join(', ') : 'unknown';
  return ` (here ${here}; there ${there})`;
}

const bySequence = (one: OrderEvent, other: OrderEvent): number => one.sequence - other.sequence;

function isTooMuchBack(order: Order, trade: TrueTrade | undefined, events: readonly OrderEvent[]): boolean {
  const reserved = Math.max(reservedTotal(refundsOf(order)), mostReserved(events.toSorted(bySequence)));
  return Math.max(reserved, trade?.refunded_total ?? 0) > order.amount.total;
}

/** How far an order is: a ticket may be asked for again, and else there is no way back. */
const PROGRESS: Readonly<Record<OrderState, number>> = {
  created: 0,
  prepaying: 1,
  prepaid: 1,
  closing: 2,
  closed: 3,
  failed: 3,
  paid: 4,
};

const wentBack = (states: readonly OrderState[]): boolean =>
  states.some((state, n) => n > 0 && PROGRESS[state] < PROGRESS[states[n - 1]!]);

/** As it is in the end is how it is seen last. */
const wasSeenGoingBack = ({ id, state }: Order, { seen }: Book): boolean => wentBack([...(seen.get(id) ?? []), state]);

const isOver = ({ state }: Order): boolean => state === 'closed' || state === 'failed' || state === 'paid';

function isTheSame(order: Order, trade: TrueTrade): boolean {
  if (order.amount.total !== trade.total_fee || order.payer?.openid !== trade.openid) return false;
  return order.state !== 'paid' || order.payment.transactionId === trade.transaction_id;
}

function hasGap({ sequence }: Order, events: readonly OrderEvent[]): boolean {
  const places = events.map((event) => event.sequence).toSorted((one, other) => one - other);
  return places.length !== sequence || places.some((place, n) => place !== n + 1);
}

/**
 * What WeChat has never heard of was never put to it; nothing half done is left. What it refused, for too little time was
 * left, it may have taken on before and lost the answer: then nobody holds a ticket, and the time is over soon.
 */
function agrees({ state, timeExpire }: Order, trade: TrueTrade | undefined, now: number): boolean {
  if (trade && PAID.has(trade.trade_state)) return state === 'paid';
  if (state === 'failed') return !trade || timeExpire.getTime() < now;
  if (!trade) return state === 'created' || state === 'closed';
  return state === (trade.trade_state === 'CLOSED' ? 'closed' : 'prepaid');
}

/** A trade that was refunded stays paid. */
const PAID: ReadonlySet<string> = new Set(['SUCCESS', 'REFUND']);

/** The same refunds, under the same numbers, as far; and so the same sum. */
function agreeOnRefunds(order: Order, trade: TrueTrade | undefined): boolean {
  const here = refundsOf(order).map(({ id, refundId, amount, state }) => [id, refundId, amount, state].join(' '));
  const there = (trade?.refunds ?? []).map(({ out_refund_no, refund_id, amount, state }) =>
    [out_refund_no, refund_id, amount, STATES[state]].join(' '),
  );
  if (refundedTotal(refundsOf(order)) !== (trade?.refunded_total ?? 0)) return false;
  return here.toSorted().join() === there.toSorted().join();
}

const STATES: Readonly<Record<string, RefundState>> = {
  PROCESSING: 'processing',
  SUCCESS: 'succeeded',
  CHANGE: 'abnormal',
  REFUNDCLOSE: 'closed',
};
