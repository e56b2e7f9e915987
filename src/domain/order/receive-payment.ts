import { later, MINUTE } from '../clock.ts';
import type { Anomaly } from './anomaly.ts';
import { followedBy, lookSoon, type Occasion, pay, raise, type Step } from './order-steps.ts';
import type { Order, PaidOrder } from './order.ts';
import { requestRefund } from './refund-steps.ts';
import type { OutRefundNo } from './refund.ts';
import { mismatches, paymentOf, type PaymentReport } from './payment-report.ts';

/** What a report of a payment means to an order. */
export type Receipt =
  | { readonly kind: 'paid'; readonly step: Step<PaidOrder> }
  /** Known already: there is nothing to write. */
  | { readonly kind: 'duplicate' }
  /** Not about what was agreed on: no state moves, and a person has to look. Nothing to write where it was told before. */
  | { readonly kind: 'mismatch'; readonly anomalies: readonly Anomaly[]; readonly step: Step | undefined };

/** What the merchant wants done with money that comes for an order that was closed or had failed. */
export type LatePayment =
  | 'accept'
  /** It goes back, under a number that no refund of any order has: nothing may keep a payment from being written. */
  | { readonly refundAs: () => OutRefundNo };

export interface PaymentRules {
  readonly latePayment: LatePayment;
  /** The storage knows another order that this very transaction has paid. */
  readonly isTaken: boolean;
}

export function receivePayment(
  order: Order,
  report: PaymentReport,
  occasion: Occasion,
  { latePayment, isTaken }: PaymentRules,
): Receipt {
  const wrong = mismatches(order, report);
  if (wrong.length > 0) return mismatch(order, wrong, occasion);
  if (isTaken) return mismatch(order, [{ kind: 'transaction-taken', transactionId: report.transactionId }], occasion);
  if (order.state !== 'paid') {
    const step = pay(order, paymentOf(report), occasion);
    const isKept = !step.order.late || latePayment === 'accept';
    return { kind: 'paid', step: isKept ? step : sentBack(step, latePayment.refundAs(), occasion) };
  }
  const { transactionId } = report;
  if (order.payment.transactionId === transactionId) return { kind: 'duplicate' };
  return mismatch(order, [{ kind: 'second-payment', transactionId }], occasion);
}

/** What came too late goes back, written down in the same step in which it came. */
function sentBack(step: Step<PaidOrder>, id: OutRefundNo, { now }: Occasion): Step<PaidOrder> {
  const { order } = step;
  const wish = { id, amount: order.amount.total, reason: null, origin: 'late-payment', requestId: null } as const;
  return followedBy(step, requestRefund(order, wish, now));
}

function mismatch(order: Order, anomalies: readonly Anomaly[], occasion: Occasion): Receipt {
  return { kind: 'mismatch', anomalies, step: doubt(order, anomalies, occasion) };
}

/** Tells of what is new among the anomalies and, on a notice's word, has WeChat asked about an order that is not paid. */
export function doubt(order: Order, anomalies: readonly Anomaly[], occasion: Occasion): Step | undefined {
  const untouched: Step = { order, events: [] };
  const step = anomalies.reduce(
    (before, anomaly) => followedBy(before, raise(before.order, anomaly, occasion)),
    untouched,
  );
  if (isToAsk(order, occasion)) return { ...step, order: lookSoon(step.order, occasion.now) };
  return step.events.length > 0 ? step : undefined;
}

/** Once a minute at most, however often the notice comes: each of these is a write and a query. */
function isToAsk({ state, watch }: Order, { notice, now }: Occasion): boolean {
  if (!notice || state === 'paid' || state === 'created') return false;
  const isDue = watch.dueAt !== null && watch.dueAt <= now;
  const wasAsked = watch.lookedAt !== null && watch.lookedAt <= now && now < later(watch.lookedAt, MINUTE);
  return !isDue && !wasAsked;
}
