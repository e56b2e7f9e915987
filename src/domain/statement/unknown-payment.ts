import type { OrderEvent } from '../order/order-event.ts';
import type { TradeRow } from './bill.ts';

/** A bill has a payment of an order that we do not have: told once, however it came to be known. */
export const unknownPayment = ({ outTradeNo, transactionId }: TradeRow, now: Date): OrderEvent => ({
  id: `evt_unknown-order_${transactionId}`,
  orderId: outTradeNo,
  sequence: 0,
  at: now,
  state: null,
  happening: { type: 'anomaly.raised', kind: 'unknown-order', transactionId },
  notice: null,
});
