import { DAY, later } from '../clock.ts';
import type { AnomalyKind } from './anomaly.ts';
import { type Fen, isFen } from './fen.ts';
import { OutRefundNoTaken, RefundTooLate, RefundTooMuch, TooManyRefunds } from './order-refusals.ts';
import { followedBy, type Occasion, raise, type Step, told } from './order-steps.ts';
import type { PaidOrder } from './order.ts';
import type { NotNow } from './payment-gateway.ts';
import type { RefundReport } from './refund-report.ts';
import {
  BETWEEN_REFUNDS,
  type ClosedRefund,
  isGivenUp,
  isOpenRefund,
  MOST_REFUNDS,
  nextLookAtRefund,
  type OpenRefund,
  type OutRefundNo,
  type Refund,
  type RefundOrigin,
  type RefundState,
  type RequestedRefund,
  reservedTotal,
} from './refund.ts';

/*
 * Every way in which the refunds of a paid order change.
 */

export interface RefundWish {
  readonly id: OutRefundNo;
  readonly amount: Fen;
  readonly reason: string | null;
  readonly origin: RefundOrigin;
  readonly requestId: string | null;
}

const LONGEST = 365 * DAY;

/** Writes a refund down and reserves its amount: together they are never more than what was paid. */
export function requestRefund(order: PaidOrder, wish: RefundWish, now: Date): Step<PaidOrder> {
  const { amount, payment, refunds } = order;
  const left = amount.total - reservedTotal(refunds);
  if (refunds.some(({ id }) => id === wish.id)) throw new OutRefundNoTaken();
  if (wish.amount > left) throw new RefundTooMuch(left);
  if (isFull(refunds)) throw new TooManyRefunds();
  if (now > later(payment.paidAt, LONGEST)) throw new RefundTooLate();
  const none = { refundId: null, askedAt: null, looks: 0, trouble: null } as const;
  const refund: RequestedRefund = { ...wish, ...none, state: 'requested', createdAt: now, dueAt: now };
  return withRefund(order, refund, { now });
}

/** WeChat takes so many; of those that came to nothing there may be as many again. */
const isFull = (refunds: readonly Refund[]): boolean =>
  refunds.filter(({ state }) => state !== 'closed').length >= MOST_REFUNDS || refunds.length >= 2 * MOST_REFUNDS;

/** When a refund may be put to WeChat: a minute after the last one of its order, in the order of their making. */
export function turnOf(order: PaidOrder): { readonly refund: RequestedRefund; readonly at: Date } | undefined {
  const refund = order.refunds.find((waiting): waiting is RequestedRefund => waiting.state === 'requested');
  if (!refund) return undefined;
  const asked = order.refunds.filter(({ id }) => id !== refund.id).map(({ askedAt }) => askedAt?.getTime() ?? 0);
  const free = Math.max(0, ...asked) + BETWEEN_REFUNDS;
  return { refund, at: new Date(Math.max(refund.dueAt?.getTime() ?? 0, free)) };
}

/** Claims the turn of a refund to be put to WeChat: the next one is moved on before this one is taken. */
export function askedFor(order: PaidOrder, refund: RequestedRefund, now: Date): PaidOrder {
  const dueAt = nextLookAtRefund(refund, refund.looks, now);
  return replaced(order, { ...refund, askedAt: now, dueAt, looks: refund.looks + 1 });
}

/** Claims a look at all refunds that WeChat has not said the last word about. */
export function lookedForRefunds(order: PaidOrder, now: Date): PaidOrder {
  const refunds = order.refunds.map((refund) => (isDue(refund, now) ? lookedAgain(refund, now) : refund));
  const { watch } = order;
  return watched({ ...order, refunds, watch: { ...watch, looks: watch.looks + 1, lookedAt: now } });
}

const isDue = (refund: Refund, now: Date): boolean =>
  refund.state !== 'requested' && refund.dueAt !== null && refund.dueAt <= now;

