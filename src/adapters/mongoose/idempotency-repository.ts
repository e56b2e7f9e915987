import { type Model, trusted } from 'mongoose';
import type { IdempotencyRepository } from '../../domain/idempotency/idempotency-repository.ts';
import type { KeptAnswer, KeyedRequest } from '../../domain/idempotency/keyed-request.ts';
import type { KeyedRequestDocument } from './keyed-request-schema.ts';
import { isDuplicate } from './mongo-trouble.ts';
import { pageOf, restoreInto } from './shelf.ts';

export class MongooseIdempotencyRepository implements IdempotencyRepository {
  readonly #requests: Model<KeyedRequestDocument>;

  constructor(requests: Model<KeyedRequestDocument>) {
    this.#requests = requests;
  }

  /** Begins anew when the one that refused the insert was removed before it was found. */
  async begin(request: KeyedRequest): Promise<KeyedRequest | undefined> {
    if (await this.#insert(request)) return undefined;
    const document = await this.#requests.findOne({ _id: { $eq: request.id } }).lean();
    return document ? fromDocument(document) : this.begin(request);
  }

  async relock(request: KeyedRequest, lockedUntil: Date): Promise<boolean> {
    const { modifiedCount } = await this.#requests.updateOne(unfinished(request), { $set: { lockedUntil } });
    return modifiedCount === 1;
  }

  async finish(request: KeyedRequest, answer: KeptAnswer): Promise<void> {
    await this.#requests.updateOne(unfinished(request), { $set: { answer } });
  }

  async removeOlderThan(time: Date, limit: number): Promise<number> {
    const isOlder = { createdAt: trusted({ $lt: time }) };
    const older = await this.#requests.find(isOlder).sort({ createdAt: 1 }).limit(limit).lean();
    if (older.length === 0) return 0;
    const ids = older.map(({ _id }) => _id);
    const { deletedCount } = await this.#requests.deleteMany({ _id: trusted({ $in: ids }), ...isOlder });
    return deletedCount;
  }

  async page(after: string, limit: number): Promise<KeyedRequest[]> {
    return (await pageOf(this.#requests, after, limit)).map(fromDocument);
  }

  async restore(requests: readonly KeyedRequest[]): Promise<void> {
    await restoreInto(this.#requests, requests.map(toDocument));
  }

  async size(): Promise<number> {
    return this.#requests.countDocuments();
  }

  async #insert(request: KeyedRequest): Promise<boolean> {
    try {
      await this.#requests.insertOne(toDocument(request));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}

/** The request while it is not answered and the lock is the one that was read. */
const unfinished = ({ id, lockedUntil }: KeyedRequest) => ({
  _id: { $eq: id },
  lockedUntil: { $eq: lockedUntil },
  answer: null,
});

const toDocument = ({ id, ...request }: KeyedRequest): KeyedRequestDocument => ({ _id: id, ...request });

const fromDocument = ({
  _id,
  digest,
  subject,
  createdAt,
  lockedUntil,
  answer,
}: KeyedRequestDocument): KeyedRequest => ({
  id: _id,
  digest,
  subject,
  createdAt,
  lockedUntil,
  answer,
});
