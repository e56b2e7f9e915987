import type { Anomaly } from './anomaly.ts';
import type { OrderEvent } from './order-event.ts';
import { noteFailedPayment, type Occasion, type Step } from './order-steps.ts';
import type { Order } from './order.ts';
import { OUT_TRADE_NO_SHAPE } from './out-trade-no.ts';
import type { NoticeReading, NoticeVerdict, PaymentNotice } from './notice-reader.ts';
import { doubt, type PaymentRules, receivePayment } from './receive-payment.ts';

/** A notice with our key, whatever its algorithm. */
export type SignedReading = Extract<NoticeReading, { readonly notice: PaymentNotice }>;

/** What a notice comes to, and what is to be written for it; nothing where all is written already. */
export interface NoticeDecision {
  readonly verdict: NoticeVerdict;
  readonly step: Step | undefined;
}

export function receiveNotice(
  order: Order,
  { kind, notice }: SignedReading,
  now: Date,
  rules: PaymentRules,
): NoticeDecision {
  const { transactionId, result } = notice;
  const occasion: Occasion = { now, notice: notice.kept };
  const doubtful = (verdict: NoticeVerdict, ...anomalies: readonly Anomaly[]) => ({
    verdict,
    step: doubt(order, anomalies, occasion),
  });
  if (kind === 'downgraded') return doubtful('downgraded', { kind: 'downgraded-notice', transactionId });
  if (result.kind === 'unreadable') return doubtful('mismatch', { kind: 'unreadable-notice', transactionId });
  if (result.kind === 'paid') {
    const receipt = receivePayment(order, result.report, occasion, rules);
    return { verdict: receipt.kind, step: 'step' in receipt ? receipt.step : undefined };
  }
  if (result.appid !== order.appid) return doubtful('mismatch', { kind: 'appid-mismatch', transactionId });
  if (result.mchid !== order.mchid) return doubtful('mismatch', { kind: 'mchid-mismatch', transactionId });
  return { verdict: 'recorded', step: written(noteFailedPayment(order, result.reason, occasion)) };
}

const written = (step: Step): Step | undefined => (step.events.length > 0 ? step : undefined);

/** A notice with our key about an order that is not ours: told once for each payment. */
export function unknownOrder({ outTradeNo, transactionId, kept }: PaymentNotice, now: Date): OrderEvent {
  const orderId = outTradeNo !== null && OUT_TRADE_NO_SHAPE.test(outTradeNo) ? outTradeNo : '';
  return {
    id: `evt_unknown-order_${transactionId ?? orderId}`,
    orderId,
    sequence: 0,
    version: null,
    at: now,
    state: null,
    happening: { type: 'anomaly.raised', kind: 'unknown-order', transactionId },
    notice: kept,
  };
}
