import type { Shelf } from '../shelf.ts';
import type { Step } from './order-steps.ts';
import type { CreatedOrder, Order, OrderState, PaidOrder } from './order.ts';
import type { OutTradeNo } from './out-trade-no.ts';
import type { SucceededRefund } from './refund.ts';

/** The order was saved by somebody else since it was read: read it again and decide anew. */
export class StaleOrder extends Error {
  override readonly name = 'StaleOrder';
}

/** Another order has a refund of this number. */
export class RefundNoTaken extends Error {
  override readonly name = 'RefundNoTaken';
}

/** Another order was paid by this very transaction: one payment pays one order. */
export class TransactionTaken extends Error {
  override readonly name = 'TransactionTaken';
}

export interface OrderQuery {
  readonly state?: OrderState | undefined;
  readonly limit: number;
  /** The last order of the page before. */
  readonly after?: Pick<Order, 'createdAt' | 'id'> | undefined;
}

/** A refund that has succeeded, and the order that it is of. */
export interface Repayment {
  readonly order: PaidOrder;
  readonly refund: SucceededRefund;
}

/** Keeps the orders, and their events in the same step: there is never one without the other. */
export interface OrderRepository extends Shelf<Order> {
  /**
   * Keeps a new order with its events.
   * Throws OutTradeNoTaken when there is an order of that number, and then changes nothing.
   * Of many new orders of one number at once, exactly one is kept.
   */
  add(step: Step<CreatedOrder>): Promise<void>;

  /** Answers the order as it was saved last, or undefined when there is none. */
  find(id: OutTradeNo): Promise<Order | undefined>;

  /**
   * Saves the order with its new events and answers it with its next version.
   * Leaves the order in the version that its new events carry.
   * Throws StaleOrder when the version is no longer the one that was read, and then writes no event either.
   * Throws StaleOrder for an order that was never added.
   * Throws TransactionTaken when another order was paid by the same transaction, and then changes nothing.
   * Throws RefundNoTaken when another order has a refund of a number that is new in this one, and then changes nothing.
   * Of many saves at once over one version, exactly one goes through.
   */
  save<State extends Order>(step: Step<State>): Promise<State>;

  /** Answers at most `limit` orders whose time for a look has come, those first that wait longest. */
  due(now: Date, limit: number): Promise<Order[]>;

  /**
   * Answers at most `limit` orders, newest first, and of the same instant by their numbers backwards.
   * Answers only orders of the state, where one is given.
   * Goes on behind the order `after`, where one is given.
   */
  list(query: OrderQuery): Promise<Order[]>;

  /** Answers the order that was paid by the transaction, or undefined when none was. */
  findByTransaction(transactionId: string): Promise<PaidOrder | undefined>;

  /**
   * Answers at most `limit` orders that were paid from `from` on and before `until`, by their times and numbers.
   * Goes on behind the order `after`, where one is given.
   */
  paidBetween(from: Date, until: Date, limit: number, after?: PaidOrder): Promise<PaidOrder[]>;

  /**
   * Answers at most `limit` refunds that succeeded from `from` on and before `until`, by their times and numbers, each with its order.
   * Goes on behind the refund `after`, where one is given.
   */
  refundedBetween(from: Date, until: Date, limit: number, after?: Repayment): Promise<Repayment[]>;
}
