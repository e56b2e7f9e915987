import { type OrderRepository, StaleOrder } from '../domain/order/order-repository.ts';
import type { Order } from '../domain/order/order.ts';

/**
 * Claims an order for a look at WeChat: of many who save it over one version, on however many instances, one has it.
 * Answers undefined when somebody else was first.
 */
export async function claimOrder<State extends Order>(
  orders: OrderRepository,
  order: State,
): Promise<State | undefined> {
  try {
    return await orders.save({ order, events: [] });
  } catch (error) {
    if (error instanceof StaleOrder) return undefined;
    throw error;
  }
}
