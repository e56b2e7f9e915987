import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { OrderPaid } from '../domain/order/order-refusals.ts';
import { isExpired, type Order, type PaidOrder } from '../domain/order/order.ts';
import type { PrepayAnswer, QueryAnswer } from '../domain/order/payment-gateway.ts';
import type { Outage } from '../domain/outage.ts';
import { lookedAt } from '../domain/order/watch.ts';
import { claimOrder } from './claim-order.ts';
import type { CloseOrder } from './close-order.ts';
import type { FinishClosing } from './finish-closing.ts';
import type { FinishPrepaying } from './finish-prepaying.ts';
import type { LookAtOrder } from './look-at-order.ts';
import type { SettleRefunds } from './settle-refunds.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly clock: Clock;
  readonly closeOrder: CloseOrder;
  readonly finishClosing: FinishClosing;
  readonly finishPrepaying: FinishPrepaying;
  readonly lookAtOrder: LookAtOrder;
  readonly settleRefunds: SettleRefunds;
}

export type OnFailure = (error: unknown, order: Order) => void;

export interface SettleOptions {
  readonly onFailure?: OnFailure;
  readonly signal?: AbortSignal;
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

  /**
   * Answers how many orders it dealt with; one that fails keeps no other from its turn.
   * Stops between two batches when it is told to.
   */
  async execute({ onFailure = () => {}, signal }: SettleOptions = {}): Promise<number> {
    const { clock, orders } = this.#needs;
    let settled = 0;
    for (;;) {
      const due = await orders.due(clock.now(), BATCH);
      const claims = await Promise.all(due.map((order) => this.#settle(order, onFailure)));
      const claimed = claims.filter(Boolean).length;
      settled += claimed;
      if (due.length < BATCH || claimed === 0 || signal?.aborted === true) return settled;
    }
  }

  /** Answers whether the order was ours to settle and is settled for now. */
  async #settle(order: Order, onFailure: OnFailure): Promise<boolean> {
    const { clock, orders } = this.#needs;
    try {
      if (order.state === 'paid') return await this.#settleRefunds(order, onFailure);
      const claimed = await claimOrder(orders, lookedAt(order, clock.now()));
      const outage = claimed && (await this.#work(claimed));
      if (outage) onFailure(outage, order);
      return claimed !== undefined;
    } catch (error) {
      onFailure(error, order);
      return false;
    }
  }

  /** Refunds have claims of their own. */
  async #settleRefunds(order: PaidOrder, onFailure: OnFailure): Promise<boolean> {
    const { order: settled, answer } = await this.#needs.settleRefunds.execute(order);
    if (answer?.kind === 'unknown') onFailure(answer.outage, order);
    return settled.version !== order.version;
  }

  /** Answers what kept WeChat from telling how the order stands, if anything did. */
  async #work(order: Order): Promise<Outage | undefined> {
    const { clock, finishClosing, finishPrepaying, lookAtOrder } = this.#needs;
    if (isWaiting(order) && isExpired(order, clock.now())) return this.#close(order);
    if (order.state === 'closing') return outageIn(await finishClosing.execute(order));
    if (order.state === 'prepaying') return outageIn(await finishPrepaying.execute(order));
    return outageIn(await lookAtOrder.execute(order));
  }

  /** A payment that was faster is what everybody hoped for. */
  async #close(order: Order): Promise<undefined> {
    try {
      await this.#needs.closeOrder.execute(order);
    } catch (error) {
      if (!(error instanceof OrderPaid)) throw error;
    }
  }
}

const isWaiting = ({ state }: Order): boolean => state === 'created' || state === 'prepaying' || state === 'prepaid';

const outageIn = ({ answer }: { readonly answer: QueryAnswer | PrepayAnswer }): Outage | undefined =>
  answer.kind === 'unknown' ? answer.outage : undefined;
