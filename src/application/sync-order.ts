import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import type { Order } from '../domain/order/order.ts';
import { askedAbout, wasJustLookedAt } from '../domain/order/watch.ts';
import { isOpenRefund } from '../domain/order/refund.ts';
import { claimOrder } from './claim-order.ts';
import type { LookAtOrder } from './look-at-order.ts';
import type { LookForRefunds } from './look-for-refunds.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly clock: Clock;
  readonly lookAtOrder: LookAtOrder;
  readonly lookForRefunds: LookForRefunds;
}

/**
 * Asks WeChat about an order because somebody says that it is paid: their word is only a reason to look.
 * Of many who ask at once, on however many instances, one asks WeChat; the others are answered what is known.
 */
export class SyncOrder {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(order: Order): Promise<Order> {
    const { clock, lookAtOrder, lookForRefunds, orders } = this.#needs;
    if (isSettled(order) || wasJustLookedAt(order, clock.now())) return order;
    const claimed = await claimOrder(orders, askedAbout(order, clock.now()));
    if (!claimed) return (await orders.find(order.id)) ?? order;
    const isPaid = claimed.state === 'paid';
    const look = await (isPaid ? lookForRefunds.execute(claimed) : lookAtOrder.execute(claimed));
    if (look.answer.kind === 'unknown' && look.order.version === claimed.version) throw look.answer.outage;
    return look.order;
  }
}

/** Nobody was asked to pay it yet, or WeChat has said all there is to say. */
const isSettled = (order: Order): boolean =>
  order.state === 'created' || (order.state === 'paid' && !order.refunds.some(isOpenRefund));
