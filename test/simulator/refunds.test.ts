import { createDecipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { sealRefundNotice } from '../../src/adapters/wechat/protocol/refund-notice-seal.ts';
import { couponShares } from '../../src/simulator/pay/refund-shares.ts';
import type { Refund } from '../../src/simulator/pay/refund.ts';
import type { PaidTrade } from '../../src/simulator/pay/trade.ts';
import { APPID } from '../support/samples.ts';
import { isSigned, MCHID, openShop, requestOf, type Shop, stoppedClock, V2_KEY } from './shop.ts';

const DAY = 24 * 3_600_000;

/** An order of 100 fen that is paid, and refunds that may follow each other at once and end when they are told to. */
async function paidShop(body: object = {}): Promise<Shop> {
  const shop = await openShop();
  await shop.control.call('PUT', 'refunds/schedule', { compress: 0 });
  await shop.control.call('PUT', 'refunds/outcome', { outcome: 'none' });
  await shop.paid({}, body);
  return shop;
}

const settle = (shop: Shop, outcome: string, number = 'refund-1'): Promise<object> =>
  shop.control.call('POST', `refunds/${number}/outcome`, { outcome });

const part = (number: number, fen: number) => ({ out_refund_no: `refund-${number}`, refund_fee: String(fen) });

function opened(notice: Readonly<Record<string, string>>): Record<string, string> {
  const key = createHash('md5').update(V2_KEY).digest('hex');
  const decipher = createDecipheriv('aes-256-ecb', key, null);
  const xml = Buffer.concat([decipher.update(notice.req_info ?? '', 'base64'), decipher.final()]);
  return Object.fromEntries(readFlatXml(xml, 'root'));
}

describe('a refund', () => {
  it('is accepted, signed, and makes the trade a refunded one', async () => {
    const shop = await paidShop();
    const { transaction_id } = await shop.query();
    const answer = await shop.refund({ refund_fee: '30' });
    expect(answer).toMatchObject({
      return_code: 'SUCCESS',
      result_code: 'SUCCESS',
      appid: APPID,
      mch_id: MCHID,
      transaction_id,
      out_trade_no: 'order-0001',
      out_refund_no: 'refund-1',
      refund_id: expect.stringMatching(/^\d{29}$/) as string,
      refund_fee: '30',
      total_fee: '100',
      fee_type: 'CNY',
      cash_fee: '100',
      cash_refund_fee: '30',
      coupon_refund_fee: '0',
      coupon_refund_count: '0',
    });
    expect(isSigned(answer)).toBe(true);
    expect(await shop.query()).toMatchObject({ trade_state: 'REFUND', total_fee: '100' });
    expect(await shop.control.call('GET', 'trades/order-0001')).toMatchObject({
      trade_state: 'REFUND',
      refunded_total: 0,
      refunds: [
        { out_refund_no: 'refund-1', refund_id: answer.refund_id, amount: 30, state: 'PROCESSING', source: 'API' },
      ],
    });
  });

  it('can be asked for by transaction_id, which goes before the number', async () => {
    const shop = await paidShop();
    const { transaction_id = '' } = await shop.query();
    expect(await shop.refund({ transaction_id, out_trade_no: 'order-9999' })).toMatchObject({
      result_code: 'SUCCESS',
      out_trade_no: 'order-0001',
    });
  });

  it('that is asked for again is the same one', async () => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'refunds/schedule', { compress: 1 });
    const { refund_id } = await shop.refund();
    expect(await shop.refund()).toMatchObject({ result_code: 'SUCCESS', refund_id, refund_fee: '100' });
    await settle(shop, 'success');
    expect(await shop.refund()).toMatchObject({ result_code: 'SUCCESS', refund_id });
    expect(await shop.refund({ refund_fee: '99' })).toMatchObject({ err_code: 'PARAM_ERROR' });
    await shop.paid({ out_trade_no: 'order-0002' });
    expect(await shop.refund({ out_trade_no: 'order-0002' })).toMatchObject({ err_code: 'PARAM_ERROR' });
    const { refunds } = await shop.control.call<{ refunds: object[] }>('GET', 'trades/order-0001');
    expect(refunds).toHaveLength(1);
  });

  it('is one, however often it is asked for at once', async () => {
    const shop = await paidShop();
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.refund()));
    expect(new Set(answers.map(({ refund_id }) => refund_id)).size).toBe(1);
  });

  it('never takes more than was paid, of 50 at once', async () => {
    const shop = await paidShop();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, number) => shop.refund(part(number, 3))));
    expect(answers.filter(({ result_code }) => result_code === 'SUCCESS')).toHaveLength(33);
    expect(answers.filter(({ err_code }) => err_code === 'PARAM_ERROR')).toHaveLength(17);
  });

  it.each([
    ['no number of its own', { out_refund_no: '' }, 'LACK_PARAMS'],
    ['a number that is too long', { out_refund_no: 'r'.repeat(65) }, 'PARAM_ERROR'],
    ['a number with a blank', { out_refund_no: 'refund 1' }, 'PARAM_ERROR'],
    ['no order', { out_trade_no: '' }, 'LACK_PARAMS'],
    ['another total', { total_fee: '101' }, 'PARAM_ERROR'],
    ['no amount', { refund_fee: '' }, 'LACK_PARAMS'],
    ['nothing', { refund_fee: '0' }, 'PARAM_ERROR'],
    ['a fraction', { refund_fee: '1.5' }, 'PARAM_ERROR'],
    ['more than was paid', { refund_fee: '101' }, 'PARAM_ERROR'],
    ['another currency', { refund_fee_type: 'USD' }, 'PARAM_ERROR'],
    ['a reason that is too long', { refund_desc: '茶'.repeat(27) }, 'PARAM_ERROR'],
    ['an unknown account', { refund_account: 'MINE' }, 'PARAM_ERROR'],
    ['an address with a query', { notify_url: 'http://127.0.0.1/a?b=c' }, 'PARAM_ERROR'],
    ['an unknown order', { out_trade_no: 'order-0009' }, 'ORDERNOTEXIST'],
    ['an unknown transaction', { transaction_id: '4'.repeat(28) }, 'ORDERNOTEXIST'],
  ])('is refused for %s', async (_what, fields, err_code) => {
    const shop = await paidShop();
    const answer = await shop.refund(fields);
    expect(answer).toMatchObject({ return_code: 'SUCCESS', result_code: 'FAIL', err_code });
    expect(isSigned(answer)).toBe(true);
    expect(await shop.query()).toMatchObject({ trade_state: 'SUCCESS' });
  });

  it('is refused with a number of 64 characters but one, and taken with them', async () => {
    const shop = await paidShop();
    expect(await shop.refund({ out_refund_no: 'r'.repeat(64) })).toMatchObject({ result_code: 'SUCCESS' });
  });

  it('is refused when it is signed wrongly', async () => {
    const shop = await paidShop();
    expect(await shop.refund({ sign: '0'.repeat(64) })).toEqual({ return_code: 'FAIL', return_msg: '签名错误' });
  });

  it('is refused of an order that is not paid', async () => {
    const shop = await openShop();
    await shop.prepayId();
    expect(await shop.refund()).toMatchObject({ err_code: 'ORDERNOTEXIST' });
  });

  it('is refused of an order that is wholly refunded, in words', async () => {
    const shop = await paidShop();
    await shop.refund();
    const again = await shop.refund({ out_refund_no: 'refund-2' });
    expect(again).toMatchObject({ err_code: 'ERROR', err_code_des: '订单已全额退款' });
  });

  it('that came to nothing leaves the money to be refunded', async () => {
    const shop = await paidShop();
    await shop.refund();
    await settle(shop, 'close');
    expect(await shop.refund({ out_refund_no: 'refund-2' })).toMatchObject({ result_code: 'SUCCESS' });
  });

  it('waits a minute after another of its order', async () => {
    const move = stoppedClock();
    const shop = await paidShop();
    await shop.control.call('PUT', 'refunds/schedule', { compress: 1 });
    await shop.refund(part(1, 10));
    move(59_999);
    expect(await shop.refund(part(2, 10))).toMatchObject({ err_code: 'FREQUENCY_LIMITED' });
    move(1);
    expect(await shop.refund(part(2, 10))).toMatchObject({ result_code: 'SUCCESS' });
    await shop.control.call('PUT', 'refunds/schedule', { compress: 0.1 });
    move(5_999);
    expect(await shop.refund(part(3, 10))).toMatchObject({ err_code: 'FREQUENCY_LIMITED' });
    await shop.paid({ out_trade_no: 'order-0002' });
    expect(await shop.refund({ ...part(4, 10), out_trade_no: 'order-0002' })).toMatchObject({ result_code: 'SUCCESS' });
  });

  it('is the fiftieth of its order at most', async () => {
    const shop = await paidShop();
    for (let number = 1; number <= 50; number += 1)
      expect(await shop.refund(part(number, 1))).toMatchObject({ result_code: 'SUCCESS' });
    expect(await shop.refund(part(51, 1))).toMatchObject({ err_code: 'PARAM_ERROR' });
    expect(await shop.refund(part(50, 1))).toMatchObject({ result_code: 'SUCCESS' });
  });

  it.each([
    [366, { err_code: 'TRADE_OVERDUE' }],
    [364, { result_code: 'SUCCESS' }],
  ])('is asked for within a year: %i days', async (days, answer) => {
    const shop = await paidShop();
    await shop.control.call('PATCH', 'trades/order-0001', { paid_at: new Date(Date.now() - days * DAY).toISOString() });
    expect(await shop.refund()).toMatchObject(answer);
  });

  it('needs funds', async () => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'refunds/balance', { unsettled: 50, recharge: 20 });
    expect(await shop.refund(part(1, 51))).toMatchObject({ err_code: 'NOTENOUGH' });
    expect(await shop.refund(part(1, 50))).toMatchObject({ result_code: 'SUCCESS' });
    expect(await shop.refund(part(2, 1))).toMatchObject({ err_code: 'NOTENOUGH' });
    const recharge = { refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS' };
    expect(await shop.refund({ ...part(2, 20), ...recharge })).toMatchObject({ result_code: 'SUCCESS' });
    await settle(shop, 'close');
    expect(await shop.refund(part(3, 50))).toMatchObject({ result_code: 'SUCCESS' });
    expect(await shop.refund(part(4, 1))).toMatchObject({ err_code: 'NOTENOUGH' });
    await shop.control.call('PUT', 'refunds/balance', { unsettled: null });
    expect(await shop.refund(part(4, 1))).toMatchObject({ result_code: 'SUCCESS' });
  });

  it('needs an account to go to', async () => {
    const shop = await paidShop();
    await shop.control.call('PATCH', 'users/alice', { account_abnormal: true });
    expect(await shop.refund()).toMatchObject({ err_code: 'USER_ACCOUNT_ABNORMAL' });
    await shop.control.call('PATCH', 'users/alice', { account_abnormal: false });
    expect(await shop.refund()).toMatchObject({ result_code: 'SUCCESS' });
  });

  it('goes back into the coupons that paid, too', async () => {
    const shop = await paidShop({ coupons: [{ fee: 30 }, { fee: 20, type: 'NO_CASH' }] });
    expect(await shop.refund({ refund_fee: '50' })).toMatchObject({
      refund_fee: '50',
      settlement_refund_fee: '40',
      settlement_total_fee: '80',
      cash_fee: '50',
      cash_refund_fee: '25',
      coupon_refund_fee: '25',
      coupon_refund_count: '2',
      coupon_type_0: 'CASH',
      coupon_refund_fee_0: '15',
      coupon_type_1: 'NO_CASH',
      coupon_refund_fee_1: '10',
    });
    expect(await shop.queryRefund()).toMatchObject({
      settlement_refund_fee_0: '40',
      coupon_refund_fee_0: '25',
      coupon_refund_count_0: '2',
      coupon_type_0_0: 'CASH',
      coupon_refund_fee_0_0: '15',
      coupon_refund_fee_0_1: '10',
      coupon_refund_id_0_1: expect.stringMatching(/^\d{10}$/) as string,
    });
  });

  it('shares itself among cash and coupons to the fen, whatever came to nothing before', () => {
    const plan = fc.record({
      cash: fc.nat(50),
      coupons: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
      steps: fc.array(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), closes: fc.boolean() })),
    });
    fc.assert(
      fc.property(plan, ({ cash, coupons: fees, steps }) => {
        const coupons = fees.map((fee, index) => ({ id: String(index), type: 'CASH' as const, fee }));
        const total = fees.reduce((sum, fee) => sum + fee, cash);
        const refunds: Refund[] = [];
        const trade = { terms: { total }, payment: { coupons }, refunds } as unknown as PaidTrade;
        const alive = () => refunds.filter(({ state }) => state !== 'REFUNDCLOSE');
        const sum = (of: (refund: Refund) => number) => alive().reduce((all, refund) => all + of(refund), 0);
        for (const { share, closes } of [...steps, { share: 1, closes: false }]) {
          const rest = total - sum(({ terms }) => terms.amount);
          const amount = Math.max(1, Math.floor(rest * share));
          if (rest === 0) break;
          const state = closes ? 'REFUNDCLOSE' : 'SUCCESS';
          refunds.push({ terms: { amount }, coupons: couponShares(trade, amount), state } as unknown as Refund);
        }
        for (const { id, fee } of coupons)
          expect(sum((refund) => refund.coupons.find((coupon) => coupon.id === id)?.fee ?? 0)).toBe(fee);
        expect(sum(({ terms, coupons }) => terms.amount - coupons.reduce((all, { fee }) => all + fee, 0))).toBe(cash);
      }),
    );
  });
});

