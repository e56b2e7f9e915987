import { MINUTE } from '../../../domain/clock.ts';
import type { PaidOrder } from '../../../domain/order/order.ts';
import type { RefundAnswer } from '../../../domain/order/payment-gateway.ts';
import type { Refund } from '../../../domain/order/refund.ts';
import { misconfigured, unreadable } from '../pay-client/outages.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import { REFUND_CODES, settledBy } from './err-codes.ts';
import type { V2Answer } from './v2-answer.ts';
import { refundIdIn } from './v2-refund-query.ts';
import type { V2Parameters } from './v2-request.ts';

const WAITS = { slower: MINUTE, 'top-up': 10 * MINUTE } as const;

/** Everything comes from the order and the refund, so that saying it again is saying the very same. */
export const refundOf = ({ amount, payment }: PaidOrder, refund: Refund, notifyUrl: string): V2Parameters => ({
  transaction_id: payment.transactionId,
  out_refund_no: refund.id,
  total_fee: String(amount.total),
  refund_fee: String(refund.amount),
  refund_desc: refund.reason || undefined,
  notify_url: notifyUrl,
});

/** Throws an Outage for what settles nothing. */
export function readRefundAnswer(answer: V2Answer, order: PaidOrder, refund: Refund): RefundAnswer {
  if (answer.kind === 'success') return { kind: 'accepted', refundId: acceptedIn(answer.fields, order, refund) };
  const { code: reason } = answer;
  const kind = settledBy(REFUND_CODES, reason);
  return kind === 'refused' || kind === 'abnormal' ? { kind, reason } : { kind: 'later', reason, wait: WAITS[kind] };
}

/** A yes to something else is none, and neither is one to another amount under the same number. */
function acceptedIn(fields: V2Fields, order: PaidOrder, refund: Refund): string {
  const isAbout = (name: string, ours: string) => (fields.get(name) ?? ours) === ours;
  if (fields.get('out_refund_no') !== refund.id) throw unreadable('another out_refund_no', { isPassing: false });
  if (!isAbout('out_trade_no', order.id)) throw unreadable('another out_trade_no', { isPassing: false });
  if (!isAbout('transaction_id', order.payment.transactionId))
    throw unreadable('another transaction_id', { isPassing: false });
  if (fields.get('refund_fee') !== String(refund.amount)) throw misconfigured('another refund_fee');
  const refundId = refundIdIn(fields.get('refund_id'));
  if (refundId === undefined) throw unreadable('no refund_id');
  return refundId;
}
