import { createConnection, type mongo } from 'mongoose';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { MongooseEventLog } from '../../src/adapters/mongoose/event-log.ts';
import { modelsOf } from '../../src/adapters/mongoose/models.ts';
import { openMongo } from '../../src/adapters/mongoose/open-mongo.ts';
import type { WaitingEvent } from '../../src/adapters/mongoose/order-schema.ts';
import { waitingIn } from '../../src/adapters/mongoose/waiting-events.ts';
import { later } from '../../src/domain/clock.ts';
import { type LoggedEvent, placeInLog } from '../../src/domain/order/event-log.ts';
import type { OrderEvent } from '../../src/domain/order/order-event.ts';
import { noteFailedPayment } from '../../src/domain/order/order-steps.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { NOON, sampleNote, stepsTo } from '../support/samples.ts';
import { MongoServer } from '../support/servers/mongo-server.ts';
import { STORAGES } from '../support/storages.ts';
import { walk } from '../support/walk.ts';

const storage = STORAGES.find(({ name }) => name === 'mongo');

type Raw = { _id: string } & Record<string, unknown>;

/** Several instances on one database, and the database itself. */
async function setUp({ skip }: Pick<TestContext, 'skip'>, count = 2) {
  skip(storage === undefined, 'there is no MongoDB here');
  const { MONGODB_URL: url = '' } = await storage!.environment('');
  const instances = await Promise.all(Array.from({ length: count }, () => openMongo({ url })));
  const connection = await createConnection(url).asPromise();
  onTestFinished(async () => {
    await Promise.all([...instances.map((instance) => instance.close()), connection.destroy()]);
  });
  const [one, other] = instances as [Persistence, Persistence];
  const collection = (name: string): mongo.Collection<Raw> => connection.db!.collection<Raw>(name);
  return { one, other, instances, connection, orders: collection('orders'), log: collection('events') };
}

const told = async ({ events }: Persistence) => (await events.page('', 1_000)).map(({ event }) => event);

/** As a process would that ends before it does the second half. */
async function putBack(orders: mongo.Collection<Raw>, documents: readonly Raw[]): Promise<void> {
  for (const document of documents) await orders.replaceOne({ _id: document._id }, document);
}