describe('the outcome of a refund', () => {
  it('comes after a while, and the server is told', async () => {
    const shop = await openShop();
    await shop.control.call('PUT', 'refunds/schedule', { compress: 0.5 });
    await shop.paid();
    const { refund_id, transaction_id } = await shop.refund({ refund_fee: '30', notify_url: shop.inbox.url });
    expect(await shop.queryRefund()).toMatchObject({ refund_status_0: 'PROCESSING' });
    const [notice = {}] = await shop.inbox.notices(1);
    expect(Object.keys(notice).toSorted()).toEqual(
      ['appid', 'mch_id', 'nonce_str', 'req_info', 'return_code', 'return_msg'].toSorted(),
    );
    expect(notice).toMatchObject({ return_code: 'SUCCESS', appid: APPID, mch_id: MCHID });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string;
    expect(opened(notice)).toEqual({
      transaction_id,
      out_trade_no: 'order-0001',
      refund_id,
      out_refund_no: 'refund-1',
      total_fee: '100',
      settlement_total_fee: '100',
      refund_fee: '30',
      settlement_refund_fee: '30',
      refund_status: 'SUCCESS',
      success_time: time,
      refund_recv_accout: '支付用户零钱',
      refund_account: 'REFUND_SOURCE_UNSETTLED_FUNDS',
      refund_request_source: 'API',
    });
    expect(await shop.queryRefund()).toMatchObject({ refund_status_0: 'SUCCESS', refund_success_time_0: time });
    expect(await shop.control.call('GET', 'trades/order-0001')).toMatchObject({
      refunded_total: 30,
      refunds: [{ state: 'SUCCESS', succeeded_at: expect.stringContaining('T') as string }],
    });
  });

  it('comes after a second, compressed, unless it is said when', async () => {
    const waits: number[] = [];
    const real = setTimeout;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, wait = 0) => {
      waits.push(wait);
      return real(work, wait);
    });
    onTestFinished(() => spy.mockRestore());
    const shop = await openShop();
    for (const number of [1, 2, 3]) await shop.paid({ out_trade_no: `order-000${number}` });
    const refund = (number: number) =>
      shop.refund({ out_trade_no: `order-000${number}`, out_refund_no: `r-${number}` });
    await refund(1);
    await shop.control.call('PUT', 'refunds/schedule', { compress: 0.5 });
    await refund(2);
    await shop.control.call('PUT', 'refunds/outcome', { outcome: 'success', delay: 777 });
    await refund(3);
    expect(waits.filter((wait) => [1_000, 500, 777].includes(wait))).toEqual([1_000, 500, 777]);
  });

  it.each([
    ['success', 'SUCCESS'],
    ['change', 'CHANGE'],
    ['close', 'REFUNDCLOSE'],
  ])('can be %s, for the next or for all', async (outcome, state) => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'refunds/outcome', { outcome, times: 1 });
    await shop.refund({ ...part(1, 10), notify_url: shop.inbox.url });
    await shop.refund({ ...part(2, 10), notify_url: shop.inbox.url });
    const [notice = {}] = await shop.inbox.notices(1);
    const { refund_status, success_time } = opened(notice);
    expect([refund_status, success_time !== '']).toEqual([state, state === 'SUCCESS']);
    expect(await shop.queryRefund()).toMatchObject({ refund_status_0: state, refund_status_1: 'PROCESSING' });
    await shop.control.call('PUT', 'refunds/outcome', { outcome });
    await shop.refund({ ...part(3, 10), notify_url: shop.inbox.url });
    await shop.refund({ ...part(4, 10), notify_url: shop.inbox.url });
    await shop.inbox.notices(3);
    expect(await shop.queryRefund()).toMatchObject({ refund_status_2: state, refund_status_3: state });
  });

  it('that is CHANGE ends when a person has acted, and no other is taken back', async () => {
    const shop = await paidShop();
    await shop.refund({ notify_url: shop.inbox.url });
    expect(await settle(shop, 'change')).toMatchObject({ state: 'CHANGE' });
    expect(await settle(shop, 'success')).toMatchObject({ state: 'SUCCESS' });
    const statuses = (await shop.inbox.notices(2)).map((notice) => opened(notice).refund_status);
    expect(new Set(statuses)).toEqual(new Set(['CHANGE', 'SUCCESS']));
    const error = 'the refund is SUCCESS';
    expect(await shop.refused('POST', 'refunds/refund-1/outcome', { outcome: 'close' })).toEqual({
      status: 409,
      error,
    });
    expect(await shop.refused('POST', 'refunds/refund-2/outcome', { outcome: 'close' })).toMatchObject({ status: 404 });
  });

  it('that a person was quicker to settle is not settled again', async () => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'refunds/outcome', { outcome: 'close', delay: 50 });
    await shop.refund();
    await settle(shop, 'change');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await shop.control.call('GET', 'refunds/refund-1')).toMatchObject({ state: 'CHANGE' });
  });

  it('is told to nobody who left no address, and not when it is not wanted', async () => {
    const shop = await paidShop();
    await shop.refund(part(1, 10));
    await settle(shop, 'success');
    await shop.refund({ ...part(2, 10), notify_url: shop.inbox.url });
    await shop.control.call('POST', 'refunds/refund-2/outcome', { outcome: 'success', notify: false });
    await shop.control.call('PUT', 'refunds/notify-url', { notify_url: shop.inbox.url });
    await shop.refund(part(3, 10));
    await settle(shop, 'success', 'refund-3');
    await shop.inbox.notices(1);
    const { attempts } = await shop.control.call<{ attempts: object[] }>('GET', 'notices?out_trade_no=order-0001');
    expect(attempts).toMatchObject([{ out_refund_no: 'refund-3', outcome: 'taken' }]);
  });

  it('does not come once the simulator is closed', async () => {
    const shop = await openShop();
    await shop.paid();
    await shop.control.call('PUT', 'refunds/outcome', { outcome: 'success', delay: 50 });
    await shop.refund({ notify_url: shop.inbox.url });
    await shop.simulator.close();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(shop.inbox.received).toHaveLength(0);
  });
});

