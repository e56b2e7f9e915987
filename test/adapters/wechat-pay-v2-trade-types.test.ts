import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppId } from '../../src/domain/account/account.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { pay } from '../../src/domain/order/order-steps.ts';
import type { PrepayingOrder } from '../../src/domain/order/order.ts';
import { TRADE_TYPES, type TradeType } from '../../src/domain/order/trade-type.ts';
import { prepaidBy } from '../contracts/payment-gateway-harness.ts';
import { ALICE, outageOf } from '../support/pay-troubles.ts';
import { APP_APPID, APPID, PASSES, samplePayment } from '../support/samples.ts';
import { type Fields, PAID, scriptedPay, v2Message } from '../support/scripted-pay.ts';
import { MERCHANT, orderFor, payV2To, prepaidOf, simulatedPay, V2_KEY } from '../support/simulated-wechat-pay.ts';

const NOBODY = 'http://127.0.0.1:1';
const UNREADABLE = 'wechat-unreadable';

const orderOf = (tradeType: TradeType, differences: Partial<PrepayingOrder> = {}) =>
  orderFor(ALICE, differences, { tradeType });

/** What WeChat answers with to an order of that type. */
const PASS_FIELDS = {
  JSAPI: 'prepay_id',
  NATIVE: 'code_url',
  H5: 'mweb_url',
  APP: 'prepay_id',
} as const satisfies Record<TradeType, string>;

const readyFor = (tradeType: TradeType, more: Fields = {}): string =>
  v2Message({
    prepay_id: 'wx-of-any',
    appid: appidOf(tradeType),
    [PASS_FIELDS[tradeType]]: PASSES[tradeType],
    ...more,
  });

const appidOf = (tradeType: TradeType) => (tradeType === 'APP' ? APP_APPID : APPID);

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => vi.restoreAllMocks();
});

describe('what is sent', () => {
  const OWN: Record<TradeType, (order: PrepayingOrder) => Record<string, string>> = {
    JSAPI: () => ({ trade_type: 'JSAPI', openid: ALICE }),
    NATIVE: ({ id }) => ({ trade_type: 'NATIVE', product_id: id }),
    H5: () => ({
      trade_type: 'MWEB',
      scene_info: '{"h5_info":{"type":"Wap","wap_url":"https://shop.example:8443","wap_name":"Wexagon-\\"拿铁\\""}}',
    }),
    APP: () => ({ trade_type: 'APP' }),
  };

  it.each(TRADE_TYPES)('is an order of %s by WeChat’s names, and nothing else', async (tradeType) => {
    const { url, asked } = await scriptedPay(readyFor(tradeType));
    const order = orderOf(tradeType, {
      description: 'Wexagon-"拿铁"',
      timeExpire: new Date('2026-11-22T06:00:00.999Z'),
    });
    const notifyUrl = 'https://shop.example:8443/notify/wechat-pay/v2/payment';
    await payV2To(url, { notifyUrl }).prepay(order);
    expect(Object.fromEntries(asked[0]!)).toEqual({
      path: '/pay/unifiedorder',
      appid: appidOf(tradeType),
      mch_id: MERCHANT,
      nonce_str: expect.stringMatching(/^\w{32}$/) as string,
      sign_type: 'HMAC-SHA256',
      sign: expect.stringMatching(/^[0-9A-F]{64}$/) as string,
      body: 'Wexagon-"拿铁"',
      out_trade_no: order.id,
      fee_type: 'CNY',
      total_fee: '888',
      spbill_create_ip: '203.0.113.7',
      time_expire: '20261122140000',
      notify_url: notifyUrl,
      ...OWN[tradeType](order),
    });
  });

  it('is a scene that WeChat has room for, whatever the order is called', async () => {
    const { url, asked } = await scriptedPay(readyFor('H5'));
    const host = `${'shop.'.repeat(20)}example`;
    const gateway = payV2To(url, { notifyUrl: `https://${host}/notify` });
    const description = fc.string({
      minLength: 1,
      maxLength: 128,
      unit: fc.constantFrom('a', '"', '\\', '拿', '☕️', '👩‍🚀'),
    });
    const send = async (name: string) => {
      await gateway.prepay(orderOf('H5', { description: name }));
      const scene = asked.at(-1)!.get('scene_info')!;
      expect(Buffer.byteLength(scene)).toBeLessThanOrEqual(256);
      const { h5_info } = JSON.parse(scene) as { h5_info: { wap_url: string; wap_name: string } };
      expect(h5_info.wap_url).toBe(`https://${host}`);
      expect(name.startsWith(h5_info.wap_name)).toBe(true);
      expect(h5_info.wap_name.isWellFormed()).toBe(true);
    };
    await fc.assert(fc.asyncProperty(description, send), { numRuns: 30 });
  });
});

