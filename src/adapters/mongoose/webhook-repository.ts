import { type Model, trusted } from 'mongoose';
import type { Delivery, WebhookId } from '../../domain/webhook/delivery.ts';
import type { DeliveryQuery, Endpoint, WebhookRepository } from '../../domain/webhook/webhook-repository.ts';
import { isDuplicate } from './mongo-trouble.ts';
import { pageOf, restoreInto } from './shelf.ts';
import type { WebhookDeliveryDocument, WebhookEndpointDocument } from './webhook-schema.ts';

const ONLY = { _id: 'wexagon' } as const;

const WAITING = 'waiting' as const;

/** How many of those whose time has come are looked through at once for the first ones of their orders. */
const CANDIDATES = 200;

/**
 * What is told of one order goes one behind the other, and no write here is of more than one document: a process may end
 * between any two. So deliveries are kept before the cursor moves, and looked for again otherwise; and a time that was not
 * passed on to those behind makes them wait no longer than it made the one before them wait.
 */
export class MongooseWebhookRepository implements WebhookRepository {
  readonly #deliveries: Model<WebhookDeliveryDocument>;
  readonly #endpoints: Model<WebhookEndpointDocument>;

  constructor(deliveries: Model<WebhookDeliveryDocument>, endpoints: Model<WebhookEndpointDocument>) {
    this.#deliveries = deliveries;
    this.#endpoints = endpoints;
  }

  async endpoint(): Promise<Endpoint> {
    const document = await this.#endpoints.findOne(ONLY).lean();
    return { cursor: document?.cursor ?? '', disabledAt: document?.disabledAt ?? null };
  }

  async setDisabled(disabledAt: Date | null): Promise<void> {
    await this.#ensureEndpoint();
    await this.#endpoints.updateOne(ONLY, { $set: { disabledAt } });
  }

  async takeUp(deliveries: readonly Delivery[], cursor: string): Promise<void> {
    await this.#insertMissing(deliveries);
    await this.#ensureEndpoint();
    await this.#endpoints.updateOne({ ...ONLY, cursor: trusted({ $lt: cursor }) }, { $set: { cursor } });
  }