describe('a refund at the merchant console', () => {
  it('is found and told like any other, with its source', async () => {
    const shop = await paidShop();
    const body = { amount: 40, out_refund_no: 'by-hand', notify_url: shop.inbox.url };
    expect(await shop.control.call('POST', 'trades/order-0001/refunds', body)).toMatchObject({
      out_refund_no: 'by-hand',
      amount: 40,
      state: 'PROCESSING',
      source: 'VENDOR_PLATFORM',
    });
    await settle(shop, 'success', 'by-hand');
    const [notice = {}] = await shop.inbox.notices(1);
    expect(opened(notice)).toMatchObject({ out_refund_no: 'by-hand', refund_request_source: 'VENDOR_PLATFORM' });
    expect(await shop.queryRefund()).toMatchObject({ refund_count: '1', out_refund_no_0: 'by-hand' });
    expect(await shop.query()).toMatchObject({ trade_state: 'REFUND' });
  });

  it('keeps the rules, but need not wait', async () => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'refunds/schedule', { compress: 1 });
    await shop.control.call('POST', 'trades/order-0001/refunds', { amount: 40 });
    await shop.control.call('POST', 'trades/order-0001/refunds', { amount: 40 });
    const refused = await shop.refused('POST', 'trades/order-0001/refunds', { amount: 21 });
    expect(refused).toEqual({ status: 409, error: expect.stringContaining('PARAM_ERROR') as string });
    expect(await shop.refund(part(1, 20))).toMatchObject({ err_code: 'FREQUENCY_LIMITED' });
  });
});

