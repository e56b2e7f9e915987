import { setImmediate as breathe } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { later, SECOND } from '../../src/domain/clock.ts';
import type { LoggedEvent } from '../../src/domain/order/event-log.ts';
import { StaleOrder } from '../../src/domain/order/order-repository.ts';
import type { OrderEvent } from '../../src/domain/order/order-event.ts';
import { followedBy, noteFailedPayment, pay, raise } from '../../src/domain/order/order-steps.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { NOON, sampleNote, sampleNotice, samplePayment, stepsTo } from '../support/samples.ts';
import { walk } from '../support/walk.ts';

interface Place {
  readonly keepsAfterRestart: boolean;
  readonly place: () => () => Promise<Persistence>;
}

/** What EventLog promises, a case for every sentence. */
export function eventLogContract({ place, keepsAfterRestart }: Place): void {
  const open = () => place()();

  /** Two instances over one storage, where it can be shared. */
  async function instances(): Promise<[Persistence, Persistence]> {
    const opening = place();
    const one = await opening();
    return [one, keepsAfterRestart ? await opening() : one];
  }

  const told = async ({ events }: Persistence) => (await events.page('', 1_000)).map(({ event }) => event);

  it('Everything that happened, in the order in which it was written', async () => {
    const storage = await open();
    const [one, other] = [stepsTo('failed'), stepsTo('paid')];
    const note = sampleNote();
    await storage.orders.add(one[0]);
    await storage.orders.add(other[0]);
    await storage.orders.save(other[1]!);
    await storage.orders.save(one[1]!);
    await storage.events.note(note);
    await storage.orders.save({ ...other[2]!, order: { ...other[2]!.order, version: 2 } });
    const steps = [one[0], other[0], other[1]!, one[1]!, { events: [note] }, other[2]!];
    expect(await told(storage)).toEqual(steps.flatMap(({ events }) => events));
  });

  it('gives every event a place of 16 digits', async () => {
    const { orders, events } = await open();
    await walk(orders, stepsTo('closed'));
    const ids = (await events.page('', 10)).map(({ id }) => id);
    expect(ids).toHaveLength(5);
    expect(ids.filter((id) => !/^\d{16}$/.test(id))).toEqual([]);
    expect(await events.size()).toBe(5);
  });

  it('keeps what a notice brought, to the byte', async () => {
    const storage = await open();
    const headers = [
      ['Wechatpay-Nonce', '🧋 "quoted" \\ \u00e9'],
      ['X-Twice', 'one'],
      ['X-Twice', 'two'],
      ['wechatpay-serial', ''],
    ] as const;
    const body = `<xml>\r\n<attach><![CDATA[${'奶茶🧋 "é" \\n '.repeat(1_700)}]]></attach>\t</xml>\n`;
    expect(Buffer.byteLength(body)).toBeGreaterThan(30 * 1_024);
    const [placed] = stepsTo('created');
    const notice = sampleNotice({ headers, body });
    const paid = pay(placed.order, samplePayment(), { now: later(NOON, SECOND), notice });
    await walk(storage.orders, [placed, paid]);
    const [, event] = await told(storage);
    expect(event!.notice).toEqual(notice);
    expect(Buffer.from(event!.notice!.body).equals(Buffer.from(body))).toBe(true);
  });

  it('keeps the happening of every kind', async () => {
    const storage = await open();
    const now = later(NOON, 5 * SECOND);
    const ways = [stepsTo('closed'), stepsTo('failed'), stepsTo('paid')];
    const late = pay(ways[0]!.at(-1)!.order as never, samplePayment(), { now });
    ways[0]!.push(late, noteFailedPayment(late.order, 'NOTENOUGH', { now, notice: sampleNotice() }));
    ways[1]!.push(raise(ways[1]!.at(-1)!.order, { kind: 'unreadable-notice', transactionId: null }, { now }));
    for (const way of ways) await walk(storage.orders, way);
    expect(await told(storage)).toEqual(ways.flat().flatMap(({ events }) => events));
    expect(new Set((await told(storage)).map(({ happening }) => happening.type)).size).toBe(9);
  });

  it('Holds the events of one order by their sequence', async () => {
    const [one, other] = await instances();
    const { order, events } = stepsTo('created')[0];
    await one.orders.add({ order, events });
    const told = async ({ orders }: Persistence, reason: string): Promise<void> => {
      const read = (await orders.find(order.id))!;
      const first = noteFailedPayment(read, reason, { now: NOON });
      const step = followedBy(first, noteFailedPayment(first.order, `${reason} again`, { now: NOON }));
      await orders.save(step).catch((error: unknown) => {
        if (!(error instanceof StaleOrder)) throw error;
        return told({ orders } as Persistence, reason);
      });
    };
    await Promise.all(Array.from({ length: 10 }, (_, n) => told(n % 2 ? one : other, `${n}`)));
    const sequences = (await one.events.page('', 100)).map(({ event }) => event.sequence);
    expect(sequences).toEqual(Array.from({ length: 21 }, (_, n) => n + 1));
  });

  it('Whoever goes on behind the last event they read misses none, however many are being written meanwhile', async () => {
    const [one, other] = await instances();
    const written: OrderEvent[] = [];
    const write = async ({ orders, events }: Persistence): Promise<void> => {
      for (let n = 0; n < 5; n += 1) {
        const steps = stepsTo('created');
        const { order } = steps[0];
        const first = noteFailedPayment(order, 'USERPAYING', { now: later(NOON, n) });
        steps.push(followedBy(first, noteFailedPayment(first.order, 'NOTENOUGH', { now: later(NOON, n) })));
        const note = sampleNote();
        await walk(orders, steps);
        await events.note(note);
        written.push(...steps.flatMap((step) => step.events), note);
      }
    };
    let isWriting = true;
    const writing = Promise.all(Array.from({ length: 12 }, (_, n) => write(n % 2 ? one : other))).finally(() => {
      isWriting = false;
    });
    const read: LoggedEvent[] = [];
    for (let isLast = false; !isLast;) {
      isLast = !isWriting;
      for (let page = await next(one, read); page.length > 0; page = await next(one, read)) read.push(...page);
      await breathe();
    }
    await writing;
    const byId = (a: OrderEvent, b: OrderEvent) => (a.id < b.id ? -1 : 1);
    expect(read).toHaveLength(240);
    expect(read.map(({ event }) => event).toSorted(byId)).toEqual(written.toSorted(byId));
    const places = read.map(({ id }) => id);
    expect(places).toEqual(places.toSorted());
    const ofOrders = Object.groupBy(read, ({ event }) => event.orderId);
    for (const own of Object.values(ofOrders)) {
      const sequences = own!.map(({ event }) => event.sequence);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    }
    expect(await other.events.page('', 1_000)).toEqual(read);
  });

  const next = ({ events }: Persistence, read: readonly LoggedEvent[]) => events.page(read.at(-1)?.id ?? '', 7);

  it('goes on behind what was restored', async () => {
    const { orders, events } = await open();
    const order = await walk(orders, stepsTo('prepaid'));
    const kept = await events.page('', 10);
    const fresh = await open();
    await fresh.orders.restore([order]);
    await fresh.events.restore(kept);
    const note = sampleNote();
    await fresh.events.note(note);
    const behind = await fresh.events.page(kept.at(-1)!.id, 10);
    expect(behind.map(({ event }) => event)).toEqual([note]);
    expect(await fresh.events.size()).toBe(4);
  });

  it('is not touched by orders that are restored', async () => {
    const { orders, events } = await open();
    const order: Order = stepsTo('prepaid').at(-1)!.order;
    await orders.restore([order]);
    expect(await orders.find(order.id)).toEqual(order);
    expect(await events.page('', 10)).toEqual([]);
  });

  describe('note', () => {
    it('Writes an event of no order that we keep', async () => {
      const storage = await open();
      const orderId = sampleNote().orderId;
      const notes = [sampleNote({ orderId }), sampleNote({ orderId }), sampleNote({ notice: null })];
      for (const note of notes) await storage.events.note(note);
      expect(await told(storage)).toEqual(notes);
      expect(await storage.orders.list({ limit: 10 })).toEqual([]);
    });

    it('Writes an event of the same id only once', async () => {
      const [one, other] = await instances();
      const note = sampleNote();
      await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).events.note(note)));
      await one.events.note({ ...note, at: later(NOON, SECOND) });
      expect(await told(one)).toEqual([note]);
    });
  });
}
