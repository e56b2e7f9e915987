import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlatformKeys } from '../../src/adapters/wechat/pay-v3/platform-keys.ts';
import type { PayV3Settings } from '../../src/adapters/wechat/pay-v3/v3-settings.ts';
import { V3Statements } from '../../src/adapters/wechat/pay-v3/v3-statements.ts';
import { systemClock } from '../../src/adapters/system/system-clock.ts';
import { HOUR, later } from '../../src/domain/clock.ts';
import { dayBefore, dayOf, startOf } from '../../src/domain/statement/day.ts';
import { billIn, bytesOf, readAll } from '../support/read-bill.ts';
import {
  KeptCertificates,
  MERCHANT_CERTIFICATE,
  PUBLIC_KEY_ID,
  settingsTo,
  V3_KEY,
  WECHAT_KEY,
} from '../support/scripted-pay-v3.ts';
import { MERCHANT, openidOf, simulatedPay } from '../support/simulated-wechat-pay.ts';

const DAY = dayBefore(dayOf(new Date()));
const NOON = later(startOf(DAY), 12 * HOUR);

/** A day on which 18.00 and 7.00 were paid by v3 and 5.00 by v2, and 3.00 and 1.00 of the first went back. */
async function dayAtTheSimulator(differences: Partial<PayV3Settings> = {}) {
  const control = await simulatedPay({
    key: V3_KEY,
    certificate: MERCHANT_CERTIFICATE.cert,
    publicKey: { id: PUBLIC_KEY_ID, privateKey: WECHAT_KEY.export({ type: 'pkcs8', format: 'pem' }).toString() },
  });
  await control.call('PUT', 'refunds/outcome', { outcome: 'none' });
  const pay = (out_trade_no: string, total: number, api = 'v3') =>
    control.call('POST', 'trades', { out_trade_no, total, api, at: NOON, user: 'alice' });
  await pay('coffee-0001', 1_800);
  await pay('coffee-0002', 700);
  await pay('coffee-0003', 500, 'v2');
  for (const [out_refund_no, amount] of [
    ['refund-1', 300],
    ['refund-2', 100],
  ] as const) {
    await control.call('POST', 'trades/coffee-0001/refunds', { out_refund_no, amount });
    await control.call('PATCH', `refunds/${out_refund_no}`, { requested_at: NOON });
  }
  const settings = { ...settingsTo(control.url, differences), mchid: MERCHANT };
  const keys = new PlatformKeys(settings, systemClock, new KeptCertificates());
  const statements = new V3Statements(settings, systemClock, keys, null);
  const all = async () => readAll(billIn(await statements.tradeBill(DAY, 'ALL')));
  const harm = (body: object) => control.call<void>('POST', 'bills/harm', body);
  return { all, control, harm, statements };
}

const numbersIn = ({ rows }: { rows: readonly { outTradeNo: string; outRefundNo: string | null }[] }) =>
  rows.map(({ outTradeNo, outRefundNo }) => outRefundNo ?? outTradeNo);

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a day at the simulator, by version 3', () => {
  it('has its payments and refunds, with what they come to', async () => {
    const { all, control } = await dayAtTheSimulator();
    const { rows, totals } = await all();
    const payment = { at: NOON, mchid: MERCHANT, openid: await openidOf(control, 'alice'), tradeState: 'SUCCESS' };
    const refund = { at: NOON, outTradeNo: 'coffee-0001', tradeState: 'REFUND', refundState: 'PROCESSING' };
    expect(rows).toHaveLength(5);
    expect(rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...payment, outTradeNo: 'coffee-0001', total: 1_800, fee: 11_000n }),
        expect.objectContaining({ ...payment, outTradeNo: 'coffee-0002', total: 700 }),
        expect.objectContaining({ ...payment, outTradeNo: 'coffee-0003', total: 500 }),
        expect.objectContaining({ ...refund, outRefundNo: 'refund-1', refundAmount: 300 }),
        expect.objectContaining({ ...refund, outRefundNo: 'refund-2', refundAmount: 100 }),
      ]),
    );
    expect(totals).toMatchObject({ count: 5, sums: { 订单总金额: '30.00', 申请退款总金额: '4.00' } });
  });

  it('is there in part, by the movements of its money and as the file', async () => {
    const { statements } = await dayAtTheSimulator();
    const [payments, refunds] = await Promise.all(
      (['SUCCESS', 'REFUND'] as const).map(async (type) =>
        numbersIn(await readAll(billIn(await statements.tradeBill(DAY, type)))),
      ),
    );
    expect(payments?.toSorted()).toEqual(['coffee-0001', 'coffee-0002', 'coffee-0003']);
    expect(refunds?.toSorted()).toEqual(['refund-1', 'refund-2']);
    const { rows } = await readAll(billIn(await statements.fundFlow(DAY, 'BASIC')));
    const incomes = rows.filter(({ businessName, direction }) => businessName === '交易' && direction === 'in');
    expect(incomes.reduce((sum, { amount }) => sum + amount, 0)).toBe(3_000);
    expect(await bytesOf(billIn(await statements.tradeBill(DAY, 'ALL')))).toMatch(/^\uFEFF?交易时间,.*`5,`30\.00/s);
  });

  it('is read with keys that are fetched, as well', async () => {
    const { all, control } = await dayAtTheSimulator({ publicKey: null });
    expect((await all()).rows).toHaveLength(5);
    expect(await control.counts()).toMatchObject({ 'certificates ok': 1 });
  });

  it('is empty where nothing happened, and not ready before it is made', async () => {
    const { control, statements } = await dayAtTheSimulator();
    expect(await statements.tradeBill(dayBefore(DAY), 'ALL')).toEqual({ kind: 'empty' });
    expect(await statements.fundFlow(DAY, 'FEES')).toEqual({ kind: 'empty' });
    await control.call('PUT', 'bills', { ready: false });
    expect(await statements.tradeBill(DAY, 'ALL')).toEqual({ kind: 'not-ready' });
    expect(await statements.fundFlow(DAY, 'BASIC')).toEqual({ kind: 'not-ready' });
  });
});