describe('a notice about a refund', () => {
  const settled = async (fault?: object): Promise<Shop> => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0 });
    if (fault) await shop.control.call('POST', 'notices/faults', fault);
    await shop.refund({ notify_url: shop.inbox.url });
    await settle(shop, 'success');
    return shop;
  };

  it('is sent again until it is taken', async () => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0 });
    shop.inbox.answers.push({ body: 'no' }, { hangUp: true });
    await shop.refund({ notify_url: shop.inbox.url });
    await settle(shop, 'success');
    const notices = await shop.inbox.notices(3);
    expect(new Set(notices.map((notice) => opened(notice).out_refund_no))).toEqual(new Set(['refund-1']));
  });

  it('is lost on demand, but not for a fault that is about payments', async () => {
    const lost = await settled({ lose: true });
    await vi.waitFor(async () =>
      expect(await lost.control.call('GET', 'notices')).toMatchObject({ counts: { lost: 1, taken: 0 } }),
    );
    const kept = await settled({ lose: true, about: 'payment' });
    await kept.inbox.notices(1);
    await kept.paid({ out_trade_no: 'order-0002' }, { notify: true });
    await vi.waitFor(async () =>
      expect(await kept.control.call('GET', 'notices')).toMatchObject({ counts: { lost: 1, taken: 1 } }),
    );
  });

  it('is repeated on demand', async () => {
    const shop = await settled({ repeat: 3, at_once: 3 });
    expect(await shop.inbox.notices(3)).toHaveLength(3);
  });

  it.each([{ sign: 'wrong-key' }, { corrupt: true }])('cannot be opened on demand: %j', async (fault) => {
    const shop = await paidShop();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0 });
    await shop.control.call('POST', 'notices/faults', fault);
    shop.inbox.answers.push({ body: 'no' });
    await shop.refund({ notify_url: shop.inbox.url });
    await settle(shop, 'success');
    await vi.waitUntil(() => shop.inbox.received.length === 2);
    const read = shop.inbox.received.map((body) => {
      try {
        return opened(Object.fromEntries(readFlatXml(body))).refund_id !== undefined;
      } catch {
        return false;
      }
    });
    expect(read).toEqual([false, true]);
  });

  it('lies on demand, inside and outside', async () => {
    const shop = await settled({ override: { refund_fee: '1', mch_id: '1' }, drop: ['refund_id', 'appid'] });
    const [notice = {}] = await shop.inbox.notices(1);
    expect(notice.mch_id).toBe('1');
    expect(notice).not.toHaveProperty('appid');
    expect(notice).not.toHaveProperty('refund_fee');
    expect(opened(notice)).toMatchObject({ refund_fee: '1', out_refund_no: 'refund-1' });
    expect(opened(notice)).not.toHaveProperty('refund_id');
  });

  it('can be sent now, of what is over', async () => {
    const shop = await paidShop();
    await shop.refund({ notify_url: shop.inbox.url });
    expect(await shop.refused('POST', 'notices', { out_refund_no: 'refund-1' })).toMatchObject({ status: 409 });
    expect(await shop.refused('POST', 'notices', {})).toMatchObject({ status: 400 });
    await shop.control.call('POST', 'refunds/refund-1/outcome', { outcome: 'change', notify: false });
    expect(await shop.control.call('POST', 'notices', { out_refund_no: 'refund-1' })).toMatchObject({ status: 200 });
    const [notice = {}] = await shop.inbox.notices(1);
    expect(opened(notice)).toMatchObject({ refund_status: 'CHANGE', success_time: '' });
  });

  it('is sealed as the published examples are', () => {
    const file = new URL('../vectors/v2-refund-notify.json', import.meta.url);
    const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
      vectors: { op: string; negative: boolean; inputs: Record<string, string>; expected: { plaintext: string } }[];
    };
    const sealed = vectors.filter(({ op, negative }) => op === 'v2.refund.decrypt' && !negative);
    expect(sealed.length).toBeGreaterThan(2);
    for (const { inputs, expected } of sealed)
      expect(sealRefundNotice(expected.plaintext, inputs.apiKey ?? '')).toBe(inputs.req_info);
  });
});

