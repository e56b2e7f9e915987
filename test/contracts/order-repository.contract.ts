import { describe, expect, it } from 'vitest';
import type { AccountId, OpenId } from '../../src/domain/account/account.ts';
import { HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen, MOST_FEN } from '../../src/domain/order/fen.ts';
import { OutTradeNoTaken } from '../../src/domain/order/order-refusals.ts';
import { type OrderRepository, StaleOrder, TransactionTaken } from '../../src/domain/order/order-repository.ts';
import {
  beginPrepay,
  close,
  followedBy,
  noteFailedPayment,
  pay,
  place,
  raise,
  type Step,
} from '../../src/domain/order/order-steps.ts';
import {
  type ClosedOrder,
  type CreatedOrder,
  type Order,
  ORDER_STATES,
  type PaidOrder,
} from '../../src/domain/order/order.ts';
import type { OutTradeNo } from '../../src/domain/order/out-trade-no.ts';
import { PAY_APIS } from '../../src/domain/order/pay-api.ts';
import { acceptRefund, askedFor, requestRefund } from '../../src/domain/order/refund-steps.ts';
import type { RequestedRefund } from '../../src/domain/order/refund.ts';
import { TRADE_TYPES } from '../../src/domain/order/trade-type.ts';
import { lookedAt } from '../../src/domain/order/watch.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { APP_APPID, NOON, samplePayer, samplePayment, sampleTerms, sampleWish, stepsTo } from '../support/samples.ts';
import { walk } from '../support/walk.ts';

type Rooms = Pick<Persistence, 'orders' | 'events'>;

const idsOf = (orders: readonly Order[]) => orders.map(({ id }) => id);

const eventsOf = async ({ events }: Rooms) => (await events.page('', 1_000)).map(({ event }) => event);

/** Everything that may be left out, and text that is easily broken. */
const FULL = {
  terms: {
    description: `商户's "店"-奶茶🧋 \\ %_ $1 {}`,
    attach: '🧋'.repeat(31),
    metadata: { createdAt: '2026-11-22T04:00:00.000Z', $time: '1', 'a.b$': `'"\\\n🧋`, '': '', id: '7', 商品: '奶茶' },
    amount: { total: fen(MOST_FEN), currency: 'CNY' },
    requestId: 'merchant POST /v1/merchant/orders 🧋',
  },
  payer: samplePayer({ accountId: 'a1' as AccountId }),
} as const;

const fullPayment = () =>
  samplePayment({ payer: 'o2' as OpenId, payerTotal: 0, tradeType: 'JSAPI', bankType: 'OTHERS' });

