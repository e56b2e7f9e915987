import type { Order, Payer } from '../../../domain/order/order.ts';
import { refundedTotal } from '../../../domain/order/refund.ts';
import type { MerchantOrderJson, OrderJson } from '../answers/order.ts';
import { refundJson } from './refund-json.ts';

/** An order as its payer sees it. */
export function orderJson(order: Order): OrderJson {
  return {
    out_trade_no: order.id,
    state: order.state,
    description: order.description,
    amount: { total: order.amount.total, currency: order.amount.currency },
    payer: order.payer ? payerJson(order.payer) : {},
    ...(order.attach !== null && { attach: order.attach }),
    late: order.state === 'paid' && order.late,
    created_at: order.createdAt.toISOString(),
    time_expire: order.timeExpire.toISOString(),
    ...endJson(order),
    refunded_total: order.state === 'paid' ? refundedTotal(order.refunds) : 0,
    refunds: order.state === 'paid' ? order.refunds.map(refundJson) : [],
  };
}

/** An order as the merchant sees it, with their own notes. */
export const merchantOrderJson = (order: Order): MerchantOrderJson => ({
  ...orderJson(order),
  version: order.version,
  ...(order.metadata !== null && { metadata: order.metadata }),
});

const payerJson = ({ openid, accountId }: Payer): OrderJson['payer'] => ({
  openid,
  ...(accountId !== null && { user_id: accountId }),
});

function endJson(order: Order): Partial<OrderJson> {
  if (order.state === 'paid') {
    return { transaction_id: order.payment.transactionId, paid_at: order.payment.paidAt.toISOString() };
  }
  if (order.state === 'closed') return { closed_at: order.closedAt.toISOString() };
  if (order.state === 'failed') return { failed_at: order.failedAt.toISOString(), failure_reason: order.reason };
  return {};
}