describe('refundquery', () => {
  it('goes by the most telling number', async () => {
    const shop = await paidShop();
    const { transaction_id = '' } = await shop.query();
    const { refund_id = '' } = await shop.refund(part(1, 10));
    await shop.refund(part(2, 10));
    await shop.paid({ out_trade_no: 'order-0002' });
    const numbers = { refund_id, out_refund_no: 'refund-2', transaction_id, out_trade_no: 'order-0002' };
    const answer = await shop.queryRefund(numbers);
    expect(answer).toMatchObject({ refund_count: '1', out_refund_no_0: 'refund-1', refund_fee_0: '10' });
    expect(isSigned(answer)).toBe(true);
    const { refund_id: _id, ...three } = numbers;
    expect(await shop.queryRefund(three)).toMatchObject({ refund_count: '1', out_refund_no_0: 'refund-2' });
    const { out_refund_no: _number, ...two } = three;
    expect(await shop.queryRefund(two)).toMatchObject({ refund_count: '2', out_trade_no: 'order-0001' });
    expect(await shop.queryRefund({ out_trade_no: 'order-0002' })).toMatchObject({ err_code: 'REFUNDNOTEXIST' });
  });

  it('tells all there is to a refund', async () => {
    const shop = await paidShop();
    const { refund_id, transaction_id } = await shop.refund();
    await settle(shop, 'success');
    const answer = await shop.queryRefund({ out_refund_no: 'refund-1' });
    expect(answer).toMatchObject({
      transaction_id,
      out_trade_no: 'order-0001',
      total_fee: '100',
      cash_fee: '100',
      refund_count: '1',
      out_refund_no_0: 'refund-1',
      refund_id_0: refund_id,
      refund_channel_0: 'ORIGINAL',
      refund_fee_0: '100',
      refund_account_0: 'REFUND_SOURCE_UNSETTLED_FUNDS',
      coupon_refund_fee_0: '0',
      coupon_refund_count_0: '0',
      refund_status_0: 'SUCCESS',
      refund_recv_accout_0: '支付用户零钱',
    });
    expect(answer).not.toHaveProperty('total_refund_count');
  });

  it('gives ten at a time, numbered from 0', async () => {
    const shop = await paidShop();
    for (let number = 0; number < 23; number += 1) await shop.refund(part(number, 1));
    const seen: string[] = [];
    for (const offset of ['0', '10', '20']) {
      const page = await shop.queryRefund({ out_trade_no: 'order-0001', offset });
      expect(page.total_refund_count).toBe('23');
      for (let index = 0; index < Number(page.refund_count); index += 1)
        seen.push(page[`out_refund_no_${index}`] ?? 'none');
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, number) => `refund-${number}`));
    const first = await shop.queryRefund();
    expect(first).toMatchObject({ refund_count: '10', out_refund_no_9: 'refund-9' });
    expect(first).not.toHaveProperty('out_refund_no_10');
    expect(first).not.toHaveProperty('total_refund_count');
    expect(await shop.queryRefund({ out_trade_no: 'order-0001', offset: '23' })).toMatchObject({ refund_count: '0' });
  });

  it.each([
    [{}, 'LACK_PARAMS'],
    [{ out_trade_no: 'order-0001', offset: '-1' }, 'PARAM_ERROR'],
    [{ out_trade_no: 'order-0009' }, 'REFUNDNOTEXIST'],
    [{ out_refund_no: 'refund-9' }, 'REFUNDNOTEXIST'],
    [{ refund_id: '5'.repeat(29) }, 'REFUNDNOTEXIST'],
  ])('refuses %j', async (fields, err_code) => {
    const shop = await paidShop();
    await shop.refund();
    expect(await shop.queryRefund(fields)).toMatchObject({ result_code: 'FAIL', err_code });
  });
});

