import type { Trade } from './trade.ts';

/** A trade as the controls show it. */
export const tradeView = ({ terms, state, payment, prepayCount, queries, createdAt, closedAt }: Trade) => ({
  out_trade_no: terms.outTradeNo,
  total_fee: terms.total,
  openid: terms.openid,
  trade_state: state,
  ...(payment && { transaction_id: payment.transactionId }),
  prepay_count: prepayCount,
  queries,
  created_at: createdAt.toISOString(),
  ...(payment && { paid_at: payment.at.toISOString() }),
  ...(closedAt && { closed_at: closedAt.toISOString() }),
});