const lookedAgain = (refund: Refund, now: Date): Refund => ({
  ...refund,
  looks: refund.looks + 1,
  dueAt: nextLookAtRefund(refund, refund.looks + 1, now),
});

/** WeChat took the refund on. */
export const acceptRefund = (order: PaidOrder, refund: RequestedRefund, refundId: string, now: Date): Step<PaidOrder> =>
  moved(order, refund, 'processing', { refundId, reason: null }, { now });

/** WeChat says no for good, and what was reserved is free again. */
export const refuseRefund = (order: PaidOrder, refund: RequestedRefund, reason: string, now: Date): Step<PaidOrder> =>
  moved(order, refund, 'closed', { refundId: refund.refundId, reason }, { now });

/** WeChat cannot do it, and a person has to. */
export const markAbnormal = (order: PaidOrder, refund: RequestedRefund, reason: string, now: Date): Step<PaidOrder> =>
  moved(order, refund, 'abnormal', { refundId: refund.refundId, reason }, { now });

/** Not now: it will be asked again with the same number, and no sooner than then. A new reason is told. */
export function putOff(
  order: PaidOrder,
  refund: RequestedRefund,
  { reason, wait }: NotNow,
  now: Date,
): Step<PaidOrder> {
  const waiting = { ...refund, trouble: reason ?? refund.trouble, dueAt: later(now, wait) };
  const isNews = waiting.trouble !== refund.trouble;
  return isNews ? withRefund(order, waiting, { now }) : { order: replaced(order, waiting), events: [] };
}

/**
 * Takes in what WeChat says of all refunds of this order. What it could not do and, a day later, does not know comes to
 * nothing first: its amount is free again, and its number is used up.
 */
export function heedRefunds(order: PaidOrder, reports: readonly RefundReport[], occasion: Occasion): Step<PaidOrder> {
  const known = new Set(reports.map(({ outRefundNo }) => outRefundNo));
  const lost = order.refunds.filter((refund) => isGivenUp(refund, occasion.now)).filter(({ id }) => !known.has(id));
  const untouched: Step<PaidOrder> = { order, events: [] };
  const freed = lost.reduce((before, refund) => followedBy(before, giveUp(before.order, refund, occasion)), untouched);
  return reports.reduce((before, report) => followedBy(before, heedRefund(before.order, report, occasion)), freed);
}

const giveUp = (order: PaidOrder, refund: OpenRefund, occasion: Occasion): Step<PaidOrder> =>
  moved(order, refund, 'closed', { refundId: null, reason: refund.trouble }, occasion);

/** Takes in what WeChat says of one refund of this order, be it ours or made at its console. */
export function heedRefund(order: PaidOrder, report: RefundReport, occasion: Occasion): Step<PaidOrder> {
  const known = order.refunds.find(({ id }) => id === report.outRefundNo);
  const step = known ? heedKnown(order, known, report, occasion) : adopt(order, report, occasion);
  const isTooMuch = reservedTotal(step.order.refunds) > order.amount.total;
  const { transactionId } = order.payment;
  return isTooMuch ? followedBy(step, raise(step.order, { kind: 'refunded-too-much', transactionId }, occasion)) : step;
}

function heedKnown(order: PaidOrder, known: Refund, report: RefundReport, occasion: Occasion): Step<PaidOrder> {
  const { refundId, succeededAt } = report;
  if (report.amount !== known.amount) return raiseOf(order, 'refund-mismatch', refundId, occasion);
  const news = { refundId, reason: null, succeededAt };
  if (known.state === 'closed') return revive(order, known, report, news, occasion);
  const isOld = known.state === report.state || (known.state === 'abnormal' && report.state === 'processing');
  if (!isOpenRefund(known) || isOld) return { order, events: [] };
  return moved(order, known, report.state, news, occasion);
}

