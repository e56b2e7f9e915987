import { createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../src/adapters/wechat/pay-client/pay-fault.ts';
import type { CLOSE_CODES, PREPAY_CODES, QUERY_CODES } from '../../src/adapters/wechat/pay-v3/v3-error-codes.ts';
import { isSignedV3, readAuthorizationV3, v3RequestMessage } from '../../src/adapters/wechat/protocol/v3-signature.ts';
import type { AppId } from '../../src/domain/account/account.ts';
import { HOUR, later, MINUTE } from '../../src/domain/clock.ts';
import type { MchId, PrepaidOrder, PrepayingOrder } from '../../src/domain/order/order.ts';
import type { OutTradeNo } from '../../src/domain/order/out-trade-no.ts';
import type { PaymentGateway } from '../../src/domain/order/payment-gateway.ts';
import { TRADE_TYPES, type TradeType } from '../../src/domain/order/trade-type.ts';
import { ALICE, outageOf } from '../support/pay-troubles.ts';
import { APP_APPID, APPID, MCHID, NOON, PASSES, stepsTo } from '../support/samples.ts';
import {
  MERCHANT_CERTIFICATE,
  payV3To,
  PUBLIC_KEY_ID,
  refusing,
  saying,
  scriptedPayV3,
  secondsAt,
  signedWith,
  STRANGERS_KEY,
  type V3Answering,
  type V3Asked,
  V3_KEY,
} from '../support/scripted-pay-v3.ts';
import { hangUp, silence, status } from '../support/scripted-pay.ts';
import { TestClock } from '../support/test-clock.ts';

const NOBODY = 'http://127.0.0.1:1';
const BUSY = 'wechat-busy';
const OPERATOR = 'wechat-misconfigured';
const UNREADABLE = 'wechat-unreadable';
const CALLS = ['prepay', 'query', 'close'] as const;

type Call = (typeof CALLS)[number];

const orderOf = (tradeType: TradeType = 'JSAPI', differences: Partial<PrepayingOrder> = {}): PrepayingOrder => ({
  ...(stepsTo('prepaying', { api: 'v3', tradeType }).at(-1)!.order as PrepayingOrder),
  ...differences,
});

const prepaidOrderOf = (tradeType: TradeType): PrepaidOrder =>
  stepsTo('prepaid', { api: 'v3', tradeType }).at(-1)!.order as PrepaidOrder;

/** A trade as the answer to a query and a notice tell it. */
const trade = (order: PrepayingOrder, differences: object = {}) => ({
  appid: order.appid,
  mchid: MCHID,
  out_trade_no: order.id,
  transaction_id: '4200000967202106111314120000',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'OTHERS',
  attach: '',
  success_time: '2026-11-22T12:00:03+08:00',
  payer: { openid: ALICE },
  amount: { total: 888, payer_total: 788, currency: 'CNY', payer_currency: 'CNY' },
  ...differences,
});

const READY = saying({ prepay_id: PASSES.JSAPI });

/** What is a yes to each call. */
const YES: Record<Call, (order: PrepayingOrder) => object | string> = {
  prepay: () => ({ prepay_id: PASSES.JSAPI }),
  query: (order) => trade(order),
  close: () => '',
};

const YES_KINDS: Record<Call, string> = { prepay: 'ready', query: 'paid', close: 'closed' };

const run = (gateway: PaymentGateway, call: Call, order: PrepayingOrder = orderOf()) => gateway[call](order);

const troubleOf = (answering: Promise<{ kind: string }>) => outageOf(answering, V3_KEY, 'BEGIN', PUBLIC_KEY_ID);

/** As WeChat's older pages spell it. */
const plain = (code: string) => code.replaceAll('_', '');

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('every code has its meaning, whichever status it comes with', () => {
  const refused = (reason: string) => ({ kind: 'refused', reason });

  const PREPAY: Record<keyof typeof PREPAY_CODES, object | string> = {
    SYSTEM_ERROR: BUSY,
    BANK_ERROR: BUSY,
    SIGN_ERROR: OPERATOR,
    REQUEST_BLOCKED: OPERATOR,
    ORDER_PAID: { kind: 'already-paid' },
    OUT_TRADE_NO_USED: { kind: 'conflict' },
    INVALID_REQUEST: { kind: 'conflict' },
    ORDER_CLOSED: refused('ORDER_CLOSED'),
    PARAM_ERROR: refused('PARAM_ERROR'),
    MCH_NOT_EXISTS: refused('MCH_NOT_EXISTS'),
    APPID_MCHID_NOT_MATCH: refused('APPID_MCHID_NOT_MATCH'),
    NO_AUTH: refused('NO_AUTH'),
    TRADE_ERROR: refused('TRADE_ERROR'),
    ACCOUNT_ERROR: refused('ACCOUNT_ERROR'),
    RULE_LIMIT: refused('RULE_LIMIT'),
    NOT_ENOUGH: refused('NOT_ENOUGH'),
    USER_ACCOUNT_ABNORMAL: refused('USER_ACCOUNT_ABNORMAL'),
    OPENID_MISMATCH: refused('OPENID_MISMATCH'),
  };

  const QUERY: Record<keyof typeof QUERY_CODES, object | string> = {
    SYSTEM_ERROR: BUSY,
    BANK_ERROR: BUSY,
    SIGN_ERROR: OPERATOR,
    REQUEST_BLOCKED: OPERATOR,
    ORDER_NOT_EXIST: { kind: 'absent' },
    RESOURCE_NOT_EXISTS: { kind: 'absent' },
    NOT_FOUND: { kind: 'absent' },
    USER_PAYING: { kind: 'unpaid' },
    PARAM_ERROR: OPERATOR,
    INVALID_REQUEST: OPERATOR,
    MCH_NOT_EXISTS: OPERATOR,
    APPID_MCHID_NOT_MATCH: OPERATOR,
    NO_AUTH: OPERATOR,
  };

  const CLOSE: Record<keyof typeof CLOSE_CODES, object | string> = {
    SYSTEM_ERROR: BUSY,
    BANK_ERROR: BUSY,
    SIGN_ERROR: OPERATOR,
    REQUEST_BLOCKED: OPERATOR,
    ORDER_PAID: { kind: 'already-paid' },
    ORDER_CLOSED: { kind: 'closed' },
    ORDER_NOT_EXIST: { kind: 'absent' },
    RESOURCE_NOT_EXISTS: { kind: 'absent' },
    NOT_FOUND: { kind: 'absent' },
    USER_PAYING: refused('USER_PAYING'),
    TRADE_STATE_ERROR: refused('TRADE_STATE_ERROR'),
    TRADE_ERROR: refused('TRADE_ERROR'),
    INVALID_REQUEST: refused('INVALID_REQUEST'),
    PARAM_ERROR: refused('PARAM_ERROR'),
    MCH_NOT_EXISTS: refused('MCH_NOT_EXISTS'),
    APPID_MCHID_NOT_MATCH: refused('APPID_MCHID_NOT_MATCH'),
    NO_AUTH: refused('NO_AUTH'),
  };

  /** What WeChat may say to any call, listed or not: none of it settles anything. */
  const ANY = {
    FREQUENCY_LIMITED: BUSY,
    FREQUENCY_LIMIT_EXCEED: BUSY,
    RATELIMIT_EXCEEDED: BUSY,
    NEVER_HEARD_OF: UNREADABLE,
    toString: UNREADABLE,
  };

  const ROWS = (
    [
      ['prepay', PREPAY],
      ['query', QUERY],
      ['close', CLOSE],
    ] as const
  ).flatMap(([call, table]) =>
    Object.entries({ ...table, ...ANY }).flatMap(([code, expected]) =>
      [...new Set([code, plain(code)])].map((spelt) => [call, spelt, expected] as const),
    ),
  );

  it.each(ROWS)('%s %s -> %j', async (call, code, expected) => {
    // Each of the two spellings with another.
    const { url } = await scriptedPayV3(refusing(code, code.includes('_') ? 400 : 500));
    const answering = run(payV3To(url), call);
    if (typeof expected !== 'string')
      return expect(await answering).toEqual('reason' in expected ? refused(code) : expected);
    expect(await troubleOf(answering)).toMatchObject({ code: expected, cause: { code } });
  });

  it.each<[code: string, status: number, expected: string, asked: number]>([
    ['NEVER_HEARD_OF', 400, UNREADABLE, 1],
    ['NEVER_HEARD_OF', 500, UNREADABLE, 3],
    ['NEVER_HEARD_OF', 429, BUSY, 1],
    ['NEVER_HEARD_OF', 503, BUSY, 3],
    ['SYSTEM_ERROR', 400, BUSY, 3],
    ['FREQUENCY_LIMITED', 429, BUSY, 1],
    ['SIGN_ERROR', 401, OPERATOR, 1],
    ['', 400, UNREADABLE, 1],
    ['<b>no code</b>', 400, UNREADABLE, 1],
  ])('%j with %i is %s, and asked %i times', async (code, status, expected, times) => {
    const { url, asked } = await scriptedPayV3(refusing(code, status));
    const outage = await troubleOf(payV3To(url).query(orderOf()));
    expect(outage.code).toBe(expected);
    // What is no code is told to nobody.
    expect(faultOf(outage)?.code).toBe(/^\w+$/.test(code) ? code : undefined);
    expect(asked).toHaveLength(times);
  });

  it('a 202 that WeChat signed says in its code why it is no yes yet', async () => {
    const { url } = await scriptedPayV3(saying({ code: 'USERPAYING', message: '…' }, {}, 202));
    expect(await payV3To(url).query(orderOf())).toEqual({ kind: 'unpaid' });
  });

  it('a 202 that nobody signed says nothing', async () => {
    const { url } = await scriptedPayV3(refusing('USERPAYING', 202));
    expect((await troubleOf(payV3To(url).query(orderOf()))).code).toBe(UNREADABLE);
  });

  it('a no with a whole payment in it is a no', async () => {
    const order = orderOf();
    const { url } = await scriptedPayV3(saying({ code: 'ORDERNOTEXIST', ...trade(order) }, {}, 404));
    expect(await payV3To(url).query(order)).toEqual({ kind: 'absent' });
  });
});

describe('every trade_state has its meaning', () => {
  it.each([
    ['SUCCESS', 'paid'],
    ['REFUND', 'paid'],
    ['NOTPAY', 'unpaid'],
    ['USERPAYING', 'unpaid'],
    ['PAYERROR', 'unpaid'],
    ['ACCEPT', 'unpaid'],
    ['CLOSED', 'closed'],
    ['REVOKED', 'closed'],
    ['NEVER_HEARD_OF', 'unpaid'],
    ['constructor', 'unpaid'],
  ])('%s -> %s', async (trade_state, kind) => {
    const order = orderOf();
    const { url } = await scriptedPayV3(saying(trade(order, { trade_state })));
    expect((await payV3To(url).query(order)).kind).toBe(kind);
  });

  it('a payment is reported whole', async () => {
    const order = orderOf();
    const { url } = await scriptedPayV3(saying(trade(order)));
    expect(await payV3To(url).query(order)).toEqual({
      kind: 'paid',
      report: {
        appid: APPID,
        mchid: MCHID,
        outTradeNo: order.id,
        transactionId: '4200000967202106111314120000',
        total: 888,
        currency: 'CNY',
        payer: ALICE,
        payerTotal: 788,
        tradeType: 'JSAPI',
        bankType: 'OTHERS',
        paidAt: later(NOON, 3_000),
      },
    });
  });

  it.each<[string, object, object]>([
    ['no currency', { amount: { total: 888 } }, { currency: 'CNY', payerTotal: null }],
    ['another currency', { amount: { total: 888, currency: 'USD' } }, { currency: 'USD' }],
    ['a payer’s total that is no amount', { amount: { total: 888, payer_total: '788' } }, { payerTotal: null }],
    ['another total', { amount: { total: 1 } }, { total: 1 }],
    ['nobody as payer', { payer: undefined }, { payer: null }],
    ['a payer without a name', { payer: {} }, { payer: null }],
    ['somebody else as payer', { payer: { openid: 'oSomebodyElse' } }, { payer: 'oSomebodyElse' }],
    ['no bank', { bank_type: '', trade_type: undefined }, { bankType: null, tradeType: null }],
    ['another order', { out_trade_no: '1415757673' }, { outTradeNo: '1415757673' }],
    ['a time of another zone', { success_time: '2026-11-22T04:00:03Z' }, { paidAt: later(NOON, 3_000) }],
    [
      'a time with parts of a second',
      { success_time: '2026-11-22T12:00:03.999+08:00' },
      { paidAt: later(NOON, 3_000) },
    ],
  ])('a payment with %s is reported as it came, for the domain to compare', async (_what, differences, report) => {
    const order = orderOf();
    const { url } = await scriptedPayV3(saying(trade(order, differences)));
    expect(await payV3To(url).query(order)).toMatchObject({ kind: 'paid', report });
  });

  it.each<[string, object]>([
    ['no transaction_id', { transaction_id: undefined }],
    ['a short transaction_id', { transaction_id: '12' }],
    ['a transaction_id that is a number', { transaction_id: 4_200_000_967 }],
    ['no amount', { amount: undefined }],
    ['an amount that is a number', { amount: 888 }],
    ['no total', { amount: {} }],
    ['a total of text', { amount: { total: '888' } }],
    ['a total of parts', { amount: { total: 8.88 } }],
    ['a total below nothing', { amount: { total: -888 } }],
    ['a total beyond counting', { amount: { total: 1e300 } }],
    ['no success_time', { success_time: undefined }],
    ['a success_time that is no day', { success_time: '2026-02-30T12:00:03+08:00' }],
    ['a success_time that is no time', { success_time: '2026-11-22T24:00:00+08:00' }],
    ['a success_time of no zone', { success_time: '2026-11-22T12:00:03' }],
    ['no out_trade_no', { out_trade_no: undefined }],
    ['no trade_state', { trade_state: undefined }],
    ['an empty trade_state', { trade_state: '' }],
    ['another appid', { appid: 'wx0000000000000000' }],
    ['no appid', { appid: undefined }],
    ['another mchid', { mchid: '1900000110' }],
    ['no mchid', { mchid: undefined }],
  ])('a payment with %s is no answer', async (_what, differences) => {
    const order = orderOf();
    const { url } = await scriptedPayV3(saying(trade(order, differences)));
    expect((await troubleOf(payV3To(url).query(order))).code).toBe(UNREADABLE);
  });

  it.each(['NOTPAY', 'CLOSED'])('%s of another order says nothing about ours', async (trade_state) => {
    const order = orderOf();
    const { url } = await scriptedPayV3(saying(trade(order, { out_trade_no: '1415757673', trade_state })));
    expect((await troubleOf(payV3To(url).query(order))).code).toBe(UNREADABLE);
  });

  it('an order that is paid in an app is of that app', async () => {
    const order = orderOf('APP');
    const { url } = await scriptedPayV3(saying(trade(order)), saying(trade(order, { appid: APPID })));
    expect(await payV3To(url).query(order)).toMatchObject({ kind: 'paid', report: { appid: APP_APPID } });
    expect((await troubleOf(payV3To(url).query(order))).code).toBe(UNREADABLE);
  });
});

describe('a yes is believed only when WeChat signed it just now', () => {
  type Harm = [what: string, harm: (body: object | string) => V3Answering];

  /** The headers of a good answer with something done to them. */
  const touched =
    (touch: (headers: (readonly [string, string])[]) => (readonly [string, string])[]) =>
    (body: object | string): V3Answering =>
    (_request, response) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(body === '' ? 204 : 200, touch(signedWith(text)).flat()).end(text);
    };

  const NAMES = signedWith('').map(([name]) => name);
  const withSigning = (signing: Parameters<typeof saying>[1]) => (body: object | string) => saying(body, signing);

  const HARMS: Harm[] = [
    ['no headers', touched(() => [])],
    ...NAMES.map((name): Harm => [`no ${name}`, touched((headers) => headers.filter(([other]) => other !== name))]),
    ...NAMES.map((name): Harm => [`${name} twice`, touched((all) => [...all, all.find(([other]) => other === name)!])]),
    ['another algorithm', touched((all) => [...all, ['Wechatpay-Signature-Type', 'WECHATPAY2-SM2-WITH-SM3']])],
    ['the time of five minutes and a second ago', withSigning({ timestamp: secondsAt(-301) })],
    ['the time of five minutes and a second from now', withSigning({ timestamp: secondsAt(301) })],
    ['a time in milliseconds', withSigning({ timestamp: `${secondsAt(0)}000` })],
    ['a key of nobody', withSigning({ serial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1' })],
    ['another public key’s id', withSigning({ serial: 'PUB_KEY_ID_0000000000000000000000000000' })],
    ['its id in small letters', withSigning({ serial: PUBLIC_KEY_ID.toLowerCase() })],
    ['a stranger’s signature', withSigning({ key: STRANGERS_KEY })],
    ['a probe', withSigning({ signature: `WECHATPAY/SIGNTEST/${'A'.repeat(325)}` })],
    ['the signature of another body', (body) => saying(body, { signature: signatureOver('{"prepay_id":"wx1"}') })],
    ['the signature of nothing', (body) => saying(body, { signature: body === '' ? 'AA==' : signatureOver('') })],
  ];

  const signatureOver = (text: string) => signedWith(text).find(([name]) => name === 'Wechatpay-Signature')![1];

  // With a body and without one.
  it.each((['prepay', 'close'] as const).flatMap((call) => HARMS.map(([what, harm]) => [call, what, harm] as const)))(
    '%s: %s',
    async (call, _what, harm) => {
      const order = orderOf();
      const { url, asked } = await scriptedPayV3(harm(YES[call](order)));
      expect((await troubleOf(run(payV3To(url), call, order))).code).toBe(UNREADABLE);
      // It may have been a probe, so that the next one may be the answer.
      expect(asked.filter(({ path }) => path !== '/v3/certificates')).toHaveLength(3);
    },
  );

  it.each(CALLS)('%s: what comes after a probe is the answer', async (call) => {
    const order = orderOf();
    const probe = saying(YES[call](order), { signature: 'WECHATPAY/SIGNTEST/AAAA' });
    const { url, asked } = await scriptedPayV3(probe, saying(YES[call](order)));
    expect((await run(payV3To(url), call, order)).kind).toBe(YES_KINDS[call]);
    expect(asked).toHaveLength(2);
  });

  it.each([-300, -299, 299, 300])('%i seconds away are near enough', async (seconds) => {
    const { url } = await scriptedPayV3(saying('', { timestamp: secondsAt(seconds) }));
    expect(await payV3To(url).close(orderOf())).toEqual({ kind: 'closed' });
  });

  it('every bit of its body counts', async () => {
    const order = orderOf();
    const whole = Buffer.from(JSON.stringify(trade(order)));
    const headers = signedWith(whole).flat();
    let at = 0;
    const { url } = await scriptedPayV3((_request, response) => {
      const body = Buffer.from(whole);
      if (at < whole.length) body[at] = body[at]! ^ 1;
      response.writeHead(200, headers).end(body);
    });
    const gateway = payV3To(url, { deadline: 60_000 });
    for (at = 0; at < whole.length; at += 16) expect((await gateway.query(order)).kind).toBe('unknown');
  });
});

describe('trouble on the way leaves it unknown', () => {
  const drip: V3Answering = (request, response) => {
    response.write('{');
    const timer = setInterval(() => response.write(' '), 20);
    request.socket.once('close', () => clearInterval(timer));
  };

  /** Trouble, what it is called, and how often WeChat is asked. */
  const TROUBLES: [what: string, V3Answering, code: string, asked: number][] = [
    ['silence', silence as V3Answering, 'wechat-timeout', 1],
    ['an answer that drips', drip, 'wechat-timeout', 1],
    ['a hang-up', hangUp as V3Answering, 'wechat-unreachable', 3],
    ['500', status(500, 'oops') as V3Answering, UNREADABLE, 3],
    ['502 with HTML', status(502, '<html><body>nginx</body></html>') as V3Answering, UNREADABLE, 3],
    ['503', status(503) as V3Answering, BUSY, 3],
    ['429', status(429) as V3Answering, BUSY, 1],
    ['404 with HTML', status(404, '<html></html>') as V3Answering, UNREADABLE, 1],
    ['a redirect', status(302, '', { location: '/elsewhere' }) as V3Answering, UNREADABLE, 1],
    ['a 200 of nothing', saying('', {}, 200), UNREADABLE, 3],
    ['HTML that is signed', saying('<html>'), UNREADABLE, 3],
    ['a list', saying([{ prepay_id: PASSES.JSAPI }]), UNREADABLE, 3],
    ['text', saying('"prepay_id"'), UNREADABLE, 3],
    ['null', saying('null'), UNREADABLE, 3],
    ['half an answer', saying('{"prepay_id":"wx'), UNREADABLE, 3],
    ['a BOM', saying(`\ufeff{"prepay_id":"${PASSES.JSAPI}"}`), UNREADABLE, 3],
    ['more than 1 MiB', saying({ x: 'x'.repeat(1024 * 1024) }), UNREADABLE, 3],
  ];

  it.each(
    (['prepay', 'close'] as const).flatMap((call) => TROUBLES.map(([what, ...rest]) => [call, what, ...rest] as const)),
  )('%s: %s', async (call, _what, answer, code, times) => {
    const { url, asked } = await scriptedPayV3(answer);
    const outage = await troubleOf(run(payV3To(url, { deadline: code === 'wechat-timeout' ? 200 : 5_000 }), call));
    expect(outage.code).toBe(code);
    expect(outage.retryAfterSeconds).toBeGreaterThan(0);
    expect(asked).toHaveLength(times);
  });

  it('bytes that are no text are no answer', async () => {
    const body = Buffer.from('{"prepay_id":"wx\xff"}', 'latin1');
    const { url } = await scriptedPayV3((_request, response) =>
      response.writeHead(200, signedWith(body).flat()).end(body),
    );
    expect((await troubleOf(payV3To(url).prepay(orderOf()))).code).toBe(UNREADABLE);
  });

  it.each(CALLS)('%s: nobody listens', async (call) => {
    expect((await troubleOf(run(payV3To(NOBODY), call))).code).toBe('wechat-unreachable');
  });

  it('of another merchant’s order WeChat is not asked: it would say that there is none', async () => {
    const { url, asked } = await scriptedPayV3(refusing('ORDERNOTEXIST', 404));
    const order = orderOf('JSAPI', { mchid: '1900000110' as MchId });
    for (const call of CALLS) expect((await troubleOf(run(payV3To(url), call, order))).code).toBe(OPERATOR);
    expect(asked).toEqual([]);
  });

  it('an order of an app that is ours no more is asked about all the same', async () => {
    const order = orderOf('JSAPI', { appid: 'wx0000000000000000' as AppId });
    const { url } = await scriptedPayV3(saying(trade(order, { trade_state: 'NOTPAY' })));
    expect(await payV3To(url).query(order)).toEqual({ kind: 'unpaid' });
  });
});

describe('what is sent', () => {
  const bodyOf = (order: PrepayingOrder) => ({
    appid: APPID,
    mchid: MCHID,
    description: '腾讯充值中心-QQ会员充值',
    out_trade_no: order.id,
    time_expire: '2026-11-22T14:00:00+08:00',
    notify_url: 'http://127.0.0.1:1/notify/wechat-pay/v3',
    amount: { total: 888, currency: 'CNY' },
    scene_info: { payer_client_ip: '203.0.113.7' },
  });

  const MORE: Record<TradeType, object> = {
    JSAPI: { payer: { openid: ALICE } },
    NATIVE: {},
    H5: { scene_info: { payer_client_ip: '203.0.113.7', h5_info: { type: 'Wap' } } },
    APP: { appid: APP_APPID },
  };

  it.each(TRADE_TYPES)('is the order by WeChat’s names, and nothing else: %s', async (tradeType) => {
    const { url, asked } = await scriptedPayV3(refusing('PARAM_ERROR'));
    const order = orderOf(tradeType);
    await payV3To(url).prepay(order);
    const [{ method, path, fields }] = asked as [V3Asked];
    expect([method, path]).toEqual(['POST', `/v3/pay/transactions/${tradeType.toLowerCase()}`]);
    expect(fields).toEqual({ ...bodyOf(order), ...MORE[tradeType] });
  });

  it('takes along what the merchant wrote, in any language and without parts of a second', async () => {
    const { url, asked } = await scriptedPayV3(READY);
    const timeExpire = new Date('2026-12-31T16:00:00.999Z');
    await payV3To(url).prepay(orderOf('JSAPI', { attach: '自定义"数据\\', timeExpire }));
    expect(asked[0]!.fields).toMatchObject({ attach: '自定义"数据\\', time_expire: '2027-01-01T00:00:00+08:00' });
  });

  it.each([
    ['x'.repeat(128), 'x'.repeat(127)],
    ['x'.repeat(127), 'x'.repeat(127)],
    [`${'x'.repeat(125)}商`, 'x'.repeat(125)],
    [`${'x'.repeat(124)}商`, `${'x'.repeat(124)}商`],
    [`${'x'.repeat(124)}😀`, 'x'.repeat(124)],
  ])('has a description of at most 127 bytes, none of them cut off from its letter: %j', async (description, sent) => {
    const { url, asked } = await scriptedPayV3(READY);
    await payV3To(url).prepay(orderOf('JSAPI', { description }));
    expect(asked[0]!.fields.description).toBe(sent);
  });

  it('asks after an order by its number, whatever that is made of', async () => {
    const { url, asked } = await scriptedPayV3(refusing('ORDERNOTEXIST', 404));
    const order = orderOf('JSAPI', { id: 'a-b_c|d*e@f' as OutTradeNo });
    await payV3To(url).query(order);
    await payV3To(url).close(order);
    const base = '/v3/pay/transactions/out-trade-no/a-b_c%7Cd*e%40f';
    expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['GET', `${base}?mchid=${MCHID}`, ''],
      ['POST', `${base}/close`, `{"mchid":"${MCHID}"}`],
    ]);
  });

  it('is signed with the merchant’s key, to the byte and the path, at the time that it is', async () => {
    const { url, asked } = await scriptedPayV3(refusing('ORDERNOTEXIST', 404));
    const order = orderOf('JSAPI', { attach: '自定义数据', id: 'a-b_c|d*e@f' as OutTradeNo });
    for (const call of CALLS) await run(payV3To(url), call, order);
    for (const { method, path, headers, body } of asked) {
      const said = readAuthorizationV3(headers.authorization as string)!;
      const message = Buffer.from(v3RequestMessage({ ...said, method, url: path, body }));
      const key = createPublicKey(MERCHANT_CERTIFICATE.cert);
      expect(isSignedV3(message, said.signature, key), `${method} ${path}`).toBe(true);
      expect(said).toMatchObject({
        mchid: MCHID,
        serialNumber: '5F1C72E2A8931B72A2E13AF8DEE92471EB397115',
        timestamp: secondsAt(0),
      });
      expect(said.nonce).toMatch(/^\w{32}$/);
    }
    expect(asked).toHaveLength(3);
  });

  it('says who it is, what it takes, and by which key the answer is to be signed', async () => {
    const { url, asked } = await scriptedPayV3(READY);
    await payV3To(url).prepay(orderOf());
    expect(asked[0]!.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'wexagon',
      'wechatpay-serial': PUBLIC_KEY_ID,
    });
  });

  it('names no key where there is no public key', async () => {
    const { url, asked } = await scriptedPayV3(refusing('ORDERNOTEXIST', 404));
    await payV3To(url, { publicKey: null }).query(orderOf());
    expect(asked[0]!.headers).not.toHaveProperty('wechatpay-serial');
  });

  it('is the very same again when it is repeated, a fresh nonce and signature apart', async () => {
    const { url, asked } = await scriptedPayV3(hangUp as V3Answering, refusing('SYSTEM_ERROR', 500), READY);
    const clock = new TestClock();
    const order = orderOf('JSAPI', { attach: '自定义数据' });
    expect(await payV3To(url, {}, clock).prepay(order)).toMatchObject({ kind: 'ready' });
    clock.pass(HOUR);
    await payV3To(url, {}, clock).prepay(structuredClone(order));
    // The answer to the last, and its repeats, are stale by then.
    const words = asked.map(({ method, path, body }) => `${method} ${path} ${body}`);
    expect(new Set(words).size).toBe(1);
    expect(words.length).toBeGreaterThan(3);
    expect(new Set(asked.map(({ headers }) => headers.authorization)).size).toBe(words.length);
  });
});

