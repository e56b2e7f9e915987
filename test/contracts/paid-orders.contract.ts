import { describe, expect, it } from 'vitest';
import { DAY, later, SECOND } from '../../src/domain/clock.ts';
import type { OrderRepository } from '../../src/domain/order/order-repository.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import type { OutTradeNo } from '../../src/domain/order/out-trade-no.ts';
import { NOON, samplePayment, stepsTo } from '../support/samples.ts';
import { walk } from '../support/walk.ts';

/** What OrderRepository promises to those who look for payments. */
export function paidOrdersContract(open: () => Promise<OrderRepository>): void {
  const paidAt = async (orders: OrderRepository, milliseconds: number, id: string): Promise<PaidOrder> => {
    const payment = samplePayment({ paidAt: later(NOON, milliseconds) });
    return (await walk(orders, stepsTo('paid', { terms: { id: id as OutTradeNo }, payment }))) as PaidOrder;
  };

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
}
