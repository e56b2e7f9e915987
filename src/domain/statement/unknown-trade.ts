import type { OrderEvent } from '../order/order-event.ts';
import type { TradeRow } from './bill.ts';

/** A bill has a payment or a refund of an order that we do not have: told once, however it came to be known. */
export const unknownTrade = ({ outTradeNo, transactionId, refundId }: TradeRow, now: Date): OrderEvent => ({
  id: `evt_unknown-order_${refundId ?? transactionId}`,
  orderId: outTradeNo,
  sequence: 0,
  version: null,
  at: now,
  state: null,
  happening: { type: 'anomaly.raised', kind: 'unknown-order', transactionId, ...(refundId !== null && { refundId }) },
  notice: null,
});
