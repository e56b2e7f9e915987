import { type Refund, refunded } from './refund.ts';
import type { Trade } from './trade.ts';

/** A trade as the controls show it. */
export const tradeView = ({ terms, state, payment, prepayCount, queries, createdAt, closedAt, refunds }: Trade) => ({
  out_trade_no: terms.outTradeNo,
  api: terms.dialect.api,
  trade_type: terms.tradeType,
  total_fee: terms.total,
  openid: payment?.openid ?? terms.openid,
  trade_state: state,
  ...(payment && { transaction_id: payment.transactionId }),
  prepay_count: prepayCount,
  queries,
  created_at: createdAt.toISOString(),
  ...(payment && { paid_at: payment.at.toISOString() }),
  ...(closedAt && { closed_at: closedAt.toISOString() }),
  refunded_total: refunded(refunds),
  refunds: refunds.map(refundView),
});

export const refundView = ({ terms, refundId, state, requestedAt, succeededAt, card }: Refund) => ({
  out_refund_no: terms.outRefundNo,
  refund_id: refundId,
  amount: terms.amount,
  state,
  requested_at: requestedAt.toISOString(),
  ...(succeededAt && { succeeded_at: succeededAt.toISOString() }),
  source: terms.source,
  api: terms.api,
  ...(card && { sent_to: card }),
});
