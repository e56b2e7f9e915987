import { setTimeout as wait } from 'node:timers/promises';
import { type Model, trusted } from 'mongoose';
import { SECOND } from '../../domain/clock.ts';
import { type EventLog, type LoggedEvent, placeInLog } from '../../domain/order/event-log.ts';
import type { OrderEvent } from '../../domain/order/order-event.ts';
import { Outage } from '../../domain/outage.ts';
import type { EventDocument } from './event-schema.ts';
import { isDuplicate } from './mongo-trouble.ts';
import type { OrderDocument } from './order-schema.ts';
import { within } from './patience.ts';
import { pageOf, restoreInto } from './shelf.ts';
import { inTurns } from './turns.ts';
import { waitingIn } from './waiting-events.ts';

const ORDERS_AT_ONCE = 200;

const LONGEST_TURN = 5 * SECOND;

/** Whoever loses that often has long been given up on. */
const MOST_TRIES = 200;

/**
 * Events wait in their orders, and whoever reads the log files them first. A place is taken by inserting at the one
 * behind the last: who comes second is refused and looks again. So places have no gaps and appear one behind the other,
 * and whoever follows them misses none, without a lease. An event's id is unique, so it is filed once, whoever tries
 * and whatever dies half way.
 */
export class MongooseEventLog implements EventLog {
  readonly #events: Model<EventDocument>;
  readonly #orders: Model<OrderDocument>;
  readonly #notes: OrderEvent[] = [];
  /** Those who share a process do not stand in each other's way. A turn that hangs is passed by, which does no harm. */
  readonly #file = inTurns(() => within(LONGEST_TURN, () => this.#fileSome()));

  constructor(events: Model<EventDocument>, orders: Model<OrderDocument>) {
    this.#events = events;
    this.#orders = orders;
  }

  async note(event: OrderEvent): Promise<void> {
    this.#notes.push(event);
    await this.#file();
  }

  async page(after: string, limit: number): Promise<LoggedEvent[]> {
    for (;;) {
      const isAll = await this.#file();
      const page = await pageOf(this.#events, after, limit);
      if (isAll || page.length === limit) return page.map(fromDocument);
    }
  }

  async restore(events: readonly LoggedEvent[]): Promise<void> {
    const documents = events.map(({ id, event }) => toDocument(id, event));
    await restoreInto(this.#events, documents, {
      strangersTo: ({ _id, eventId }) => ({ eventId, _id: trusted({ $ne: _id }) }),
    });
  }

  async size(): Promise<number> {
    let isAll = false;
    while (!isAll) isAll = await this.#file();
    return this.#events.countDocuments();
  }

  /** Files what waits in so many orders, then the notes, and answers whether no more orders wait. */
  async #fileSome(): Promise<boolean> {
    const notes = this.#notes.splice(0);
    const orders = await this.#orders.find({ unfiled: true }).limit(ORDERS_AT_ONCE).lean();
    await this.#append([...waitingIn(orders), ...notes]);
    if (orders.length > 0) await this.#clear(orders);
    return orders.length < ORDERS_AT_ONCE;
  }

  /** An order that was saved since it was read keeps all it has: what is filed already is not filed again. */
  async #clear(orders: readonly OrderDocument[]): Promise<void> {
    const update = { $set: { events: {}, unfiled: false } };
    await this.#orders.bulkWrite(
      orders.map(({ _id, version }) => ({ updateOne: { filter: { _id, version }, update } })),
    );
  }

  async #append(events: readonly OrderEvent[]): Promise<void> {
    let rest = events;
    for (let tries = 1; rest.length > 0; tries += 1) {
      if (await this.#insert(rest)) return;
      if (tries === MOST_TRIES) throw new Outage('storage-contended', 'Too much at once. Try again.');
      await wait(Math.random() * Math.min(tries, 20));
      rest = await this.#notFiled(rest);
    }
  }

  /** In their order and behind the last; stops at the first that cannot be inserted. */
  async #insert(events: readonly OrderEvent[]): Promise<boolean> {
    const last = await this.#events.findOne().sort({ _id: -1 }).lean();
    const next = Number(last?._id ?? 0) + 1;
    const documents = events.map((event, n) => toDocument(placeInLog(next + n), event));
    try {
      await this.#events.insertMany(documents, { ordered: true });
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  /** Each once: a note may have come twice at the same time. */
  async #notFiled(events: readonly OrderEvent[]): Promise<OrderEvent[]> {
    const byId = Map.groupBy(events, ({ id }) => id);
    const filed = await this.#events.find({ eventId: trusted({ $in: [...byId.keys()] }) }, { eventId: 1 }).lean();
    for (const { eventId } of filed) byId.delete(eventId);
    return [...byId.values()].flatMap(([first]) => first ?? []);
  }
}

const toDocument = (place: string, { id, orderId, sequence, version, at, state, happening, notice }: OrderEvent) =>
  ({ _id: place, eventId: id, orderId, sequence, version, at, state, happening, notice }) satisfies EventDocument;

const fromDocument = ({
  _id,
  eventId,
  orderId,
  sequence,
  version = null,
  at,
  state,
  happening,
  notice,
}: EventDocument): LoggedEvent => ({
  id: _id,
  event: { id: eventId, orderId, sequence, version, at, state, happening, notice },
});