describe('faults of refunds', () => {
  const trouble = async (call: string, fault: object) => {
    const shop = await paidShop();
    if (call === 'refundquery') await shop.refund();
    await shop.control.fault({ call, ...fault });
    const fields = { sign_type: 'HMAC-SHA256', out_trade_no: 'order-0001', out_refund_no: 'refund-1' };
    const asked = call === 'refund' ? { ...fields, total_fee: '100', refund_fee: '100' } : fields;
    const path = call === 'refund' ? '/secapi/pay/refund' : '/pay/refundquery';
    const body = writeFlatXml(requestOf(asked));
    const ask = () =>
      fetch(shop.control.url + path, { method: 'POST', body, signal: AbortSignal.timeout(500) }).then(async (answer) =>
        Object.fromEntries(readFlatXml(Buffer.from(await answer.arrayBuffer()))),
      );
    const happened = async () =>
      (await shop.control.call<{ refunds: object[] }>('GET', 'trades/order-0001')).refunds.length === 1;
    return { ask, happened };
  };

  describe.each(['refund', 'refundquery'])('%s', (call) => {
    it.each(['before', 'after'])('fails %s it is executed', async (when) => {
      const { ask, happened } = await trouble(call, { when });
      expect(await ask()).toMatchObject({ result_code: 'FAIL', err_code: 'SYSTEMERROR' });
      expect(await happened()).toBe(call === 'refundquery' || when === 'after');
    });

    it.each(['status', 'html', 'garbage', 'truncate', 'timeout', 'hangup', 'drip'])(
      'says nothing that can be read: %s',
      async (kind) => {
        for (const when of ['before', 'after']) {
          const { ask, happened } = await trouble(call, { kind, when });
          await expect(ask()).rejects.toThrow();
          expect(await happened()).toBe(call === 'refundquery' || when === 'after');
        }
      },
    );

    it('is forged', async () => {
      const forged = await (await trouble(call, { kind: 'bad-signature' })).ask();
      expect([forged.result_code, isSigned(forged)]).toEqual(['SUCCESS', false]);
      const foreign = await (await trouble(call, { kind: 'wrong-merchant' })).ask();
      expect(foreign.mch_id).not.toBe(MCHID);
    });
  });
});

