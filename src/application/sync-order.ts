import type { Clock } from '../domain/clock.ts';
import { type OrderRepository, StaleOrder } from '../domain/order/order-repository.ts';
import type { Order } from '../domain/order/order.ts';
import { askedAbout, wasJustLookedAt } from '../domain/order/watch.ts';
import { isOpenRefund } from '../domain/order/refund.ts';
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
    const { clock, lookAtOrder, lookForRefunds } = this.#needs;
    if (isSettled(order) || wasJustLookedAt(order, clock.now())) return order;
    const claimed = await this.#claim(order);
    if (!claimed) return (await this.#needs.orders.find(order.id)) ?? order;
    const isPaid = claimed.state === 'paid';
    const look = await (isPaid ? lookForRefunds.execute(claimed) : lookAtOrder.execute(claimed));
    if (look.answer.kind === 'unknown' && look.order.version === claimed.version) throw look.answer.outage;
    return look.order;
  }

  async #claim(order: Order): Promise<Order | undefined> {
    const { clock, orders } = this.#needs;
    try {
      return await orders.save({ order: askedAbout(order, clock.now()), events: [] });
    } catch (error) {
      if (error instanceof StaleOrder) return undefined;
      throw error;
    }
  }
}

/** Nobody was asked to pay it yet, or WeChat has said all there is to say. */
const isSettled = (order: Order): boolean =>
  order.state === 'created' || (order.state === 'paid' && !order.refunds.some(isOpenRefund));