  async due(now: Date, limit: number): Promise<Delivery[]> {
    const due: WebhookDeliveryDocument[] = [];
    for (let skipped = 0; ; skipped += CANDIDATES) {
      const candidates = await this.#deliveries
        .find({ state: WAITING, dueAt: trusted({ $lte: now }) })
        .sort({ dueAt: 1, _id: 1 })
        .skip(skipped)
        .limit(CANDIDATES)
        .lean();
      due.push(...(await this.#firstsAmong(candidates)));
      if (due.length >= limit || candidates.length < CANDIDATES) return due.slice(0, limit).map(fromDocument);
    }
  }

  async claim(delivery: Delivery, until: Date): Promise<Delivery | undefined> {
    return this.#update({ ...delivery, dueAt: until });
  }

  async save(delivery: Delivery): Promise<Delivery | undefined> {
    const saved = await this.#update(delivery);
    if (!saved) return undefined;
    const { orderId, id, dueAt } = saved;
    const behind = { orderId: { $eq: orderId }, state: WAITING, _id: trusted({ $gt: String(id) }) };
    await this.#deliveries.updateMany(behind, { $set: { dueAt } });
    return saved;
  }

  async find(id: WebhookId): Promise<Delivery | undefined> {
    const document = await this.#deliveries.findOne({ _id: { $eq: id } }).lean();
    return document ? fromDocument(document) : undefined;
  }

  async list({ state, limit, after = '' }: DeliveryQuery): Promise<Delivery[]> {
    const documents = await this.#deliveries
      .find({ _id: trusted({ $gt: after }), ...(state !== undefined && { state: { $eq: state } }) })
      .sort({ _id: 1 })
      .limit(limit)
      .lean();
    return documents.map(fromDocument);
  }

  async page(after: string, limit: number): Promise<Delivery[]> {
    return (await pageOf(this.#deliveries, after, limit)).map(fromDocument);
  }

  async restore(deliveries: readonly Delivery[]): Promise<void> {
    await restoreInto(this.#deliveries, deliveries.map(toDocument));
  }

  async size(): Promise<number> {
    return this.#deliveries.countDocuments();
  }

  /** In their order, so that nobody sees one whose earlier ones are not there yet. */
  async #insertMissing(deliveries: readonly Delivery[]): Promise<void> {
    const ids = deliveries.map(({ id }) => id);
    const known = await this.#deliveries.find({ _id: trusted({ $in: ids }) }, { _id: 1 }).lean();
    const knownIds = new Set(known.map(({ _id }) => _id));
    const missing = deliveries.filter(({ id }) => !knownIds.has(id));
    if (missing.length === 0) return;
    const times = await this.#timesOf(missing);
    const documents = missing.map((delivery) =>
      toDocument({ ...delivery, dueAt: times.get(delivery.orderId) ?? delivery.dueAt }),
    );
    try {
      await this.#deliveries.insertMany(documents, { ordered: true });
    } catch (error) {
      // Somebody else takes up the same: what they have not kept by now is looked for anew.
      if (!isDuplicate(error)) throw error;
      await this.#insertMissing(missing);
    }
  }

  /** Until when what waits in these orders is to wait. */
  async #timesOf(deliveries: readonly Delivery[]): Promise<Map<string, Date>> {
    const orderIds = [...new Set(deliveries.map(({ orderId }) => orderId))];
    const waiting = await this.#deliveries
      .find({ orderId: trusted({ $in: orderIds }), state: WAITING }, { orderId: 1, dueAt: 1 })
      .lean();
    const times = new Map<string, Date>();
    for (const { orderId, dueAt } of waiting) {
      const known = times.get(orderId);
      if (!known || known < dueAt) times.set(orderId, dueAt);
    }
    return times;
  }

  async #firstsAmong(candidates: readonly WebhookDeliveryDocument[]): Promise<WebhookDeliveryDocument[]> {
    const orderIds = [...new Set(candidates.map(({ orderId }) => orderId))];
    const waiting = await this.#deliveries
      .find({ orderId: trusted({ $in: orderIds }), state: WAITING }, { orderId: 1 })
      .lean();
    const firsts = new Map<string, string>();
    for (const { orderId, _id } of waiting) {
      const known = firsts.get(orderId);
      if (known === undefined || _id < known) firsts.set(orderId, _id);
    }
    return candidates.filter(({ orderId, _id }) => firsts.get(orderId) === _id);
  }

  async #update(delivery: Delivery): Promise<Delivery | undefined> {
    const { _id, state, tries, attempts, dueAt, version } = toDocument(delivery);
    const { modifiedCount } = await this.#deliveries.updateOne(
      { _id: { $eq: _id }, version: { $eq: version } },
      { $set: { state, tries, attempts, dueAt, version: version + 1 } },
    );
    return modifiedCount === 1 ? { ...delivery, version: version + 1 } : undefined;
  }

  async #ensureEndpoint(): Promise<void> {
    try {
      await this.#endpoints.updateOne(ONLY, { $setOnInsert: { cursor: '', disabledAt: null } }, { upsert: true });
    } catch (error) {
      // Two first ones at once: it is there.
      if (!isDuplicate(error)) throw error;
    }
  }
}

const toDocument = ({ id, attempts, ...delivery }: Delivery): WebhookDeliveryDocument => ({
  _id: id,
  ...delivery,
  attempts: attempts.map((attempt) => ({ ...attempt })),
});

const fromDocument = ({ _id, ...document }: WebhookDeliveryDocument): Delivery => ({
  id: _id as WebhookId,
  orderId: document.orderId,
  sequence: document.sequence,
  type: document.type,
  at: document.at,
  state: document.state,
  tries: document.tries,
  attempts: document.attempts,
  dueAt: document.dueAt,
  version: document.version,
});
