import { type Model, trusted } from 'mongoose';
import { OutTradeNoTaken } from '../../domain/order/order-refusals.ts';
import {
  type OrderQuery,
  type OrderRepository,
  StaleOrder,
  TransactionTaken,
} from '../../domain/order/order-repository.ts';
import type { Step } from '../../domain/order/order-steps.ts';
import type { CreatedOrder, Order, OrderState } from '../../domain/order/order.ts';
import type { OutTradeNo } from '../../domain/order/out-trade-no.ts';
import { isDuplicate } from './mongo-trouble.ts';
import type { OrderDocument, WaitingEvent } from './order-schema.ts';
import { pageOf, restoreInto } from './shelf.ts';
import { writtenNow } from './write-clock.ts';

/**
 * An order is one document and its new events lie in it until they are filed in the log, so that one operation writes
 * both, and none needs a transaction.
 */
export class MongooseOrderRepository implements OrderRepository {
  readonly #orders: Model<OrderDocument>;

  constructor(orders: Model<OrderDocument>) {
    this.#orders = orders;
  }

  async add({ order, events }: Step): Promise<void> {
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

  async page(after: string, limit: number): Promise<Order[]> {
    return (await pageOf(this.#orders, after, limit)).map(fromDocument);
  }

  /** Without events: those go with the log. */
  async restore(orders: readonly Order[]): Promise<void> {
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

/** The terms never do. */
const whatChanges = ({ state, payer, watch, anomalies, sequence, version, ...others }: OrderDocument) => {
  const { prepay, ticket, closedAt, failedAt, reason, payment, late } = others;
  return {
    state,
    payer,
    watch,
    anomalies,
    sequence,
    version,
    prepay,
    ticket,
    closedAt,
    failedAt,
    reason,
    payment,
    late,
  };
};

/** What only some states have. */
const OWN = {
  created: [],
  prepaying: ['prepay', 'ticket'],
  prepaid: ['prepay', 'ticket'],
  closing: ['prepay', 'ticket'],
  closed: ['closedAt'],
  failed: ['failedAt', 'reason'],
  paid: ['payment', 'late'],
} as const satisfies {
  readonly [State in OrderState]: readonly Exclude<keyof Extract<Order, { state: State }>, keyof CreatedOrder>[];
};

const NONE = {
  prepay: null,
  ticket: null,
  closedAt: null,
  failedAt: null,
  reason: null,
  payment: null,
  late: null,
} as const;

const toDocument = ({ id, metadata, anomalies, ...order }: Order): OrderDocument => ({
  ...NONE,
  ...order,
  _id: id,
  metadata: metadata && Object.entries(metadata),
  anomalies: [...anomalies],
  events: {},
  unfiled: false,
});

const fromDocument = (document: OrderDocument): Order => {
  const own = OWN[document.state].map((name) => [name, document[name]]);
  return { ...whatAllHave(document), ...Object.fromEntries(own) } as Order;
};

const whatAllHave = (document: OrderDocument) => ({
  id: document._id,
  appid: document.appid,
  mchid: document.mchid,
  description: document.description,
  amount: document.amount,
  attach: document.attach,
  metadata: document.metadata && Object.fromEntries(document.metadata),
  createdAt: document.createdAt,
  timeExpire: document.timeExpire,
  requestId: document.requestId,
  payer: document.payer,
  watch: document.watch,
  anomalies: document.anomalies,
  sequence: document.sequence,
  version: document.version,
  state: document.state,
});
