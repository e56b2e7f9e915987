import { OutTradeNoTaken } from '../../domain/order/order-refusals.ts';
import {
  type OrderQuery,
  type OrderRepository,
  RefundNoTaken,
  type Repayment,
  StaleOrder,
  TransactionTaken,
} from '../../domain/order/order-repository.ts';
import type { Step } from '../../domain/order/order-steps.ts';
import type { CreatedOrder, Order, PaidOrder } from '../../domain/order/order.ts';
import type { OutTradeNo } from '../../domain/order/out-trade-no.ts';
import type { OutRefundNo } from '../../domain/order/refund.ts';
import type { MemoryEventLog } from './event-log.ts';
import { pageOf } from './page-of.ts';

/** Orders in a Map. Nothing awaits between a look and a write, so an order and its events change in one step. */
export class MemoryOrderRepository implements OrderRepository {
  readonly #orders = new Map<OutTradeNo, Order>();
  /** Which order each transaction has paid. */
  readonly #transactions = new Map<string, OutTradeNo>();
  /** Which order each refund is of. */
  readonly #refunds = new Map<OutRefundNo, OutTradeNo>();
  readonly #log: MemoryEventLog;

  constructor(log: MemoryEventLog) {
    this.#log = log;
  }

  async add({ order, events }: Step<CreatedOrder>): Promise<void> {
    if (this.#orders.has(order.id)) throw new OutTradeNoTaken();
    this.#keep(order);
    this.#log.append(events);
  }

  async find(id: OutTradeNo): Promise<Order | undefined> {
    return structuredClone(this.#orders.get(id));
  }

  async save<State extends Order>({ order, events }: Step<State>): Promise<State> {
    if (this.#orders.get(order.id)?.version !== order.version) throw new StaleOrder();
    if (this.#isPaidForElsewhere(order)) throw new TransactionTaken();
    if (this.#isRefundedElsewhere(order)) throw new RefundNoTaken();
    const saved = { ...order, version: order.version + 1 };
    this.#keep(saved);
    this.#log.append(events);
    return saved;
  }

  async due(now: Date, limit: number): Promise<Order[]> {
    const due = [...this.#orders.values()].filter(({ watch }) => watch.dueAt !== null && watch.dueAt <= now);
    return structuredClone(due.toSorted(longestFirst).slice(0, limit));
  }

  async list({ state, limit, after }: OrderQuery): Promise<Order[]> {
    const listed = [...this.#orders.values()]
      .filter((order) => state === undefined || order.state === state)
      .filter((order) => !after || newestFirst(after, order) < 0);
    return structuredClone(listed.toSorted(newestFirst).slice(0, limit));
  }

  async findByTransaction(transactionId: string): Promise<PaidOrder | undefined> {
    const id = this.#transactions.get(transactionId);
    return id && (structuredClone(this.#orders.get(id)) as PaidOrder);
  }

  async paidBetween(from: Date, until: Date, limit: number, after?: PaidOrder): Promise<PaidOrder[]> {
    const paid = [...this.#orders.values()]
      .filter((order) => order.state === 'paid')
      .filter(({ payment: { paidAt } }) => paidAt >= from && paidAt < until)
      .filter((order) => !after || firstPaidFirst(after, order) < 0);
    return structuredClone(paid.toSorted(firstPaidFirst).slice(0, limit));
  }

  async refundedBetween(from: Date, until: Date, limit: number, after?: Repayment): Promise<Repayment[]> {
    const repayments = [...this.#orders.values()]
      .flatMap(repaymentsOf)
      .filter(({ refund: { succeededAt } }) => succeededAt >= from && succeededAt < until)
      .filter((repayment) => !after || firstRefundedFirst(after, repayment) < 0);
    return structuredClone(repayments.toSorted(firstRefundedFirst).slice(0, limit));
  }

  async page(after: string, limit: number): Promise<Order[]> {
    return structuredClone(pageOf(this.#orders, after, limit));
  }

  async restore(orders: readonly Order[]): Promise<void> {
    for (const order of orders) this.#keep(order);
  }

  async size(): Promise<number> {
    return this.#orders.size;
  }

  #isPaidForElsewhere(order: Order): boolean {
    const payer = order.state === 'paid' && this.#transactions.get(order.payment.transactionId);
    return payer !== false && payer !== undefined && payer !== order.id;
  }

  #isRefundedElsewhere(order: Order): boolean {
    const refunds = order.state === 'paid' ? order.refunds : [];
    return refunds.some(({ id }) => (this.#refunds.get(id) ?? order.id) !== order.id);
  }

  #keep(order: Order): void {
    if (order.state === 'paid') {
      this.#transactions.set(order.payment.transactionId, order.id);
      for (const { id } of order.refunds) this.#refunds.set(id, order.id);
    }
    this.#orders.set(order.id, structuredClone(order));
  }
}

const longestFirst = (one: Order, other: Order): number =>
  Number(one.watch.dueAt) - Number(other.watch.dueAt) || (one.id < other.id ? -1 : 1);

type Place = Pick<Order, 'createdAt' | 'id'>;

function newestFirst(one: Place, other: Place): number {
  const difference = other.createdAt.getTime() - one.createdAt.getTime();
  if (difference !== 0 || one.id === other.id) return difference;
  return one.id > other.id ? -1 : 1;
}

function firstPaidFirst(one: PaidOrder, other: PaidOrder): number {
  const difference = one.payment.paidAt.getTime() - other.payment.paidAt.getTime();
  if (difference !== 0 || one.id === other.id) return difference;
  return one.id < other.id ? -1 : 1;
}

const repaymentsOf = (order: Order): Repayment[] =>
  order.state !== 'paid'
    ? []
    : order.refunds.flatMap((refund) => (refund.state === 'succeeded' ? [{ order, refund }] : []));

function firstRefundedFirst({ refund: one }: Repayment, { refund: other }: Repayment): number {
  const difference = one.succeededAt.getTime() - other.succeededAt.getTime();
  if (difference !== 0 || one.id === other.id) return difference;
  return one.id < other.id ? -1 : 1;
}
