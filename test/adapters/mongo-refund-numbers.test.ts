import { createConnection } from 'mongoose';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { modelsOf } from '../../src/adapters/mongoose/models.ts';
import { openMongo } from '../../src/adapters/mongoose/open-mongo.ts';
import { RefundNumbers } from '../../src/adapters/mongoose/refund-numbers.ts';
import { HOUR, later } from '../../src/domain/clock.ts';
import { type OrderRepository, RefundNoTaken, StaleOrder } from '../../src/domain/order/order-repository.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import { lookedForRefunds, requestRefund } from '../../src/domain/order/refund-steps.ts';
import { NOON, paidWithRefunds, sampleWish, stepsTo } from '../support/samples.ts';
import { STORAGES } from '../support/storages.ts';
import { walk } from '../support/walk.ts';

const storage = STORAGES.find(({ name }) => name === 'mongo');
const NOW = later(NOON, HOUR);

/** Two instances on one database, and the numbers alone, for a process that ends before it saves. */
async function setUp({ skip }: Pick<TestContext, 'skip'>) {
  skip(storage === undefined, 'there is no MongoDB here');
  const { MONGODB_URL: url = '' } = await storage!.environment('');
  const instances = await Promise.all([openMongo({ url }), openMongo({ url })]);
  const connection = await createConnection(url).asPromise();
  onTestFinished(async () => {
    await Promise.all([...instances.map((instance) => instance.close()), connection.destroy()]);
  });
  const { refundNumbers, orders } = modelsOf(connection);
  const [one, other] = instances;
  return { one: one.orders, other: other.orders, numbers: new RefundNumbers(refundNumbers, orders), refundNumbers };
}

const paid = async (orders: OrderRepository) => (await walk(orders, stepsTo('paid'))) as PaidOrder;

describe('the number of a refund in MongoDB', () => {
  it('that was taken by a process that ended before it saved is still free for its order', async (context) => {
    const { one, other, numbers } = await setUp(context);
    const [order, wish] = [await paid(one), sampleWish()];
    await numbers.take(wish.id, order);
    const saved = await other.save(requestRefund(order, wish, NOW));
    expect(await one.find(order.id)).toEqual(saved);
  });

  it('and for another order, and then its late save goes over no version any more', async (context) => {
    const { one, other, numbers } = await setUp(context);
    const [order, another, wish] = [await paid(one), await paid(one), sampleWish()];
    const step = requestRefund(order, wish, NOW);
    await numbers.take(wish.id, order);
    const saved = await other.save(requestRefund(another, wish, NOW));
    expect(await one.find(another.id)).toEqual(saved);
    await expect(one.save(step)).rejects.toThrow(StaleOrder);
    const again = (await one.find(order.id)) as PaidOrder;
    expect(again).toEqual({ ...order, version: order.version + 1 });
    await expect(one.save(requestRefund(again, wish, NOW))).rejects.toThrow(RefundNoTaken);
  });

  it('is held by the version that is saved over, and not by one that was lost', async (context) => {
    const { one, other, numbers, refundNumbers } = await setUp(context);
    const [order, wish] = [await paid(one), sampleWish()];
    await numbers.take(wish.id, order);
    const moved = await one.save({ order: lookedForRefunds(order, NOW), events: [] });
    await numbers.take(wish.id, moved);
    await numbers.take(wish.id, order);
    expect(await refundNumbers.find().lean()).toMatchObject([{ orderId: order.id, version: moved.version }]);
    await other.save(requestRefund(moved, wish, NOW));
    const another = await paid(one);
    await expect(one.save(requestRefund(another, wish, NOW))).rejects.toThrow(RefundNoTaken);
  });

  it('of an order that was restored is its own, and to ask for it does the order no harm', async (context) => {
    const { one, other } = await setUp(context);
    const order = { ...paidWithRefunds(['requested']).at(-1)!.order, version: 5 } as PaidOrder;
    await one.restore([order]);
    const wish = sampleWish({ id: order.refunds[0]!.id });
    await expect(other.save(requestRefund(await paid(one), wish, NOW))).rejects.toThrow(RefundNoTaken);
    expect(await other.find(order.id)).toEqual(order);
  });

  it('is had by one order in the end, however many try for it until they have it or cannot', async (context) => {
    const { one, other } = await setUp(context);
    for (let round = 0; round < 10; round += 1) {
      const orders = await Promise.all(Array.from({ length: 6 }, () => paid(one)));
      const wish = sampleWish();
      const tryFor = async ({ id }: PaidOrder, rooms: OrderRepository): Promise<boolean> => {
        for (;;) {
          try {
            await rooms.save(requestRefund((await rooms.find(id)) as PaidOrder, wish, NOW));
            return true;
          } catch (error) {
            if (error instanceof RefundNoTaken) return false;
            if (!(error instanceof StaleOrder)) throw error;
          }
        }
      };
      const claims = orders.map(async (order) => {
        await one.save({ order: lookedForRefunds(order, NOW), events: [] }).catch(() => {});
      });
      const had = await Promise.all(orders.map((order, n) => tryFor(order, n % 2 ? one : other)));
      await Promise.all(claims);
      const kept = (await Promise.all(orders.map(({ id }) => one.find(id)))) as PaidOrder[];
      expect(kept.map(({ refunds }) => refunds.length === 1)).toEqual(had);
      expect(had.filter(Boolean)).toHaveLength(1);
    }
  });
});
