import type { OrderRepository } from '../../src/domain/order/order-repository.ts';
import type { Step } from '../../src/domain/order/order-steps.ts';
import type { CreatedOrder, Order } from '../../src/domain/order/order.ts';

/** Takes the steps one after the other, each over what the one before left, and answers the order as it is kept. */
export async function walk(
  orders: OrderRepository,
  [first, ...further]: readonly [Step<CreatedOrder>, ...Step[]],
): Promise<Order> {
  await orders.add(first);
  let kept: Order = first.order;
  for (const { order, events } of further)
    kept = await orders.save({ order: { ...order, version: kept.version }, events });
  return kept;
}
