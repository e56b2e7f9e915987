import type { Clock } from '../domain/clock.ts';
import { OrderPaid } from '../domain/order/order-refusals.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { beginClose, close, type Step } from '../domain/order/order-steps.ts';
import type { Order } from '../domain/order/order.ts';
import { changeOrder } from './change-order.ts';
import type { FinishClosing } from './finish-closing.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly clock: Clock;
  readonly finishClosing: FinishClosing;
}

/**
 * Sees that an order takes no more money. What WeChat cannot confirm now stays `closing` and is finished later.
 * A paid order stays paid: throws OrderPaid.
 */
export class CloseOrder {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(order: Order): Promise<Order> {
    const { clock, finishClosing, orders } = this.#needs;
    const begun = await changeOrder(orders, order, (read) => ({ step: beginning(read, clock.now()) }));
    const { order: ended } = begun.order.state === 'closing' ? await finishClosing.execute(begun.order) : begun;
    if (ended.state === 'paid') throw new OrderPaid();
    return ended;
  }
}

function beginning(order: Order, now: Date): Step | undefined {
  if (order.state === 'created') return close(order, now);
  return order.state === 'prepaying' || order.state === 'prepaid' ? beginClose(order, now) : undefined;
}