describe('the ticket', () => {
  const NAMES: Record<TradeType, string> = { JSAPI: 'prepay_id', NATIVE: 'code_url', H5: 'h5_url', APP: 'prepay_id' };
  const LIVES: Record<TradeType, number> = { JSAPI: 2 * HOUR, NATIVE: 2 * HOUR, H5: 5 * MINUTE, APP: 2 * HOUR };

  it.each(TRADE_TYPES)('of %s is what WeChat gives, good from before the call', async (tradeType) => {
    const { url } = await scriptedPayV3(saying({ [NAMES[tradeType]]: PASSES[tradeType] }));
    const ticket = { pass: PASSES[tradeType], expiresAt: later(NOON, LIVES[tradeType]) };
    expect(await payV3To(url).prepay(orderOf(tradeType))).toEqual({ kind: 'ready', ticket });
  });

  it.each<[TradeType, unknown]>([
    ...TRADE_TYPES.flatMap((tradeType): [TradeType, unknown][] => [
      [tradeType, undefined],
      [tradeType, ''],
      [tradeType, '空'],
      [tradeType, 'wx1 '],
      [tradeType, 7],
      [tradeType, ['wx1']],
    ]),
    ['JSAPI', 'x'.repeat(65)],
    ['NATIVE', 'javascript:alert(1)'],
    ['NATIVE', `weixin://${'x'.repeat(501)}`],
    ['H5', 'weixin://wxpay/bizpayurl?pr=p4lpSuKzz'],
    ['H5', 'javascript:alert(1)'],
  ])('of %s cannot be %j', async (tradeType, pass) => {
    const { url } = await scriptedPayV3(saying({ [NAMES[tradeType]]: pass }));
    expect((await troubleOf(payV3To(url).prepay(orderOf(tradeType)))).code).toBe(UNREADABLE);
  });
});

