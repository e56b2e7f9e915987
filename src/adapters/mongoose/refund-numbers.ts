import { setTimeout as wait } from 'node:timers/promises';
import { type Model, trusted } from 'mongoose';
import { RefundNoTaken } from '../../domain/order/order-repository.ts';
import type { Order } from '../../domain/order/order.ts';
import { Outage } from '../../domain/outage.ts';
import { isDuplicate } from './mongo-trouble.ts';
import type { OrderDocument } from './order-schema.ts';
import type { RefundNumberDocument } from './refund-number-schema.ts';
import { restoreInto } from './shelf.ts';

const MOST_TRIES = 20;

/**
 * No two orders have a refund of one number. An order takes a number before it is saved with it, and names the version
 * it is to be saved over. So whoever comes second can tell whether that save went through, and if it did not, whether it
 * still can: it cannot once the order has another version, and the one who comes second sees to that. What was taken by
 * a process that ended before it saved stands in nobody's way.
 */
export class RefundNumbers {
  readonly #numbers: Model<RefundNumberDocument>;
  readonly #orders: Model<OrderDocument>;

  constructor(numbers: Model<RefundNumberDocument>, orders: Model<OrderDocument>) {
    this.#numbers = numbers;
    this.#orders = orders;
  }

  /** Throws RefundNoTaken when another order has a refund of the number. */
  async take(number: string, { id, version }: Order): Promise<void> {
    const ours = { _id: number, orderId: id, version };
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      if (await this.#insert(ours)) return;
      const held = await this.#numbers.findOne({ _id: { $eq: number } }).lean();
      if (held && (await this.#takeOver(held, ours))) return;
      await wait(Math.random() * tries);
    }
    throw new Outage('storage-contended', 'Too much at once. Try again.', { retryAfterSeconds: 1 });
  }

  /** Those that these orders have: each was saved over the version before. */
  async restore(orders: readonly Order[]): Promise<void> {
    const numbers = orders.flatMap((order) =>
      order.state === 'paid' ? order.refunds.map(({ id }) => documentOf(id, order)) : [],
    );
    await restoreInto(this.#numbers, numbers);
  }

  async #insert(number: RefundNumberDocument): Promise<boolean> {
    try {
      await this.#numbers.insertOne(number);
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  /** Held for an earlier save, of this order or another, it may be lost; held anew meanwhile, it is to be looked at anew. */
  async #takeOver(held: RefundNumberDocument, ours: RefundNumberDocument): Promise<boolean> {
    const isOurs = held.orderId === ours.orderId;
    if (isOurs && held.version >= ours.version) return true;
    if (!isOurs) await this.#makeSureThatItIsFree(held);
    const { modifiedCount } = await this.#numbers.updateOne(
      { _id: { $eq: held._id }, orderId: { $eq: held.orderId }, version: { $eq: held.version } },
      { $set: { orderId: ours.orderId, version: ours.version } },
    );
    return modifiedCount === 1;
  }

  async #makeSureThatItIsFree({ _id: number, orderId, version }: RefundNumberDocument): Promise<void> {
    await this.#outdate(orderId, version);
    const holder = await this.#orders.findOne({ _id: { $eq: orderId } }, { refunds: 1 }).lean();
    if (holder?.refunds?.some(({ id }) => id === number)) throw new RefundNoTaken();
  }

  /** Gives the order its next version, unless it has one already, so that no save goes over this one any more. */
  async #outdate(orderId: string, version: number): Promise<void> {
    const inItsWay = { _id: { $eq: orderId }, version: trusted({ $lte: version }) };
    await this.#orders.updateOne(inItsWay, { $set: { version: version + 1 } });
  }
}

const documentOf = (number: string, { id, version }: Order): RefundNumberDocument => ({
  _id: number,
  orderId: id,
  version: version - 1,
});
