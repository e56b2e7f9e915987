import type { Refund } from '../../../domain/order/refund.ts';
import type { RefundJson } from '../answers/refund.ts';

/** A refund as everybody sees it; `trouble` is WeChat's code for why it is not further, or came to nothing. */
export const refundJson = (refund: Refund): RefundJson => ({
  out_refund_no: refund.id,
  state: refund.state,
  amount: refund.amount,
  ...(refund.reason !== null && { reason: refund.reason }),
  origin: refund.origin,
  ...(refund.refundId !== null && { refund_id: refund.refundId }),
  ...(refund.trouble !== null && { trouble: refund.trouble }),
  created_at: refund.createdAt.toISOString(),
  ...(refund.state === 'succeeded' && { succeeded_at: refund.succeededAt.toISOString() }),
  ...(refund.state === 'closed' && { closed_at: refund.closedAt.toISOString() }),
});
