import { expect, it } from 'vitest';
import { later, MINUTE } from '../../src/domain/clock.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import { describeOn } from '../support/backends.ts';
import { DayShop, type TrueTrade } from '../support/day-shop.ts';
import { NOON } from '../support/samples.ts';
import { STORAGES, temporaryFolder } from '../support/storages.ts';
import { payEnvironment } from '../support/v3-merchant.ts';

/*
 * A shop that moves from version 2 of WeChat Pay's API to version 3 and back, with one storage and without a stop: every
 * order is talked about in the version that it was put to WeChat with.
 */

const LASTING = STORAGES.filter(({ keepsAfterRestart }) => keepsAfterRestart);
const measured = process.env.WEXAGON_THOROUGH === undefined ? LASTING.filter(({ name }) => name === 'sqlite') : LASTING;

interface LedgerEntry {
  readonly call: string;
  readonly outcome: string;
  readonly api?: 'v3';
}

describeOn('v2 and v3 side by side', measured, (storage) => {
  it('takes notices, answers and refunds of either, and makes new orders in the one of today', async () => {
    const keysOfBoth = payEnvironment('v3', temporaryFolder());
    const place = storage.place();
    const shop = await DayShop.open(await place(), NOON);
    let time = NOON;
    const settle = async () => {
      time = later(time, 2 * MINUTE);
      await shop.settleAt(time);
    };
    const state = async (number: string) => (await shop.merchant('GET', `/orders/${number}`)).body.state as string;
    const calls = new CallReader(shop);

    // Version 2, and no keys but its own.
    const refunded = await shop.paid(900);
    expect(await shop.told(refunded)).toEqual([200]);
    const half = await shop.refund(refunded, 450);
    const [untold, unpaid] = [await shop.paid(800), await shop.order(700)];
    const request = await shop.prepay(unpaid, 'alice');
    const fresh = await shop.order(600);
    expect(await calls.versions()).toEqual({ unifiedorder: ['v2'], refund: ['v2'] });

    // The same storage, and both sets of keys.
    shop.serveFrom(await place(), keysOfBoth);
    expect(await shop.told(untold)).toEqual([200]);
    expect(await state(untold)).toBe('paid');
    await shop.wechat.call('POST', 'pay', { request, notify: false });
    await settle();
    expect(await state(unpaid)).toBe('paid');
    const rest = await shop.refund(refunded, 450);
    expect(await calls.versions()).toEqual({ orderquery: ['v2'], refund: ['v2'], refundquery: ['v2'] });

    const { package: ticket } = (await shop.prepay(fresh, 'bob')) as { package: string };
    expect(ticket).toMatch(/^prepay_id=/);
    await shop.payAtWechat(fresh, true);
    await expect.poll(() => state(fresh)).toBe('paid');
    const part = await shop.refund(fresh, 200);
    const waiting = await shop.paid(500);
    expect(await calls.versions()).toEqual({ unifiedorder: ['v3'], refund: ['v3'] });
    expect(await shop.told(waiting, { sign: 'wrong-key' })).toEqual([401]);

    // And back, with both.
    shop.serveFrom(await place(), { ...keysOfBoth, WECHAT_PAY_API: 'v2' });
    expect(await shop.told(waiting)).toEqual([204]);
    expect(await state(waiting)).toBe('paid');
    const more = await shop.refund(fresh, 400);
    await settle();
    const newest = await shop.paid(400);
    await settle();
    expect(await state(newest)).toBe('paid');
    expect(await calls.versions()).toMatchObject({ unifiedorder: ['v2'], orderquery: ['v2'], refund: ['v3'] });

    await settle();
    const truth = await shop.truth();
    const kept = await shop.kept();
    expect(truth.map(theirs).toSorted()).toEqual([...kept.values()].map(ours).toSorted());
    const apis = (api: PayApi) => [...kept.values()].filter((order) => order.api === api).map(({ id }) => id as string);
    expect(apis('v3').toSorted()).toEqual([fresh, waiting].toSorted());
    expect(apis('v2').toSorted()).toEqual([refunded, untold, unpaid, newest].toSorted());
    const refunds = [...kept.values()].flatMap((order) => (order.state === 'paid' ? order.refunds : []));
    expect(refunds.map(({ id, state: end }) => `${id} ${end}`).toSorted()).toEqual(
      [half, rest, part, more].map((id) => `${id} succeeded`).toSorted(),
    );
  });
});

/** Reads on in what WeChat was asked: in which versions, by the call. */
class CallReader {
  readonly #shop: DayShop;
  #read = 0;

  constructor(shop: DayShop) {
    this.#shop = shop;
  }

  async versions(): Promise<Record<string, PayApi[]>> {
    const { calls } = await this.#shop.wechat.call<{ calls: LedgerEntry[] }>('GET', 'ledger');
    const news = calls.slice(this.#read).filter(({ call }) => call !== 'jscode2session');
    this.#read = calls.length;
    const failed = news.find(({ outcome }) => outcome !== 'ok');
    if (failed) throw new Error(`${failed.call}: ${failed.outcome}`);
    const byCall = Map.groupBy(news, ({ call }) => call);
    return Object.fromEntries(
      [...byCall].map(([call, entries]) => [call, [...new Set(entries.map(({ api }): PayApi => api ?? 'v2'))]]),
    );
  }
}

const ours = (order: Order): string => {
  const { amount, id } = order;
  if (order.state !== 'paid') return `${id} ${amount.total}`;
  const refunds = order.refunds.map((refund) => `${refund.id} ${refund.refundId} ${refund.amount}`);
  return [id, amount.total, order.payment.transactionId, ...refunds.toSorted()].join();
};

const theirs = ({ out_trade_no, total_fee, transaction_id, refunds }: TrueTrade): string => {
  if (transaction_id === undefined) return `${out_trade_no} ${total_fee}`;
  const each = refunds.map((refund) => `${refund.out_refund_no} ${refund.refund_id} ${refund.amount}`);
  return [out_trade_no, total_fee, transaction_id, ...each.toSorted()].join();
};
