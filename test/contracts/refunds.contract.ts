import { describe, expect, it } from 'vitest';
import { DAY, later, MINUTE } from '../../src/domain/clock.ts';
import { fen, MOST_FEN } from '../../src/domain/order/fen.ts';
import { type OrderRepository, RefundNoTaken, StaleOrder } from '../../src/domain/order/order-repository.ts';
import type { Order, PaidOrder } from '../../src/domain/order/order.ts';
import { askedFor, heedRefund, lookedForRefunds, putOff, requestRefund } from '../../src/domain/order/refund-steps.ts';
import {
  MOST_REFUNDS,
  type OutRefundNo,
  type Refund,
  REFUND_STATES,
  type RequestedRefund,
} from '../../src/domain/order/refund.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { NOON, paidWithRefunds, refundTo, sampleWish, stepsTo } from '../support/samples.ts';
import { walk } from '../support/walk.ts';

type Rooms = Pick<Persistence, 'orders' | 'events'>;

const EVENING = later(NOON, 8 * 60 * MINUTE);

/** Everything that may be null, and text that is easily broken. */
const FULL = {
  amount: fen(MOST_FEN),
  reason: `不要了"🧋'\\ %_ $1 {}`,
  origin: 'late-payment',
  requestId: 'merchant POST /v1/merchant/orders/a.b$c/refunds 🧋',
  refundId: '50300000000000000000000000001',
  askedAt: later(NOON, 1),
  dueAt: later(NOON, 2),
  looks: 7,
  trouble: 'FREQUENCY_LIMITED 频率',
} as const satisfies Partial<Refund>;

const EMPTY = {
  reason: null,
  origin: 'outside',
  requestId: null,
  refundId: null,
  askedAt: null,
  dueAt: null,
  looks: 0,
  trouble: null,
} as const satisfies Partial<Refund>;

const withRefund = (order: PaidOrder, n: number, differences: Partial<Refund>): PaidOrder => ({
  ...order,
  refunds: order.refunds.map((refund, at) => (at === n ? ({ ...refund, ...differences } as Refund) : refund)),
});

