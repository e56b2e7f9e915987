import { type Model, trusted } from 'mongoose';
import { OutTradeNoTaken } from '../../domain/order/order-refusals.ts';
import {
  type OrderQuery,
  type OrderRepository,
  type Repayment,
  StaleOrder,
  TransactionTaken,
} from '../../domain/order/order-repository.ts';
import type { Step } from '../../domain/order/order-steps.ts';
import type { CreatedOrder, Order, PaidOrder } from '../../domain/order/order.ts';
import type { OutTradeNo } from '../../domain/order/out-trade-no.ts';
import type { SucceededRefund } from '../../domain/order/refund.ts';
import { isDuplicate } from './mongo-trouble.ts';
import { fromDocument, toDocument, whatChanges } from './order-document.ts';
import type { OrderDocument, WaitingEvent } from './order-schema.ts';
import type { RefundNumbers } from './refund-numbers.ts';
import { pageOf, restoreInto } from './shelf.ts';
import { writtenNow } from './write-clock.ts';

/**
 * An order is one document and its new events lie in it until they are filed in the log, so that one operation writes
 * both, and none needs a transaction.
 */
export class MongooseOrderRepository implements OrderRepository {
  readonly #orders: Model<OrderDocument>;
  readonly #numbers: RefundNumbers;

  constructor(orders: Model<OrderDocument>, numbers: RefundNumbers) {
    this.#orders = orders;
    this.#numbers = numbers;
  }

  async add({ order, events }: Step<CreatedOrder>): Promise<void> {
    const waiting = Object.fromEntries(waitingFrom(events));
    try {
      await this.#orders.insertOne({ ...toDocument(order), events: waiting, unfiled: events.length > 0 });
    } catch (error) {
      throw isDuplicate(error) ? new OutTradeNoTaken() : error;
    }
  }

  async find(id: OutTradeNo): Promise<Order | undefined> {
    const document = await this.#orders.findOne({ _id: { $eq: id } }).lean();
    return document ? fromDocument(document) : undefined;
  }

  async save<State extends Order>({ order, events }: Step<State>): Promise<State> {
    const { id, version } = order;
    if (order.state === 'paid' && order.refunds.length > 0) await this.#takeNumbers(order);
    const saved = { ...order, version: version + 1 };
    const change = { $set: { ...whatChanges(toDocument(saved)), ...addition(events) } };
    try {
      const { modifiedCount } = await this.#orders.updateOne({ _id: { $eq: id }, version: { $eq: version } }, change);
      if (modifiedCount === 1) return saved;
    } catch (error) {
      // The number of the payment is all that could be somebody else's.
      throw isDuplicate(error) ? new TransactionTaken() : error;
    }
    throw new StaleOrder();
  }

  /** Those that the order as it was read has are its own. */
  async #takeNumbers(order: PaidOrder): Promise<void> {
    const { id, version, refunds } = order;
    const read = await this.#orders.findOne({ _id: { $eq: id }, version: { $eq: version } }, { refunds: 1 }).lean();
    if (!read) throw new StaleOrder();
    const known = new Set(read.refunds?.map((refund) => refund.id));
    for (const refund of refunds) if (!known.has(refund.id)) await this.#numbers.take(refund.id, order);
  }

  async due(now: Date, limit: number): Promise<Order[]> {
    const documents = await this.#orders
      .find({ 'watch.dueAt': trusted({ $lte: now }) })
      .sort({ 'watch.dueAt': 1 })
      .limit(limit)
      .lean();
    return documents.map(fromDocument);
  }

  async list({ state, limit, after }: OrderQuery): Promise<Order[]> {
    const documents = await this.#orders
      .find({ ...(state && { state: { $eq: state } }), ...(after && behind(after)) })
      .sort({ createdAt: -1, _id: -1 })
      .limit(limit)
      .lean();
    return documents.map(fromDocument);
  }

  /** What the index is only for has to be said for it to be used. */
  async findByTransaction(transactionId: string): Promise<PaidOrder | undefined> {
    const isIndexed = trusted({ $eq: transactionId, $type: 'string' as const });
    const document = await this.#orders.findOne({ 'payment.transactionId': isIndexed }).lean();
    return document ? (fromDocument(document) as PaidOrder) : undefined;
  }

  async paidBetween(from: Date, until: Date, limit: number, after?: PaidOrder): Promise<PaidOrder[]> {
    const then = { 'payment.paidAt': trusted({ $gte: after?.payment.paidAt ?? from, $lt: until }) };
    const documents = await this.#orders
      .find({ state: { $eq: 'paid' }, ...then, ...(after && paidBehind(after)) })
      .sort({ 'payment.paidAt': 1, _id: 1 })
      .limit(limit)
      .lean();
    return documents.map((document) => fromDocument(document) as PaidOrder);
  }

  async refundedBetween(from: Date, until: Date, limit: number, after?: Repayment): Promise<Repayment[]> {
    const succeededAt = { $gte: after?.refund.succeededAt ?? from, $lt: until };
    const found = await this.#orders.aggregate<{ order: OrderDocument; found: string }>([
      { $match: { refunds: { $elemMatch: { succeededAt } } } },
      { $project: { _id: 0, order: '$$ROOT', refund: '$refunds' } },
      { $unwind: '$refund' },
      { $match: { 'refund.succeededAt': succeededAt, ...(after && refundedBehind(after)) } },
      { $sort: { 'refund.succeededAt': 1, 'refund.id': 1 } },
      { $limit: limit },
      { $project: { order: 1, found: '$refund.id' } },
    ]);
    return found.map(({ order, found }) => repaymentIn(fromDocument(order) as PaidOrder, found));
  }

  async page(after: string, limit: number): Promise<Order[]> {
    return (await pageOf(this.#orders, after, limit)).map(fromDocument);
  }

  /** Without events: those go with the log. */
  async restore(orders: readonly Order[]): Promise<void> {
    await this.#numbers.restore(orders);
    await restoreInto(this.#orders, orders.map(toDocument));
  }

  async size(): Promise<number> {
    return this.#orders.countDocuments();
  }
}

function waitingFrom(events: Step['events']): [sequence: string, event: WaitingEvent][] {
  const writtenAt = writtenNow();
  return events.map((event) => [String(event.sequence), { ...event, writtenAt }]);
}

/** Puts new events beside those that wait already, whatever they are. */
function addition(events: Step['events']): object {
  if (events.length === 0) return {};
  const waiting = waitingFrom(events).map(([sequence, event]) => [`events.${sequence}`, event]);
  return { ...Object.fromEntries(waiting), unfiled: true };
}

const behind = ({ createdAt, id }: NonNullable<OrderQuery['after']>): object => ({
  createdAt: trusted({ $lte: createdAt }),
  $or: [{ createdAt: trusted({ $lt: createdAt }) }, { _id: trusted({ $lt: id }) }],
});

const paidBehind = ({ payment: { paidAt }, id }: PaidOrder): object => ({
  $or: [
    { 'payment.paidAt': trusted({ $gt: paidAt }) },
    { 'payment.paidAt': { $eq: paidAt }, _id: trusted({ $gt: id }) },
  ],
});

const refundedBehind = ({ refund: { succeededAt, id } }: Repayment): object => ({
  $or: [
    { 'refund.succeededAt': { $gt: succeededAt } },
    { 'refund.succeededAt': { $eq: succeededAt }, 'refund.id': { $gt: id } },
  ],
});

/** Only one that has succeeded has a time at which it has. */
const repaymentIn = (order: PaidOrder, found: string): Repayment => ({
  order,
  refund: order.refunds.find(({ id }) => id === found) as SucceededRefund,
});