describe('the numbers of one run', () => {
  it('are not those of another', async () => {
    const ids: (string | undefined)[] = [];
    for (let run = 0; run < 3; run += 1) {
      const shop = await openShop();
      for (const out_trade_no of ['order-0001', 'order-0002']) {
        ids.push(await shop.paid({ out_trade_no }));
        ids.push((await shop.refund({ out_trade_no, out_refund_no: `r-${out_trade_no}` })).refund_id);
      }
    }
    expect(ids.every((id) => id !== undefined)).toBe(true);
    expect(new Set(ids).size).toBe(12);
  });
});

describe('a merchant who must show a certificate', () => {
  const pem = (() => {
    const file = new URL('../vectors/certificates.json', import.meta.url);
    const { vectors, shared } = JSON.parse(readFileSync(file, 'utf8')) as {
      vectors: { name: string; inputs: { certificate: string; privateKey: string } }[];
      shared: Record<string, string>;
    };
    const { inputs } = vectors.find(({ name }) => name === 'official-javaMerchant-keypair') ?? { inputs: {} as never };
    const meant = (text: string): string => (text.startsWith('@shared/') ? (shared[text.slice(8)] ?? '') : text);
    return { cert: meant(inputs.certificate), key: meant(inputs.privateKey) };
  })();

  const CERTIFIED = ['/secapi/pay/refund', '/pay/downloadfundflow', '/billcommentsp/batchquerycomment'];

  async function over(tls: object, path: string): Promise<number | undefined> {
    const shop = await openShop({ requireCertificate: true });
    const options = { ...pem, requestCert: true, rejectUnauthorized: false };
    const server = createServer(options, (request, response) => void shop.simulator.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const options = {
        ...tls,
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
      };
      const asking = httpsRequest(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asking.on('error', reject);
      asking.end('<xml></xml>');
    });
  }

  it.each(CERTIFIED)('is asked for it at %s', async (path) => {
    expect(await over({}, path)).toBe(400);
    expect(await over(pem, path)).toBe(200);
  });

  it('is not asked for it elsewhere', async () => {
    expect(await over({}, '/pay/refundquery')).toBe(200);
  });

  it('cannot show it over plain HTTP', async () => {
    const shop = await openShop({ requireCertificate: true });
    await shop.paid();
    await expect(shop.refund()).rejects.toThrow('400');
    expect(await shop.query()).toMatchObject({ trade_state: 'SUCCESS' });
  });
});
