import type { Clock } from '../domain/clock.ts';
import { type OrderRepository, StaleOrder } from '../domain/order/order-repository.ts';
import { OrderPaid } from '../domain/order/order-refusals.ts';
import { isExpired, type Order } from '../domain/order/order.ts';
import { lookedAt } from '../domain/order/watch.ts';
import type { CloseOrder } from './close-order.ts';
import type { FinishClosing } from './finish-closing.ts';
import type { FinishPrepaying } from './finish-prepaying.ts';
import type { LookAtOrder } from './look-at-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly clock: Clock;
  readonly closeOrder: CloseOrder;
  readonly finishClosing: FinishClosing;
  readonly finishPrepaying: FinishPrepaying;
  readonly lookAtOrder: LookAtOrder;
}

/** How many of the due orders are worked on at once. */
const BATCH = 20;

/**
 * Finishes what was left unfinished and asks WeChat about what it has not told us: lost notices, crashes, expired orders.
 * Every instance runs it. Whoever saves an order's next look first has claimed this one, and nobody else takes it.
 */
export class SettleDueOrders {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers how many orders it dealt with; one that fails keeps no other from its turn. */
  async execute(onFailure: (error: unknown, order: Order) => void = () => {}): Promise<number> {
    const { clock, orders } = this.#needs;
    let settled = 0;
    for (;;) {
      const due = await orders.due(clock.now(), BATCH);
      const claims = await Promise.all(due.map((order) => this.#settle(order, onFailure)));
      const claimed = claims.filter(Boolean).length;
      settled += claimed;
      if (due.length < BATCH || claimed === 0) return settled;
    }
  }

  /** Answers whether the order was ours to settle and is settled for now. */
  async #settle(order: Order, onFailure: (error: unknown, order: Order) => void): Promise<boolean> {
    try {
      const claimed = await this.#claim(order);
      if (claimed) await this.#work(claimed);
      return claimed !== undefined;
    } catch (error) {
      // A payment that was faster than the closing is what everybody hoped for.
      if (error instanceof OrderPaid) return true;
      onFailure(error, order);
      return false;
    }
  }

  async #claim(order: Order): Promise<Order | undefined> {
    const { clock, orders } = this.#needs;
    try {
      return await orders.save({ order: lookedAt(order, clock.now()), events: [] });
    } catch (error) {
      if (error instanceof StaleOrder) return undefined;
      throw error;
    }
  }

  async #work(order: Order): Promise<unknown> {
    const { clock, closeOrder, finishClosing, finishPrepaying, lookAtOrder } = this.#needs;
    if (order.state === 'closing') return finishClosing.execute(order);
    if (isWaiting(order) && isExpired(order, clock.now())) return closeOrder.execute(order);
    return order.state === 'prepaying' ? finishPrepaying.execute(order) : lookAtOrder.execute(order);
  }
}

const isWaiting = ({ state }: Order): boolean => state === 'created' || state === 'prepaying' || state === 'prepaid';