describe('a bill that was harmed', () => {
  it('has other rows and fits its hash all the same', async () => {
    const { all, harm } = await dayAtTheSimulator();
    await harm({
      drop: ['coffee-0002'],
      alter: { 'refund-1': { total: 301 } },
      extra: [{ out_trade_no: 'nobodys-0001', total: 1 }],
    });
    const found = await all();
    expect(numbersIn(found).toSorted()).toEqual(['coffee-0001', 'coffee-0003', 'nobodys-0001', 'refund-1', 'refund-2']);
    expect(found.rows.find(({ outRefundNo }) => outRefundNo === 'refund-1')).toMatchObject({ refundAmount: 301 });
    expect(numbersIn(await all())).toContain('coffee-0002');
  });

  it.each([
    ['its sums are missing', { truncate: true }],
    ['a sum is wrong', { totals: { 订单总金额: '30.01' } }],
  ])('is none where %s', async (_what, body) => {
    const { all, harm } = await dayAtTheSimulator();
    await harm(body);
    await expect(all()).rejects.toMatchObject({ code: 'wechat-unreadable' });
    expect((await all()).rows).toHaveLength(5);
  });

  it.each([
    ['its file is cut off', { call: 'billfile', kind: 'truncate', when: 'after' }, 'wechat-unreadable'],
    ['its file is something else', { call: 'billfile', kind: 'garbage', times: 9 }, 'wechat-unreadable'],
    ['its place is forged', { call: 'downloadbill', kind: 'bad-signature', times: 9 }, 'wechat-unreadable'],
    ['its place is a probe', { call: 'downloadbill', kind: 'probe', times: 9 }, 'wechat-unreadable'],
    [
      'its place is of another merchant',
      { call: 'downloadbill', kind: 'wrong-merchant', times: 9 },
      'wechat-unreadable',
    ],
    ['we may not have it', { call: 'downloadbill', err_code: 'NO_AUTH' }, 'wechat-misconfigured'],
    ['our signature is refused', { call: 'billfile', err_code: 'SIGN_ERROR' }, 'wechat-misconfigured'],
  ])('is none where %s', async (_what, fault, code) => {
    const { all, control } = await dayAtTheSimulator();
    await control.fault(fault);
    await expect(all()).rejects.toMatchObject({ code });
  });

  it.each([
    ['its place', { call: 'downloadbill', err_code: 'SYSTEMERROR' }],
    ['its file', { call: 'billfile', err_code: 'SYSTEMERROR' }],
    ['its file, in HTML', { call: 'billfile', kind: 'html' }],
    ['its place, by hanging up', { call: 'downloadbill', kind: 'hangup' }],
  ])('is got at the second try where WeChat failed over %s', async (_what, fault) => {
    const { all, control } = await dayAtTheSimulator();
    await control.fault(fault);
    expect((await all()).rows).toHaveLength(5);
  });
});