describe('what the payer’s phone is given', () => {
  const key = createPublicKey(MERCHANT_CERTIFICATE.cert);
  const gateway = payV3To(NOBODY);

  it('in a mini program, is signed with the merchant’s key', () => {
    const { paySign, ...request } = gateway.paymentRequest(prepaidOrderOf('JSAPI'));
    expect(request).toEqual({
      timeStamp: secondsAt(0),
      nonceStr: expect.stringMatching(/^\w{32}$/) as string,
      package: `prepay_id=${PASSES.JSAPI}`,
      signType: 'RSA',
    });
    const lines = [APPID, request.timeStamp, request.nonceStr, request.package, ''];
    expect(isSignedV3(Buffer.from(lines.join('\n')), paySign, key)).toBe(true);
  });

  it('in an app, is signed with the merchant’s key in the app’s name', () => {
    const { sign, ...request } = gateway.appRequest(prepaidOrderOf('APP'));
    expect(request).toEqual({
      appid: APP_APPID,
      partnerid: MCHID,
      prepayid: PASSES.APP,
      package: 'Sign=WXPay',
      noncestr: expect.stringMatching(/^\w{32}$/) as string,
      timestamp: secondsAt(0),
    });
    const lines = [APP_APPID, request.timestamp, request.noncestr, request.prepayid, ''];
    expect(isSignedV3(Buffer.from(lines.join('\n')), sign, key)).toBe(true);
  });

  it('is of version 3, in the merchant’s name', () => {
    const { api, appAppid, merchant } = gateway;
    expect({ api, appAppid, merchant }).toEqual({
      api: 'v3',
      appAppid: APP_APPID,
      merchant: { appid: APPID, mchid: MCHID },
    });
  });
});

describe('the spare host', () => {
  it('takes over when nobody can be connected to on the main one', async () => {
    const spare = await scriptedPayV3(READY);
    expect(await payV3To(NOBODY, { backupBaseUrl: spare.url }).prepay(orderOf())).toMatchObject({ kind: 'ready' });
  });

  it('is not asked when the main one gives an answer that is not signed: that may have done it', async () => {
    const [main, spare] = [await scriptedPayV3(saying({}, { signature: 'AA==' })), await scriptedPayV3(READY)];
    await troubleOf(payV3To(main.url, { backupBaseUrl: spare.url }).prepay(orderOf()));
    expect(spare.asked).toEqual([]);
  });
});
