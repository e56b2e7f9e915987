import type { OrderEvent } from '../../../src/domain/order/order-event.ts';
import type { Order, OrderState } from '../../../src/domain/order/order.ts';
import type { History, TrueTrade, World } from './world.ts';

/** Everything by the number of its order. */
export interface Book {
  readonly history: History;
  readonly trades: ReadonlyMap<string, TrueTrade>;
  readonly orders: ReadonlyMap<string, Order>;
  readonly events: ReadonlyMap<string, readonly OrderEvent[]>;
  /** In which states each order was seen, one after the other. */
  readonly seen: ReadonlyMap<string, readonly OrderState[]>;
  readonly now: number;
}

export function bookOf({ history, trades, kept, now }: World): Book {
  const events = kept.log.map(({ event }) => event);
  return {
    history,
    trades: new Map(trades.map((trade) => [trade.out_trade_no, trade])),
    orders: new Map(kept.orders.map((order) => [order.id as string, order])),
    events: Map.groupBy(events, ({ orderId }) => orderId),
    seen: seenOf(history),
    now,
  };
}

function seenOf({ seen }: History): Map<string, OrderState[]> {
  const byOrder = Map.groupBy(seen, ({ outTradeNo }) => outTradeNo);
  return new Map([...byOrder].map(([outTradeNo, times]) => [outTradeNo, times.map(({ state }) => state)]));
}

export const paymentsIn = (outTradeNo: string, { events }: Book): OrderEvent[] =>
  (events.get(outTradeNo) ?? []).filter(({ happening }) => happening.type === 'order.paid');