/** We took it for nothing and WeChat did it: its word on money is the last, and a person has to know. */
function revive(
  order: PaidOrder,
  known: ClosedRefund,
  { state, refundId }: RefundReport,
  news: News,
  occasion: Occasion,
): Step<PaidOrder> {
  if (state !== 'succeeded' && state !== 'processing') return { order, events: [] };
  const { closedAt: _closedAt, ...kept } = known;
  const moving = moved(order, { ...kept, state: 'processing' }, state, news, occasion);
  return followedBy(moving, raiseOf(moving.order, 'refund-revived', refundId, occasion));
}

/** Of a refund that was made at WeChat Pay's console: it is the order's all the same. */
function adopt(order: PaidOrder, report: RefundReport, occasion: Occasion): Step<PaidOrder> {
  const { amount, outRefundNo: id, refundId, succeededAt } = report;
  if (!isFen(amount)) return raiseOf(order, 'refund-mismatch', refundId, occasion);
  const none = { reason: null, requestId: null, askedAt: null, dueAt: null, looks: 0, trouble: null } as const;
  const found = {
    id,
    amount,
    origin: 'outside',
    state: 'processing',
    createdAt: occasion.now,
    refundId,
    ...none,
  } as const;
  const taken = moved(order, found, report.state, { refundId, reason: null, succeededAt }, occasion);
  return followedBy(taken, raiseOf(taken.order, 'refund-outside', refundId, occasion));
}

const raiseOf = (order: PaidOrder, kind: AnomalyKind, refundId: string, occasion: Occasion): Step<PaidOrder> =>
  raise(order, { kind, transactionId: order.payment.transactionId, refundId }, occasion);

interface News {
  readonly refundId: string | null;
  readonly reason: string | null;
  readonly succeededAt?: Date | null;
}

function moved(
  order: PaidOrder,
  refund: OpenRefund,
  state: Exclude<RefundState, 'requested'>,
  { refundId, reason, succeededAt }: News,
  occasion: Occasion,
): Step<PaidOrder> {
  const { now } = occasion;
  const told = { ...refund, refundId: refundId ?? refund.refundId, trouble: reason };
  const kept = { ...told, dueAt: nextLookAtRefund({ ...told, state }, 0, now), looks: 0 };
  return withRefund(order, inState(kept, state, now, succeededAt ?? now), occasion);
}

function inState(kept: OpenRefund, state: Exclude<RefundState, 'requested'>, now: Date, succeededAt: Date): Refund {
  switch (state) {
    case 'processing':
      return { ...kept, state };
    case 'abnormal':
      return { ...kept, state };
    case 'succeeded':
      return { ...kept, state, succeededAt };
    case 'closed':
      return { ...kept, state, closedAt: now };
    default:
      return state satisfies never;
  }
}

function withRefund(order: PaidOrder, refund: Refund, occasion: Occasion): Step<PaidOrder> {
  return told(replaced(order, refund), occasion, {
    type: `refund.${refund.state}`,
    outRefundNo: refund.id,
    amount: refund.amount,
    reason: refund.trouble,
  });
}

function replaced(order: PaidOrder, refund: Refund): PaidOrder {
  const isKnown = order.refunds.some(({ id }) => id === refund.id);
  const refunds = isKnown
    ? order.refunds.map((other) => (other.id === refund.id ? refund : other))
    : [...order.refunds, refund];
  return watched({ ...order, refunds });
}

/** The order is due when the first of its refunds is. */
function watched(order: PaidOrder): PaidOrder {
  const turn = turnOf(order)?.at.getTime();
  const looks = order.refunds.flatMap((refund) =>
    refund.state === 'requested' || !refund.dueAt ? [] : [refund.dueAt.getTime()],
  );
  const first = Math.min(...looks, turn ?? Infinity);
  return { ...order, watch: { ...order.watch, dueAt: Number.isFinite(first) ? new Date(first) : null } };
}
