import type { OrderRepository } from '../../src/domain/order/order-repository.ts';
import type { Step } from '../../src/domain/order/order-steps.ts';
import type { Order } from '../../src/domain/order/order.ts';

/** Takes the steps one after the other, each over what the one before left, and answers the order as it is kept. */
export async function walk(orders: OrderRepository, [first, ...further]: readonly Step[]): Promise<Order> {
  await orders.add(first!);
  let kept = first!.order;
  for (const { order, events } of further)
    kept = await orders.save({ order: { ...order, version: kept.version }, events });
  return kept;
}