function expectWhole(log: readonly LoggedEvent[], written: readonly OrderEvent[]): void {
  const byId = (one: OrderEvent, other: OrderEvent) => (one.id < other.id ? -1 : 1);
  expect(log.map(({ id }) => id)).toEqual(log.map((_, n) => placeInLog(n + 1)));
  expect(log.map(({ event }) => event).toSorted(byId)).toEqual(written.toSorted(byId));
  for (const own of Object.values(Object.groupBy(log, ({ event }) => event.orderId))) {
    const sequences = own!.map(({ event }) => event.sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  }
}

describe('the event log in MongoDB', () => {
  it('has what an instance wrote that ended before it filed anything', async (context) => {
    const { one, other, log } = await setUp(context);
    const [paid, failed] = [stepsTo('paid'), stepsTo('failed')];
    await walk(one.orders, paid);
    await walk(one.orders, failed);
    await one.close();
    expect(await log.countDocuments()).toBe(0);
    expect(await told(other)).toEqual([...paid, ...failed].flatMap(({ events }) => events));
  });

  it('takes over what is filed, and orders keep none of it', async (context) => {
    const { one, orders } = await setUp(context);
    const kept = await walk(one.orders, stepsTo('prepaid'));
    expect(await orders.findOne()).toMatchObject({ unfiled: true, events: { 1: {}, 2: {}, 3: {} } });
    expect(await one.events.size()).toBe(3);
    expect(await orders.findOne()).toMatchObject({ unfiled: false, events: {}, version: kept.version });
  });

  it('doubles nothing when a filer ends between writing the log and clearing the orders', async (context) => {
    const { one, other, orders } = await setUp(context);
    const steps = stepsTo('prepaid');
    const order = await walk(one.orders, steps);
    const waiting = await orders.find().toArray();
    const before = await one.events.page('', 100);
    await putBack(orders, waiting);
    expect(await other.events.page('', 100)).toEqual(before);
    await putBack(orders, waiting);
    const step = noteFailedPayment(order, 'USERPAYING', { now: later(NOON, 1) });
    await one.orders.save(step);
    expectWhole(
      await other.events.page('', 100),
      [...steps, step].flatMap(({ events }) => events),
    );
  });

  it('goes on where a filer ended in the middle of writing', async (context) => {
    const { one, other, orders, log } = await setUp(context);
    const ways = [stepsTo('closed'), stepsTo('paid')];
    for (const steps of ways) await walk(one.orders, steps);
    const waiting = await orders.find().toArray();
    expect(await one.events.size()).toBe(9);
    const whole = await log.find().sort({ _id: 1 }).toArray();
    for (let reached = 0; reached < 9; reached += 1) {
      await log.deleteMany({ _id: { $gt: placeInLog(reached) } });
      await putBack(orders, waiting);
      expect(await other.events.size()).toBe(9);
      expect(await log.find().sort({ _id: 1 }).toArray()).toEqual(whole);
    }
  });

  it('leaves an event in its order that was saved while the others were being filed', async (context) => {
    const { one, connection, orders } = await setUp(context);
    const steps = stepsTo('prepaid');
    const order = await walk(one.orders, steps);
    const step = noteFailedPayment(order, 'USERPAYING', { now: later(NOON, 1) });
    const models = modelsOf(connection);
    const clearing = models.orders.bulkWrite.bind(models.orders);
    models.orders.bulkWrite = async (...given: Parameters<typeof clearing>) => {
      await one.orders.save(step);
      return clearing(...given);
    };
    expect(await new MongooseEventLog(models.events, models.orders).size()).toBe(3);
    expect(await orders.findOne()).toMatchObject({ unfiled: true, version: 4 });
    expect(await told(one)).toEqual([...steps, step].flatMap(({ events }) => events));
    expect(await orders.findOne()).toMatchObject({ unfiled: false, events: {}, version: 4 });
  });

  it('has every event once and no gaps when many file what many write', async (context) => {
    const { instances } = await setUp(context, 5);
    const written: OrderEvent[] = [];
    let isWriting = true;
    const write = async ({ orders, events }: Persistence) => {
      for (const state of ['paid', 'closed', 'failed'] as const) {
        const [steps, note] = [stepsTo(state), sampleNote()];
        await walk(orders, steps);
        await events.note(note);
        written.push(...steps.flatMap((step) => step.events), note);
      }
    };
    const follow = async ({ events }: Persistence) => {
      const read: LoggedEvent[] = [];
      for (let isLast = false; !isLast;) {
        isLast = !isWriting;
        read.push(...(await events.page(read.at(-1)?.id ?? '', 1_000)));
      }
      return read;
    };
    const following = instances.map(follow);
    await Promise.all([...instances, ...instances].map(write)).finally(() => {
      isWriting = false;
    });
    const logs = await Promise.all(following);
    expectWhole(logs[0]!, written);
    expect(written).toHaveLength(150);
    for (const log of logs) expect(log).toEqual(logs[0]);
  });

  it('files all that waits, in however many orders', async (context) => {
    const { one, orders } = await setUp(context);
    await one.orders.add(stepsTo('created')[0]);
    const sample = (await orders.findOne())!;
    const events = sample.events as Record<string, WaitingEvent>;
    const copies = Array.from({ length: 249 }, (_, n) => ({
      ...sample,
      _id: `order-${n}`,
      events: { 1: { ...events[1], id: `evt_order-${n}_1`, orderId: `order-${n}` } },
    }));
    await orders.insertMany(copies);
    expect(await told(one)).toHaveLength(250);
    expect(await orders.countDocuments({ unfiled: true })).toBe(0);
    expect(await one.events.size()).toBe(250);
  });

  it('goes on with the sequence of an order that was restored, and files nothing of it twice', async (context) => {
    const [source, target] = [await setUp(context), await setUp(context)];
    const steps = stepsTo('prepaid');
    const order = await walk(source.one.orders, steps);
    const log = await source.one.events.page('', 100);
    await target.one.orders.restore([order]);
    await target.one.events.restore(log);
    const step = noteFailedPayment(order, 'USERPAYING', { now: later(NOON, 1) });
    expect(await target.one.orders.save(step)).toMatchObject({ sequence: 4, version: 4 });
    expectWhole(
      await target.other.events.page('', 100),
      [...steps, step].flatMap(({ events }) => events),
    );
  });

  it('is an outage while the server hangs, and loses nothing by it', async () => {
    const server = await MongoServer.start();
    onTestFinished(() => server.dispose());
    const persistence = await openMongo({ url: server.url('wexagon') });
    onTestFinished(() => persistence.close());
    const [placed, note] = [stepsTo('created')[0], sampleNote({ orderId: '' })];
    await persistence.orders.add(placed);
    server.freeze();
    const trouble = { name: 'Outage', code: 'storage-unavailable' };
    await expect(persistence.events.page('', 10)).rejects.toMatchObject(trouble);
    await expect(persistence.events.note(note)).rejects.toMatchObject(trouble);
    server.thaw();
    await expect
      .poll(() => persistence.events.note(note).then(() => 'noted', String), { timeout: 15_000 })
      .toBe('noted');
    expect(await told(persistence)).toEqual([...placed.events, note]);
  }, 60_000);

  it('holds the events of one order by their sequence, whatever the clocks of those who wrote them said', () => {
    const event = (id: string, sequence: number, writtenAt: number) => ({ id, sequence, writtenAt }) as WaitingEvent;
    const orders = [
      { events: { 10: event('a10', 10, 3), 9: event('a9', 9, 7), 8: event('a8', 8, 2) } },
      { events: { 1: event('b1', 1, 1), 2: event('b2', 2, 5), 3: event('b3', 3, 8) } },
    ];
    expect(waitingIn(orders as never).map(({ id }) => id)).toEqual(['b1', 'a8', 'b2', 'a9', 'a10', 'b3']);
  });
});