/** What OrderRepository promises, a case for every sentence. */
export function orderRepositoryContract(open: () => Promise<Rooms>): void {
  const add = async (orders: OrderRepository, step = stepsTo('created')[0]): Promise<Order> => {
    await orders.add(step);
    return step.order;
  };

  describe('every order comes back as it was saved', () => {
    it.each(['constructor', '__proto__', 'toString', '-|*@_-|*@_'])('whatever its number, and be it %s', async (id) => {
      const rooms = await open();
      expect(await rooms.orders.find(id as OutTradeNo)).toBeUndefined();
      const steps = stepsTo('paid', { terms: { id: id as OutTradeNo } });
      const kept = await walk(rooms.orders, steps);
      expect(await rooms.orders.find(kept.id)).toEqual(kept);
      expect(await rooms.orders.size()).toBe(1);
    });

    it.each(ORDER_STATES)('that is %s, with all that may be left out and without', async (state) => {
      const rooms = await open();
      for (const making of [{}, { ...FULL, payment: fullPayment() }]) {
        const steps = stepsTo(state, making);
        const kept = await walk(rooms.orders, steps);
        expect(kept.version).toBe(steps.length);
        expect(kept).toEqual({ ...steps.at(-1)!.order, version: steps.length });
        expect(await rooms.orders.find(kept.id)).toEqual(kept);
        const own = (await eventsOf(rooms)).filter(({ orderId }) => orderId === kept.id);
        expect(own).toEqual(steps.flatMap(({ events }) => events));
      }
    });

    it('that has no payer, whether open, closed or paid', async () => {
      const { orders } = await open();
      const [placed, shut, paid] = [0, 1, 2].map(() => place(sampleTerms(), null, 'v2'));
      const kept = [
        await walk(orders, [placed!]),
        await walk(orders, [shut!, close(shut!.order, later(NOON, SECOND))]),
        await walk(orders, [paid!, pay(paid!.order, samplePayment(), { now: later(NOON, SECOND) })]),
      ];
      for (const order of kept) {
        expect(order.payer).toBeNull();
        expect(await orders.find(order.id)).toEqual(order);
      }
    });

    it.each(TRADE_TYPES)('that is paid by %s, in either version of the API', async (tradeType) => {
      const { orders } = await open();
      for (const api of PAY_APIS) {
        for (const state of ['prepaying', 'prepaid', 'closing', 'paid'] as const) {
          const kept = await walk(orders, stepsTo(state, { api, tradeType }));
          expect(kept).toMatchObject({ state, api, ...('prepay' in kept && { prepay: { tradeType } }) });
          expect(kept.payer === null).toBe(tradeType !== 'JSAPI');
          expect(await orders.find(kept.id)).toEqual(kept);
        }
      }
    });

    it('whose version of the API, appid and payer were settled by a save', async () => {
      const { orders } = await open();
      for (const payer of [samplePayer(), null]) {
        const { order } = place(sampleTerms(), null, 'v2');
        await add(orders, { order, events: [] });
        const manner = { api: 'v3', appid: APP_APPID, tradeType: 'APP', payer, clientIp: '203.0.113.7' } as const;
        const saved = await orders.save(beginPrepay(order, manner, later(NOON, SECOND)));
        expect(saved).toMatchObject({ api: 'v3', appid: APP_APPID, payer });
        expect(await orders.find(order.id)).toEqual(saved);
      }
    });

    it('that was paid late and that has anomalies', async () => {
      const rooms = await open();
      const steps = stepsTo('closed', FULL);
      const now = later(NOON, HOUR);
      const paid = pay(steps.at(-1)!.order as never, fullPayment(), { now });
      const doubted = raise(paid.order, { kind: 'second-payment', transactionId: null }, { now });
      const kept = await walk(rooms.orders, [...steps, paid, doubted]);
      expect(kept).toMatchObject({ state: 'paid', late: true, sequence: 8, version: 7 });
      expect(kept.anomalies).toHaveLength(2);
      expect(await rooms.orders.find(kept.id)).toEqual(kept);
      expect((await eventsOf(rooms)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('and does not change with what was given or answered', async () => {
      const { orders } = await open();
      const { order, events } = stepsTo('created', { terms: { metadata: { table: '7' } } })[0];
      await orders.add({ order, events });
      Object.assign(order.metadata!, { table: '8' });
      const found = await orders.find(order.id);
      expect(found!.metadata).toEqual({ table: '7' });
      Object.assign(found!.metadata!, { table: '9' });
      expect((await orders.find(order.id))!.metadata).toEqual({ table: '7' });
    });
  });

  describe('add', () => {
    it('Keeps a new order with its events', async () => {
      const rooms = await open();
      const placed = place(sampleTerms(), samplePayer(), 'v2');
      const step = followedBy(
        placed,
        raise(placed.order, { kind: 'unknown-order', transactionId: null }, { now: NOON }),
      );
      await rooms.orders.add(step);
      expect(await rooms.orders.find(step.order.id)).toEqual(step.order);
      expect(step.events).toHaveLength(2);
      expect(await eventsOf(rooms)).toEqual(step.events);
    });

    it('Throws OutTradeNoTaken when there is an order of that number, and then changes nothing', async () => {
      const rooms = await open();
      const first = await add(rooms.orders);
      const [second] = stepsTo('created', { terms: { id: first.id, description: 'another' } });
      const events = second.events.map((event) => ({ ...event, id: `${event.id}_again`, sequence: 2 }));
      await expect(rooms.orders.add({ ...second, events })).rejects.toThrow(OutTradeNoTaken);
      expect(await rooms.orders.find(first.id)).toEqual(first);
      expect(await eventsOf(rooms)).toHaveLength(1);
    });

    it('Of many new orders of one number at once, exactly one is kept', async () => {
      const rooms = await open();
      for (let round = 1; round <= 10; round += 1) {
        const { id } = sampleTerms();
        const placed = Array.from({ length: 50 }, (_, n) =>
          place(sampleTerms({ id, description: `${n}` }), null, 'v3'),
        );
        const answers = await Promise.allSettled(placed.map((step) => rooms.orders.add(step)));
        const won = placed.filter((_, n) => answers[n]!.status === 'fulfilled');
        const lost = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
        expect(lost.filter((reason) => !(reason instanceof OutTradeNoTaken))).toEqual([]);
        expect(won).toHaveLength(1);
        expect(await rooms.orders.find(id)).toEqual(won[0]!.order);
        expect(await rooms.events.size()).toBe(round);
      }
    });
  });

  describe('find', () => {
    it('Answers the order as it was saved last, or undefined when there is none', async () => {
      const { orders } = await open();
      const order = await add(orders);
      const saved = await orders.save({ order: lookedAt(order, later(NOON, MINUTE)), events: [] });
      expect(await orders.find(order.id)).toEqual(saved);
      expect(await orders.find('none-of-it' as OutTradeNo)).toBeUndefined();
    });

    it('tells numbers apart that differ in nothing but case or a sign', async () => {
      const { orders } = await open();
      const kept = await Promise.all(
        ['order-1', 'ORDER-1', 'order_1', 'order*1', 'order|1'].map((id) =>
          add(orders, place(sampleTerms({ id: id as OutTradeNo, description: id }), null, 'v2')),
        ),
      );
      for (const order of kept) expect(await orders.find(order.id)).toEqual(order);
    });
  });

  describe('save', () => {
    it('Saves the order with its new events and answers it with its next version', async () => {
      const rooms = await open();
      const read = await add(rooms.orders);
      const first = noteFailedPayment(read, 'USERPAYING', { now: later(NOON, SECOND) });
      const step = followedBy(first, noteFailedPayment(first.order, 'NOTENOUGH', { now: later(NOON, 2 * SECOND) }));
      const saved = await rooms.orders.save(step);
      expect(saved).toEqual({ ...step.order, version: 2 });
      expect(saved.sequence).toBe(3);
      expect(await rooms.orders.find(read.id)).toEqual(saved);
      expect((await eventsOf(rooms)).slice(1)).toEqual(step.events);
    });

    it('Leaves the order in the version that its new events carry', async () => {
      const rooms = await open();
      const { id, version } = await add(rooms.orders);
      const versions = [version];
      const take = async (decide: (read: never) => Step): Promise<void> => {
        const step = decide((await rooms.orders.find(id)) as never);
        const saved = await rooms.orders.save(step);
        versions.push(...step.events.map(() => saved.version));
      };
      const now = later(NOON, MINUTE);
      await take((read: CreatedOrder) => ({ order: lookedAt(read, now), events: [] }));
      await take((read: CreatedOrder) => close(read, now));
      await take((read: ClosedOrder) => {
        const paid = pay(read, samplePayment(), { now });
        return followedBy(paid, requestRefund(paid.order, sampleWish(), now));
      });
      await take((read: PaidOrder) => ({ order: askedFor(read, read.refunds[0] as RequestedRefund, now), events: [] }));
      await take((read: PaidOrder) => acceptRefund(read, read.refunds[0] as RequestedRefund, '5030', now));
      expect((await eventsOf(rooms)).map((event) => event.version)).toEqual(versions);
      expect(versions).toEqual([1, 3, 4, 4, 4, 6]);
    });

    it('writes no event where there is none', async () => {
      const rooms = await open();
      const read = await add(rooms.orders);
      const claimed = lookedAt(read, later(NOON, MINUTE));
      expect(await rooms.orders.save({ order: claimed, events: [] })).toEqual({ ...claimed, version: 2 });
      expect(await eventsOf(rooms)).toHaveLength(1);
    });

    it('Throws StaleOrder when the version is no longer the one that was read, and then writes no event either', async () => {
      const rooms = await open();
      const read = await add(rooms.orders);
      const saved = await rooms.orders.save({ order: lookedAt(read, later(NOON, MINUTE)), events: [] });
      const now = later(NOON, HOUR);
      await expect(rooms.orders.save(noteFailedPayment(read, 'NOTENOUGH', { now }))).rejects.toThrow(StaleOrder);
      await expect(rooms.orders.save({ order: lookedAt(read, now), events: [] })).rejects.toThrow(StaleOrder);
      expect(await rooms.orders.find(read.id)).toEqual(saved);
      expect(await eventsOf(rooms)).toHaveLength(1);
    });

    it('Throws StaleOrder for an order that was never added', async () => {
      const rooms = await open();
      const [, step] = stepsTo('prepaying');
      await expect(rooms.orders.save(step!)).rejects.toThrow(StaleOrder);
      await expect(rooms.orders.save({ order: step!.order, events: [] })).rejects.toThrow(StaleOrder);
      expect(await rooms.orders.find(step!.order.id)).toBeUndefined();
      expect(await eventsOf(rooms)).toEqual([]);
    });

    it('Throws TransactionTaken when another order was paid by the same transaction, and then changes nothing', async () => {
      const rooms = await open();
      const payment = samplePayment();
      const first = await walk(rooms.orders, stepsTo('paid', { payment }));
      const [placed] = stepsTo('created');
      const second = await add(rooms.orders, placed);
      const step = pay(second as CreatedOrder, payment, { now: NOON });
      await expect(rooms.orders.save(step)).rejects.toThrow(TransactionTaken);
      expect(await rooms.orders.find(second.id)).toEqual(second);
      const told = (await eventsOf(rooms)).filter(({ orderId }) => orderId === second.id);
      expect(told.map(({ happening }) => happening.type)).toEqual(['order.created']);
      expect(await rooms.orders.save({ order: first, events: [] })).toMatchObject({ version: first.version + 1 });
    });

    it('Of many saves at once over one version, exactly one goes through', async () => {
      const rooms = await open();
      let read = await add(rooms.orders);
      for (let round = 1; round <= 20; round += 1) {
        const saves = Array.from({ length: 50 }, (_, contender) =>
          rooms.orders.save(noteFailedPayment(read, `${round}-${contender}`, { now: later(NOON, round) })),
        );
        const answers = await Promise.allSettled(saves);
        const lost = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
        expect(lost.filter((reason) => !(reason instanceof StaleOrder))).toEqual([]);
        expect(lost).toHaveLength(49);
        read = (await rooms.orders.find(read.id))!;
        expect(answers.find(({ status }) => status === 'fulfilled')).toMatchObject({ value: read });
      }
      expect((await eventsOf(rooms)).map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 21 }, (_, n) => n + 1),
      );
    });
  });

  describe('due', () => {
    it('Answers at most `limit` orders whose time for a look has come, those first that wait longest', async () => {
      const { orders } = await open();
      const inMinutes = (minutes: number) => ({ terms: { timeExpire: later(NOON, minutes * MINUTE) } });
      const second = await walk(orders, stepsTo('created', inMinutes(20)));
      const first = await walk(orders, stepsTo('created', inMinutes(10)));
      await walk(orders, stepsTo('paid', inMinutes(10)));
      await walk(orders, stepsTo('closed', inMinutes(10)));
      const third = await walk(orders, stepsTo('created', inMinutes(30)));
      const then = later(NOON, 30 * MINUTE);
      expect(await orders.due(then, 10)).toEqual([first, second, third]);
      expect(await orders.due(later(then, -1), 10)).toEqual([first, second]);
      expect(await orders.due(then, 1)).toEqual([first]);
      expect(await orders.due(NOON, 10)).toEqual([]);
    });

    it('answers a claimed order only when its next look has come', async () => {
      const { orders } = await open();
      const order = await walk(orders, stepsTo('prepaid'));
      const then = order.watch.dueAt!;
      const claimed = await orders.save({ order: lookedAt(order, then), events: [] });
      expect(await orders.due(then, 10)).toEqual([]);
      expect(await orders.due(claimed.watch.dueAt!, 10)).toEqual([claimed]);
    });
  });

  describe('list', () => {
    const placedAt = (id: string, milliseconds: number) =>
      place(sampleTerms({ id: id as OutTradeNo, createdAt: later(NOON, milliseconds) }), null, 'v2');

    it('Answers at most `limit` orders, newest first, and of the same instant by their numbers backwards', async () => {
      const { orders } = await open();
      const numbers = ['order-B', 'order-a', 'order_a', 'order-1', 'orderZ'];
      for (const id of numbers) await orders.add(placedAt(id, 0));
      await orders.add(placedAt('younger', 1));
      await orders.add(placedAt('older-1', -1));
      const backwards = numbers.toSorted((a, b) => (a < b ? 1 : -1));
      expect(idsOf(await orders.list({ limit: 10 }))).toEqual(['younger', ...backwards, 'older-1']);
      expect(idsOf(await orders.list({ limit: 2 }))).toEqual(['younger', backwards[0]]);
    });

    it('Answers only orders of the state, where one is given', async () => {
      const { orders } = await open();
      const kept = new Map<string, Order>();
      for (const state of ORDER_STATES) kept.set(state, await walk(orders, stepsTo(state)));
      for (const state of ORDER_STATES) expect(await orders.list({ state, limit: 10 })).toEqual([kept.get(state)]);
    });

    it('Goes on behind the order `after`, where one is given', async () => {
      const { orders } = await open();
      for (let n = 0; n < 9; n += 1) await orders.add(placedAt(`order-${n}`, n % 3));
      await walk(orders, stepsTo('paid', { terms: { id: 'order-9' as OutTradeNo, createdAt: later(NOON, 1) } }));
      const all = await orders.list({ limit: 20 });
      expect(all).toHaveLength(10);
      for (const state of [undefined, 'created'] as const) {
        const paged: Order[] = [];
        for (let page = await orders.list({ state, limit: 2 }); page.length > 0;) {
          paged.push(...page);
          page = await orders.list({ state, limit: 2, after: page.at(-1) });
        }
        expect(paged).toEqual(all.filter((order) => state === undefined || order.state === state));
      }
    });
  });
}
