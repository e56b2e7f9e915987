import type { Clock } from '../domain/clock.ts';
import type { Anomaly } from '../domain/order/anomaly.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { raise } from '../domain/order/order-steps.ts';
import type { Order } from '../domain/order/order.ts';
import { changeOrder } from './change-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly clock: Clock;
}

/** Tells of an anomaly of an order, and of one that has been told already no more. */
export async function raiseOnce({ clock, orders }: Needs, order: Order, anomaly: Anomaly): Promise<void> {
  await changeOrder(orders, order, (read) => {
    const step = raise(read, anomaly, { now: clock.now() });
    return { step: step.events.length > 0 ? step : undefined };
  });
}
