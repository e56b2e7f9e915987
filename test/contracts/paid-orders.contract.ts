import { describe, expect, it } from 'vitest';
import { DAY, later, SECOND } from '../../src/domain/clock.ts';
import type { OrderRepository, Repayment } from '../../src/domain/order/order-repository.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import type { OutTradeNo } from '../../src/domain/order/out-trade-no.ts';
import type { OutRefundNo, RefundState } from '../../src/domain/order/refund.ts';
import { NOON, refundTo, samplePayment, sampleWish, stepsTo } from '../support/samples.ts';
import { walk } from '../support/walk.ts';

/** What OrderRepository promises to those who look for payments, and for what was paid back. */
export function paidOrdersContract(open: () => Promise<OrderRepository>): void {
  const paidAt = async (orders: OrderRepository, milliseconds: number, id: string): Promise<PaidOrder> => {
    const payment = samplePayment({ paidAt: later(NOON, milliseconds) });
    return (await walk(orders, stepsTo('paid', { terms: { id: id as OutTradeNo }, payment }))) as PaidOrder;
  };

  /** Another refund of the order; one that succeeds does so then. */
  const refundedAt = async (
    orders: OrderRepository,
    milliseconds: number,
    { id, of, state = 'succeeded' }: { id: string; of: PaidOrder; state?: RefundState },
  ): Promise<PaidOrder> => {
    let kept = of;
    const steps = refundTo(state, kept, later(NOON, milliseconds - SECOND), sampleWish({ id: id as OutRefundNo }));
    for (const { order, events } of steps)
      kept = await orders.save({ order: { ...order, version: kept.version }, events });
    return kept;
  };

  const numbersOf = (repayments: readonly Repayment[]) => repayments.map(({ refund }) => refund.id);

  const idsOf = (orders: readonly PaidOrder[]) => orders.map(({ id }) => id);

  describe('findByTransaction', () => {
    it('Answers the order that was paid by the transaction, or undefined when none was', async () => {
      const orders = await open();
      const kept = [await paidAt(orders, 0, 'order-1'), await paidAt(orders, 0, 'order-2')];
      await walk(orders, stepsTo('prepaid'));
      for (const order of kept) {
        expect(await orders.findByTransaction(order.payment.transactionId)).toEqual(order);
      }
      expect(await orders.findByTransaction('4200000000000000000000000000')).toBeUndefined();
      expect(await orders.findByTransaction('')).toBeUndefined();
    });
  });

  describe('paidBetween', () => {
    it('Answers at most `limit` orders that were paid from `from` on and before `until`, by their times and numbers', async () => {
      const orders = await open();
      await walk(orders, stepsTo('closed'));
      await walk(orders, stepsTo('created'));
      for (const [time, id] of [
        [0, 'order_a'],
        [SECOND, 'order-0'],
        [-1, 'before'],
        [0, 'order-B'],
        [DAY, 'behind'],
        [DAY - 1, 'last-1'],
        [0, 'order-a'],
        [0, 'orderZ'],
      ] as const) {
        await paidAt(orders, time, id);
      }
      const all = ['order-B', 'order-a', 'orderZ', 'order_a', 'order-0', 'last-1'];
      const until = later(NOON, DAY);
      expect(idsOf(await orders.paidBetween(NOON, until, 10))).toEqual(all);
      expect(idsOf(await orders.paidBetween(NOON, until, 2))).toEqual(all.slice(0, 2));
      expect(idsOf(await orders.paidBetween(until, later(until, 1), 10))).toEqual(['behind']);
      expect(await orders.paidBetween(NOON, NOON, 10)).toEqual([]);
    });

    it('Goes on behind the order `after`, where one is given', async () => {
      const orders = await open();
      for (let n = 0; n < 11; n += 1) await paidAt(orders, n % 3, `order-${(n * 7) % 11}`);
      const until = later(NOON, 2);
      const all = await orders.paidBetween(NOON, until, 20);
      expect(all).toHaveLength(8);
      const paged: PaidOrder[] = [];
      for (let page = await orders.paidBetween(NOON, until, 3); page.length > 0;) {
        paged.push(...page);
        page = await orders.paidBetween(NOON, until, 3, page.at(-1));
      }
      expect(paged).toEqual(all);
    });
  });

  describe('refundedBetween', () => {
    it('Answers at most `limit` refunds that succeeded from `from` on and before `until`, by their times and numbers, each with its order', async () => {
      const orders = await open();
      let twice = await paidAt(orders, -DAY, 'order-1');
      twice = await refundedAt(orders, SECOND, { id: 'r-0', of: twice });
      twice = await refundedAt(orders, 0, { id: 'r_a', of: twice });
      twice = await refundedAt(orders, DAY, { id: 'behind', of: twice });
      twice = await refundedAt(orders, -1, { id: 'before', of: twice });
      let once = await paidAt(orders, 2 * DAY, 'order-0');
      once = await refundedAt(orders, 0, { id: 'r-B', of: once });
      for (const state of ['requested', 'processing', 'closed', 'abnormal'] as const)
        once = await refundedAt(orders, 0, { id: `r-${state}`, of: once, state });
      let last = await paidAt(orders, 0, 'order-2');
      last = await refundedAt(orders, DAY - 1, { id: 'r-last', of: last });
      last = await refundedAt(orders, 0, { id: 'rZ', of: last });
      await paidAt(orders, 0, 'order-3');
      const until = later(NOON, DAY);
      const all = await orders.refundedBetween(NOON, until, 10);
      expect(numbersOf(all)).toEqual(['r-B', 'rZ', 'r_a', 'r-0', 'r-last']);
      expect(all.map(({ order }) => order)).toEqual([once, last, twice, twice, last]);
      for (const { order, refund } of all) expect(order.refunds).toContainEqual(refund);
      expect(await orders.refundedBetween(NOON, until, 2)).toEqual(all.slice(0, 2));
      expect(numbersOf(await orders.refundedBetween(until, later(until, 1), 10))).toEqual(['behind']);
      expect(await orders.refundedBetween(NOON, NOON, 10)).toEqual([]);
    });

    it('Goes on behind the refund `after`, where one is given', async () => {
      const orders = await open();
      for (let n = 0; n < 4; n += 1) {
        let order = await paidAt(orders, 0, `order-${n}`);
        for (let of = 0; of < 3; of += 1)
          order = await refundedAt(orders, (n + of) % 3, { id: `r-${((n * 3 + of) * 5) % 13}`, of: order });
      }
      const until = later(NOON, 2);
      const all = await orders.refundedBetween(NOON, until, 20);
      expect(all).toHaveLength(8);
      const paged: Repayment[] = [];
      for (let page = await orders.refundedBetween(NOON, until, 3); page.length > 0;) {
        paged.push(...page);
        page = await orders.refundedBetween(NOON, until, 3, page.at(-1));
      }
      expect(paged).toEqual(all);
    });
  });
}
