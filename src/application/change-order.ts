import { type OrderRepository, StaleOrder, TransactionTaken } from '../domain/order/order-repository.ts';
import type { Step } from '../domain/order/order-steps.ts';
import type { Order } from '../domain/order/order.ts';
import { Outage } from '../domain/outage.ts';

const TRIES = 20;

interface Decision {
  /** Undefined when there is nothing to write. */
  readonly step: Step | undefined;
}

/**
 * Decides on an order as it stands and saves what was decided: state and events in one durable write.
 * Where somebody else saved first, decides anew on what they saved; where the payment in it has paid another order,
 * decides anew with that known.
 */
export async function changeOrder<Made extends Decision>(
  orders: OrderRepository,
  order: Order,
  decide: (order: Order, isTaken: boolean) => Made,
): Promise<{ readonly order: Order; readonly decision: Made }> {
  let read = order;
  let isTaken = false;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const decision = decide(read, isTaken);
    if (!decision.step) return { order: read, decision };
    try {
      return { order: await orders.save(decision.step), decision };
    } catch (error) {
      isTaken ||= error instanceof TransactionTaken;
      read = await readAgain(orders, read, error);
    }
  }
  throw new Outage('storage-contended', 'Too many changes of one order at once. Try again.', { retryAfterSeconds: 1 });
}

async function readAgain(orders: OrderRepository, { id }: Order, error: unknown): Promise<Order> {
  const isNews = error instanceof StaleOrder || error instanceof TransactionTaken;
  const fresh = isNews ? await orders.find(id) : undefined;
  if (!fresh) throw error;
  return fresh;
}