/** What OrderRepository promises of the refunds of paid orders. */
export function refundsContract(open: () => Promise<Rooms>): void {
  const paid = async (orders: OrderRepository, ...states: Refund['state'][]) =>
    (await walk(orders, paidWithRefunds(states))) as PaidOrder;
  const found = async (orders: OrderRepository, { id }: Order) => (await orders.find(id)) as PaidOrder;

  describe('every refund comes back as it was saved', () => {
    it.each(REFUND_STATES)('that is %s', async (state) => {
      const { orders, events } = await open();
      const steps = paidWithRefunds([state]);
      const kept = await walk(orders, steps);
      expect(kept).toMatchObject({ state: 'paid', refunds: [{ state, amount: 1 }], version: steps.length });
      expect(await orders.find(kept.id)).toEqual(kept);
      const told = (await events.page('', 100)).map(({ event }) => event);
      expect(told).toEqual(steps.flatMap((step) => step.events));
    });

    it.each(REFUND_STATES)('that is %s, with all that may be left out and without', async (state) => {
      const { orders } = await open();
      let kept = await paid(orders, state, state);
      for (const differences of [FULL, EMPTY, FULL]) {
        kept = await orders.save({ order: withRefund(kept, 1, differences), events: [] });
        expect(kept.refunds[1]).toMatchObject(differences);
        expect(await orders.find(kept.id)).toEqual(kept);
      }
    });

    it('that was claimed, put off and looked for, with no event to tell', async () => {
      const { orders, events } = await open();
      const read = await paid(orders, 'processing', 'abnormal', 'requested');
      const size = await events.size();
      const asked = askedFor(read, read.refunds[2] as RequestedRefund, EVENING);
      const claimed = await orders.save({ order: asked, events: [] });
      expect(await orders.find(read.id)).toEqual(claimed);
      const waiting = claimed.refunds[2] as RequestedRefund;
      const delayed = await orders.save(putOff(claimed, waiting, { kind: 'later', reason: null, wait: 1 }, EVENING));
      expect(await orders.find(read.id)).toEqual(delayed);
      const looked = await orders.save({ order: lookedForRefunds(delayed, EVENING), events: [] });
      expect(await orders.find(read.id)).toEqual(looked);
      expect(looked.refunds.map(({ looks }) => looks)).toEqual([1, 1, 1]);
      expect(looked).toMatchObject({ payment: read.payment, version: read.version + 3 });
      expect(await events.size()).toBe(size);
    });

    it('in the order of their making, as many as there may be', async () => {
      const { orders } = await open();
      const steps = stepsTo('paid');
      let kept = (await walk(orders, steps)) as PaidOrder;
      const ids = Array.from(
        { length: MOST_REFUNDS },
        (_, n) => `r-${(n * 37) % MOST_REFUNDS}-${kept.id}` as OutRefundNo,
      );
      for (const id of ids) kept = await orders.save(requestRefund(kept, sampleWish({ id }), EVENING));
      expect((await found(orders, kept)).refunds.map(({ id }) => id)).toEqual(ids);
      const [, , third, fourth] = kept.refunds as RequestedRefund[];
      const asked = askedFor(askedFor(kept, third!, EVENING), fourth!, EVENING);
      kept = await orders.save({ order: asked, events: [] });
      expect(await orders.find(kept.id)).toEqual(kept);
      expect(kept.refunds.filter(({ askedAt }) => askedAt)).toHaveLength(2);
    });

    it('several of them new in one save', async () => {
      const { orders } = await open();
      const read = await paid(orders, 'closed');
      const [one, other] = [sampleWish(), sampleWish({ reason: '' })];
      const first = requestRefund(read, one, EVENING);
      const { order, events } = requestRefund(first.order, other, EVENING);
      const kept = await orders.save({ order, events: [...first.events, ...events] });
      expect(kept.refunds.map(({ state }) => state)).toEqual(['closed', 'requested', 'requested']);
      expect(await orders.find(kept.id)).toEqual(kept);
    });

    it('whatever its number, and with those that differ in nothing but case', async () => {
      const { orders } = await open();
      let kept = (await walk(orders, stepsTo('paid'))) as PaidOrder;
      for (const id of ['__proto__', 'constructor', 'r-a', 'R-A', 'r_a', '-|*@']) {
        kept = await orders.save(requestRefund(kept, sampleWish({ id: id as OutRefundNo }), EVENING));
      }
      expect(kept.refunds).toHaveLength(6);
      expect(await orders.find(kept.id)).toEqual(kept);
    });

    it('of one save, however many saves there are meanwhile', async () => {
      const { orders } = await open();
      let kept = await paid(orders, 'requested', 'requested');
      const begun = kept.version;
      const isWhole = ({ refunds, version }: PaidOrder) =>
        version === begun || refunds.every(({ looks }) => looks === version);
      for (let round = 0; round < 40; round += 1) {
        const looks = kept.version + 1;
        const order = withRefund(withRefund(kept, 0, { looks }), 1, { looks });
        const reading = Array.from({ length: 5 }, () => found(orders, kept));
        const [saved, listed, ...read] = await Promise.all([
          orders.save({ order, events: [] }),
          orders.list({ limit: 10 }),
          ...reading,
        ]);
        expect([...(listed as PaidOrder[]), ...read].filter((seen) => !isWhole(seen))).toEqual([]);
        kept = saved;
      }
      expect(isWhole(await found(orders, kept))).toBe(true);
    });
  });

  it('every question about orders is answered with their refunds', async () => {
    const { orders } = await open();
    const [none, running, over] = [
      await paid(orders),
      await paid(orders, 'requested', 'closed'),
      await paid(orders, 'succeeded'),
    ];
    const created = await walk(orders, stepsTo('created', { terms: { timeExpire: later(NOON, DAY) } }));
    const byId = (one: Order, other: Order) => (one.id < other.id ? -1 : 1);
    const all = [none, running, over, created].toSorted(byId);
    expect((await orders.list({ limit: 10 })).toReversed()).toEqual(all);
    expect(await orders.page('', 10)).toEqual(all);
    expect(await orders.paidBetween(NOON, EVENING, 10)).toEqual([none, running, over].toSorted(byId));
    for (const order of [none, running, over]) {
      expect(await orders.findByTransaction(order.payment.transactionId)).toEqual(order);
    }
    expect(await orders.due(EVENING, 10)).toEqual([running]);
  });

  describe('due', () => {
    it('answers a paid order when the first of its open refunds is due', async () => {
      const { orders } = await open();
      const order = await paid(orders, 'succeeded', 'processing');
      const then = order.watch.dueAt!;
      expect(await orders.due(later(then, -1), 10)).toEqual([]);
      expect(await orders.due(then, 10)).toEqual([order]);
      const claimed = await orders.save({ order: lookedForRefunds(order, then), events: [] });
      expect(await orders.due(then, 10)).toEqual([]);
      const { id: outRefundNo, amount } = claimed.refunds[1]!;
      const report = { outRefundNo, refundId: '5030', amount, state: 'succeeded', succeededAt: then } as const;
      await orders.save(heedRefund(claimed, report, { now: then }));
      expect(await orders.due(later(then, DAY), 10)).toEqual([]);
    });
  });

  describe('save', () => {
    it('Throws RefundNoTaken when another order has a refund of a number that is new in this one, and then changes nothing', async () => {
      const { orders, events } = await open();
      const first = await paid(orders, 'closed');
      const second = await paid(orders, 'processing');
      const size = await events.size();
      const wish = sampleWish({ id: first.refunds[0]!.id });
      const step = requestRefund(lookedForRefunds(second, EVENING), wish, EVENING);
      await expect(orders.save(step)).rejects.toThrow(RefundNoTaken);
      await expect(orders.save({ ...step, events: [] })).rejects.toThrow(RefundNoTaken);
      expect(await orders.find(second.id)).toEqual(second);
      expect(await orders.find(first.id)).toEqual(first);
      expect(await events.size()).toBe(size);
      const freed = await orders.save(requestRefund(second, sampleWish(), EVENING));
      expect(freed.refunds).toHaveLength(2);
      const [further] = refundTo('requested', first, EVENING);
      expect(await orders.save(further!)).toMatchObject({ version: first.version + 1 });
    });

    it('takes the free numbers of a save that was refused for another one back', async () => {
      const { orders } = await open();
      const first = await paid(orders, 'requested');
      const [second, third] = [await paid(orders), await paid(orders)];
      const free = sampleWish();
      const one = requestRefund(second, free, EVENING);
      const taken = requestRefund(one.order, sampleWish({ id: first.refunds[0]!.id }), EVENING);
      await expect(orders.save({ ...taken, events: [...one.events, ...taken.events] })).rejects.toThrow(RefundNoTaken);
      const kept = await orders.save(requestRefund(third, free, EVENING));
      expect(await orders.find(third.id)).toEqual(kept);
    });

    it('takes a number that a lost save would have had', async () => {
      const { orders } = await open();
      const [read, other] = [await paid(orders), await paid(orders)];
      const wish = sampleWish();
      const kept = await orders.save({ order: lookedForRefunds(read, EVENING), events: [] });
      await expect(orders.save(requestRefund(read, wish, EVENING))).rejects.toThrow(StaleOrder);
      const saved = await orders.save(requestRefund(other, wish, EVENING));
      expect(await orders.find(other.id)).toEqual(saved);
      await expect(orders.save(requestRefund(kept, wish, EVENING))).rejects.toThrow(RefundNoTaken);
    });

    it('Throws StaleOrder for refunds over a version that is no longer the one that was read, and changes none of them', async () => {
      const { orders } = await open();
      const read = await paid(orders, 'requested', 'processing');
      const saved = await orders.save({ order: lookedForRefunds(read, EVENING), events: [] });
      const lost = [
        orders.save(requestRefund(read, sampleWish(), EVENING)),
        orders.save({ order: askedFor(read, read.refunds[0] as RequestedRefund, EVENING), events: [] }),
      ];
      for (const save of lost) await expect(save).rejects.toThrow(StaleOrder);
      expect(await orders.find(read.id)).toEqual(saved);
    });

    it('of many orders at once with one new refund number, exactly one has it', async () => {
      const { orders, events } = await open();
      for (let round = 0; round < 10; round += 1) {
        const read = await Promise.all(Array.from({ length: 8 }, () => paid(orders)));
        const size = await events.size();
        const wish = sampleWish();
        const answers = await Promise.allSettled(read.map((order) => orders.save(requestRefund(order, wish, EVENING))));
        const lost = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
        expect(lost.filter((why) => !(why instanceof RefundNoTaken) && !(why instanceof StaleOrder))).toEqual([]);
        expect(lost).toHaveLength(7);
        const kept = await Promise.all(read.map((order) => found(orders, order)));
        expect(kept.filter(({ refunds }) => refunds.length > 0)).toEqual(
          answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
        );
        expect(await events.size()).toBe(size + 1);
      }
    });

    it('of many saves at once over one version, one adds its refund and the others none', async () => {
      const { orders } = await open();
      let read = await paid(orders, 'succeeded');
      for (let round = 1; round <= 10; round += 1) {
        const saves = Array.from({ length: 20 }, () => orders.save(requestRefund(read, sampleWish(), EVENING)));
        const answers = await Promise.allSettled(saves);
        const lost = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
        expect(lost.filter((why) => !(why instanceof StaleOrder))).toEqual([]);
        expect(lost).toHaveLength(19);
        read = await found(orders, read);
        expect(answers.find(({ status }) => status === 'fulfilled')).toMatchObject({ value: read });
        expect(read.refunds).toHaveLength(1 + round);
      }
    });
  });
}