describe('a ticket', () => {
  const LIFETIMES: Record<TradeType, number> = { JSAPI: 2 * HOUR, NATIVE: 2 * HOUR, H5: 5 * MINUTE, APP: 2 * HOUR };

  it.each(TRADE_TYPES)('of %s is what the payer needs, for as long as it is good', async (tradeType) => {
    const { url } = await scriptedPay(readyFor(tradeType));
    const now = new Date('2026-11-22T04:00:00.000Z');
    const gateway = payV2To(url, {}, { now: () => now });
    expect(await gateway.prepay(orderOf(tradeType))).toEqual({
      kind: 'ready',
      ticket: { pass: PASSES[tradeType], expiresAt: new Date(now.getTime() + LIFETIMES[tradeType]) },
    });
  });

  it.each<[TradeType, string | undefined]>([
    ['JSAPI', 'x'.repeat(65)],
    ['APP', ''],
    ['NATIVE', undefined],
    ['NATIVE', ''],
    ['NATIVE', 'https://shop.example/'],
    ['NATIVE', 'weixin://wxpay/bizpayurl?pr=拿铁'],
    ['NATIVE', `weixin://${'x'.repeat(513)}`],
    ['H5', undefined],
    ['H5', ''],
    ['H5', 'javascript:alert(1)'],
    ['H5', 'weixin://wxpay/bizpayurl?pr=1'],
    ['H5', 'https://wx.tenpay.com/ x'],
    ['H5', `https://${'x'.repeat(513)}`],
  ])('of %s that is %j is none', async (tradeType, pass) => {
    const { url } = await scriptedPay(readyFor(tradeType, { [PASS_FIELDS[tradeType]]: pass }));
    expect((await outageOf(payV2To(url).prepay(orderOf(tradeType)))).code).toBe(UNREADABLE);
  });
});

describe('an order that is paid in an app', () => {
  const paidOrder = () => pay(orderOf('APP'), samplePayment(), { now: new Date() }).order;

  it('is asked about, closed and refunded in the name of the app', async () => {
    const order = orderOf('APP');
    const paid = paidOrder();
    const { url, asked } = await scriptedPay(
      v2Message({ ...PAID, appid: APP_APPID, out_trade_no: order.id, trade_state: 'SUCCESS', trade_type: 'APP' }),
      v2Message({ appid: APP_APPID }),
      v2Message({ appid: APP_APPID, result_code: 'FAIL', err_code: 'REFUNDNOTEXIST' }),
    );
    const gateway = payV2To(url);
    expect(await gateway.query(order)).toMatchObject({ kind: 'paid', report: { appid: APP_APPID, tradeType: 'APP' } });
    expect(await gateway.close(order)).toEqual({ kind: 'closed' });
    expect(await gateway.queryRefunds(paid)).toEqual({ kind: 'absent' });
    expect(asked.map((fields) => fields.get('appid'))).toEqual([APP_APPID, APP_APPID, APP_APPID]);
  });

  it.each([
    ['the mini program’s', 'APP', APPID],
    ['the app’s', 'JSAPI', APP_APPID],
    ['nobody’s', 'APP', 'wx0000000000000000'],
  ] as const)('is not answered in %s name', async (_whose, tradeType, appid) => {
    const { url } = await scriptedPay(readyFor(tradeType, { appid }));
    expect((await outageOf(payV2To(url).prepay(orderOf(tradeType)))).code).toBe(UNREADABLE);
  });

  it.each([null, 'wx0000000000000000' as AppId])('is not ours where the app of ours is %s', async (appAppid) => {
    const { url, asked } = await scriptedPay(readyFor('APP'));
    const gateway = payV2To(url, { appAppid });
    const paid = paidOrder();
    for (const answering of [gateway.prepay(orderOf('APP')), gateway.query(paid), gateway.queryRefunds(paid)])
      expect((await outageOf(answering)).code).toBe('wechat-misconfigured');
    expect(asked).toEqual([]);
  });

  it.each([
    ['MD5', (text: string) => createHash('md5').update(text).digest('hex')],
    ['HMAC-SHA256', (text: string) => createHmac('sha256', V2_KEY).update(text).digest('hex')],
  ] as const)('is called for with a signature over all six, with %s', (signType, digest) => {
    const now = new Date('2026-11-22T04:00:00.999Z');
    const gateway = payV2To(NOBODY, { signType }, { now: () => now });
    const { sign, ...request } = gateway.appRequest(prepaidOf(orderOf('APP')));
    const timestamp = String(Math.floor(now.getTime() / SECOND));
    expect(request).toEqual({
      appid: APP_APPID,
      partnerid: MERCHANT,
      prepayid: PASSES.APP,
      package: 'Sign=WXPay',
      noncestr: expect.stringMatching(/^\w{32}$/) as string,
      timestamp,
    });
    const text = `appid=${APP_APPID}&noncestr=${request.noncestr}&package=Sign=WXPay&partnerid=${MERCHANT}&prepayid=${PASSES.APP}&timestamp=${timestamp}&key=${V2_KEY}`;
    expect(sign).toBe(digest(text).toUpperCase());
  });
});

describe('a WeChat that is strict', () => {
  it.each(['MD5', 'HMAC-SHA256'] as const)('takes every type of order, with %s', async (signType) => {
    const control = await simulatedPay();
    const gateway = payV2To(control.url, { signType });
    for (const tradeType of ['NATIVE', 'H5', 'APP'] as const) {
      const order = orderOf(tradeType);
      const prepaid = await prepaidBy(gateway, order);
      const how = {
        NATIVE: { code_url: prepaid.ticket.pass },
        H5: { h5_url: prepaid.ticket.pass },
        APP: { app: gateway.appRequest(prepaid) },
      };
      await control.call('POST', 'pay', { ...how[tradeType], user: 'bob', notify: false });
      const answer = await gateway.query(order);
      expect(answer).toMatchObject({ kind: 'paid', report: { appid: appidOf(tradeType), total: 888 } });
    }
  });
});
