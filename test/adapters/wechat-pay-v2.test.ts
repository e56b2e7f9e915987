import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PayClient } from '../../src/adapters/wechat/pay-client/pay-client.ts';
import type {
  CLOSEORDER_CODES,
  ORDERQUERY_CODES,
  UNIFIEDORDER_CODES,
} from '../../src/adapters/wechat/pay-v2/err-codes.ts';
import { NoPayments } from '../../src/adapters/wechat/payments-off.ts';
import { stringToSign } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import type { AppId } from '../../src/domain/account/account.ts';
import { SECOND } from '../../src/domain/clock.ts';
import { PaymentsOff } from '../../src/domain/order/order-refusals.ts';
import type { MchId, PrepayingOrder } from '../../src/domain/order/order.ts';
import type { NoticeReader, NoticeVerdict, RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PaymentGateway } from '../../src/domain/order/payment-gateway.ts';
import { ALICE, outageOf, TROUBLES } from '../support/pay-troubles.ts';
import { APPID } from '../support/samples.ts';
import {
  type Answering,
  type Fields,
  hangUp,
  PAID,
  scriptedPay,
  silence,
  status,
  v2Failure,
  v2Message,
} from '../support/scripted-pay.ts';
import {
  MERCHANT,
  openidOf,
  orderFor,
  payV2To,
  prepaidOf,
  serving,
  simulatedPay,
} from '../support/simulated-wechat-pay.ts';
import { prepaidBy } from '../contracts/payment-gateway-harness.ts';

const NOBODY = 'http://127.0.0.1:1';
const READY = v2Message({ trade_type: 'JSAPI', prepay_id: 'wx201411102639507cbf6ffd8b0779950874' });
const CALLS = ['prepay', 'query', 'close'] as const;

type Call = (typeof CALLS)[number];

const run = (gateway: PaymentGateway, call: Call, order: PrepayingOrder = orderFor(ALICE)) => gateway[call](order);

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const BUSY = 'wechat-busy';
const OPERATOR = 'wechat-misconfigured';

describe('every err_code has its meaning', () => {
  const refused = (reason: string) => ({ kind: 'refused', reason });

  const PREPAY: Record<keyof typeof UNIFIEDORDER_CODES, object | string> = {
    SYSTEMERROR: BUSY,
    ORDERPAID: { kind: 'already-paid' },
    OUT_TRADE_NO_USED: { kind: 'conflict' },
    ORDERCLOSED: refused('ORDERCLOSED'),
    NOTENOUGH: refused('NOTENOUGH'),
    NOAUTH: refused('NOAUTH'),
    APPID_NOT_EXIST: refused('APPID_NOT_EXIST'),
    MCHID_NOT_EXIST: refused('MCHID_NOT_EXIST'),
    APPID_MCHID_NOT_MATCH: refused('APPID_MCHID_NOT_MATCH'),
    LACK_PARAMS: refused('LACK_PARAMS'),
    PARAM_ERROR: refused('PARAM_ERROR'),
    SIGNERROR: refused('SIGNERROR'),
    XML_FORMAT_ERROR: refused('XML_FORMAT_ERROR'),
    REQUIRE_POST_METHOD: refused('REQUIRE_POST_METHOD'),
    POST_DATA_EMPTY: refused('POST_DATA_EMPTY'),
    NOT_UTF8: refused('NOT_UTF8'),
  };

  const QUERY: Record<keyof typeof ORDERQUERY_CODES, object | string> = {
    ORDERNOTEXIST: { kind: 'absent' },
    SYSTEMERROR: BUSY,
    NOAUTH: OPERATOR,
    APPID_NOT_EXIST: OPERATOR,
    MCHID_NOT_EXIST: OPERATOR,
    APPID_MCHID_NOT_MATCH: OPERATOR,
    LACK_PARAMS: OPERATOR,
    PARAM_ERROR: OPERATOR,
    SIGNERROR: OPERATOR,
    XML_FORMAT_ERROR: OPERATOR,
    REQUIRE_POST_METHOD: OPERATOR,
    POST_DATA_EMPTY: OPERATOR,
    NOT_UTF8: OPERATOR,
  };

  const CLOSE: Record<keyof typeof CLOSEORDER_CODES, object | string> = {
    ORDERPAID: { kind: 'already-paid' },
    ORDERCLOSED: { kind: 'closed' },
    ORDERNOTEXIST: { kind: 'absent' },
    TRADE_STATE_ERROR: refused('TRADE_STATE_ERROR'),
    SYSTEMERROR: BUSY,
    NOAUTH: refused('NOAUTH'),
    APPID_NOT_EXIST: refused('APPID_NOT_EXIST'),
    MCHID_NOT_EXIST: refused('MCHID_NOT_EXIST'),
    APPID_MCHID_NOT_MATCH: refused('APPID_MCHID_NOT_MATCH'),
    LACK_PARAMS: refused('LACK_PARAMS'),
    PARAM_ERROR: refused('PARAM_ERROR'),
    SIGNERROR: refused('SIGNERROR'),
    XML_FORMAT_ERROR: refused('XML_FORMAT_ERROR'),
    REQUIRE_POST_METHOD: refused('REQUIRE_POST_METHOD'),
    POST_DATA_EMPTY: refused('POST_DATA_EMPTY'),
    NOT_UTF8: refused('NOT_UTF8'),
  };

  /** What WeChat may say to any call, listed or not: none of it settles anything. */
  const ANY = {
    FREQUENCY_LIMITED: BUSY,
    FREQUENCY_LIMIT_EXCEED: BUSY,
    NEVER_HEARD_OF: 'wechat-unreadable',
    toString: 'wechat-unreadable',
    '': 'wechat-unreadable',
    '<b>not a code</b>': 'wechat-unreadable',
  };

  const ROWS = (
    [
      ['prepay', PREPAY],
      ['query', QUERY],
      ['close', CLOSE],
    ] as const
  ).flatMap(([call, table]) =>
    Object.entries({ ...table, ...ANY }).map(([code, expected]) => [call, code, expected] as const),
  );

  it.each(ROWS)('%s %s -> %j', async (call, code, expected) => {
    const { url } = await scriptedPay(v2Failure(code));
    const answering = run(payV2To(url), call);
    if (typeof expected !== 'string') return expect(await answering).toEqual(expected);
    const outage = await outageOf(answering);
    expect(outage.code).toBe(expected);
    expect(outage.cause).toMatchObject({ code: /^\w+$/.test(code) ? code : 'FAIL' });
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
    const order = orderFor(ALICE);
    const { url } = await scriptedPay(v2Message({ ...PAID, out_trade_no: order.id, trade_state }));
    expect((await payV2To(url).query(order)).kind).toBe(kind);
  });

  it.each(['NOTPAY', 'CLOSED'])('%s of another order says nothing about ours', async (trade_state) => {
    const { url } = await scriptedPay(v2Message({ out_trade_no: '1415757673', trade_state }));
    expect((await outageOf(payV2To(url).query(orderFor(ALICE)))).code).toBe('wechat-unreadable');
  });

  it('SUCCESS of another order is reported as it came, for the domain to compare', async () => {
    const { url } = await scriptedPay(v2Message({ ...PAID, trade_state: 'SUCCESS' }));
    const answer = await payV2To(url).query(orderFor(ALICE));
    expect(answer).toMatchObject({ kind: 'paid', report: { outTradeNo: '1415757673' } });
  });

  it.each([
    ['transaction_id', undefined],
    ['transaction_id', '12'],
    ['transaction_id', '10084507402014111100x5820873'],
    ['total_fee', undefined],
    ['total_fee', '8.88'],
    ['time_end', undefined],
    ['time_end', '20141131170043'],
    ['out_trade_no', undefined],
    ['trade_state', undefined],
    ['trade_state', ''],
  ])('a payment with %s %j is no answer', async (name, value) => {
    const { url } = await scriptedPay(v2Message({ ...PAID, trade_state: 'SUCCESS', [name]: value }));
    expect((await outageOf(payV2To(url).query(orderFor(ALICE)))).code).toBe('wechat-unreadable');
  });
});

describe('trouble on the way leaves it unknown', () => {
  const ROWS = CALLS.flatMap((call) => TROUBLES.map(([what, ...rest]) => [call, what, ...rest] as const));

  it.each(ROWS)('%s: %s', async (call, _what, answer, code, times) => {
    const { url, asked } = await scriptedPay(answer);
    const outage = await outageOf(run(payV2To(url, { deadline: times === 1 ? 300 : 2_000 }), call));
    expect(outage.code).toBe(code);
    expect(outage.retryAfterSeconds).toBeGreaterThan(0);
    expect(asked).toHaveLength(times);
  });

  it.each([
    ['nobody listens', NOBODY, 'ECONNREFUSED'],
    ['the host has no address', 'http://a..b', 'ENOTFOUND'],
  ])('%s', async (_what, url, cause) => {
    const outage = await outageOf(payV2To(url).query(orderFor(ALICE)));
    expect(outage).toMatchObject({ code: 'wechat-unreachable', cause: { message: cause } });
  });

  it('an answer that is too long is not read to its end', async () => {
    const { url } = await scriptedPay('x'.repeat(8 * 1024 * 1024));
    expect(await outageOf(payV2To(url).query(orderFor(ALICE)))).toMatchObject({
      cause: { message: 'ERR_BAD_RESPONSE' },
    });
  });

  it('a prepay_id that cannot be', async () => {
    for (const prepay_id of [undefined, '', 'x'.repeat(65), '空']) {
      const { url } = await scriptedPay(v2Message({ prepay_id }));
      expect((await outageOf(payV2To(url).prepay(orderFor(ALICE)))).code).toBe('wechat-unreadable');
    }
  });
});

describe('a repeat', () => {
  it('is the very same again, a fresh nonce apart, over the same connection or another', async () => {
    const { url, asked } = await scriptedPay(hangUp, v2Failure('SYSTEMERROR'), READY);
    expect(await payV2To(url).prepay(orderFor(ALICE))).toMatchObject({ kind: 'ready' });
    const said = asked.map((fields) => stringToSign(fields).replace(/&nonce_str=\w{32}/, ''));
    expect(said).toHaveLength(3);
    expect(new Set(said).size).toBe(1);
    expect(new Set(asked.map((fields) => fields.get('nonce_str'))).size).toBe(3);
  });

  it('is the same in another process and later, for all of it comes from the order', async () => {
    const order = orderFor(ALICE, { attach: '自定义数据' });
    const { url, asked } = await scriptedPay(READY);
    await payV2To(url).prepay(order);
    await payV2To(url).prepay(structuredClone(order));
    const [first, again] = asked.map((fields) => stringToSign(fields).replace(/&nonce_str=\w{32}/, ''));
    expect(again).toBe(first);
  });

  it('waits for up to 200 ms, and then for up to 400', async () => {
    vi.mocked(Math.random).mockReturnValue(0.9);
    const times: number[] = [];
    const { url } = await scriptedPay((_request, response) => {
      times.push(performance.now());
      response.writeHead(500).end();
    });
    await payV2To(url).query(orderFor(ALICE));
    const pauses = times.slice(1).map((time, at) => time - times[at]!);
    expect(pauses[0]).toBeGreaterThan(170);
    expect(pauses[1]).toBeGreaterThan(350);
  });

  it('does not begin when the deadline is over', async () => {
    vi.mocked(Math.random).mockReturnValue(0.99);
    const { url, asked } = await scriptedPay(status(500));
    expect((await outageOf(payV2To(url, { deadline: 100 }).query(orderFor(ALICE)))).code).toBe('wechat-unreadable');
    expect(asked).toHaveLength(1);
  });
});

describe('the spare host', () => {
  it('takes over when nobody can be connected to on the main one', async () => {
    for (const baseUrl of [NOBODY, 'http://a..b']) {
      const spare = await scriptedPay(READY);
      const gateway = payV2To(baseUrl, { backupBaseUrl: spare.url });
      expect(await gateway.prepay(orderFor(ALICE))).toMatchObject({ kind: 'ready' });
      expect(spare.asked).toHaveLength(1);
    }
  });

  it('takes over when the main one lets nobody in, which is not waited for to the end', async () => {
    const deaf = createServer();
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void deaf.close());
    const { port } = deaf.address() as AddressInfo;
    const url = await serving((_request, response) => response.end('spare'));
    const client = new PayClient({
      baseUrl: `https://127.0.0.1:${port}`,
      backupBaseUrl: url,
      deadline: 5_000,
      connectDeadline: 50,
    });
    const request = { call: 'x', method: 'POST', path: '/x', headers: {}, body: '' } as const;
    expect(
      await client.ask(
        () => request,
        ({ body }) => body.toString(),
      ),
    ).toBe('spare');
  });

  it.each([
    ['is silent', silence],
    ['hangs up', hangUp],
    ['answers 500', status(500)],
    ['gives an answer that is not signed', '<xml><return_code>SUCCESS</return_code></xml>'],
  ])('is not asked when the main one %s: that may have done it', async (_what, answer) => {
    const [main, spare] = [await scriptedPay(answer), await scriptedPay(READY)];
    await outageOf(payV2To(main.url, { backupBaseUrl: spare.url, deadline: 300 }).prepay(orderFor(ALICE)));
    expect(main.asked.length).toBeGreaterThan(0);
    expect(spare.asked).toEqual([]);
  });
});

describe('the breaker', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });

  const afterSeconds = (seconds: number) => vi.advanceTimersByTime(seconds * SECOND);

  /** A gateway whose hosts have both hung up until neither is asked any more. */
  async function tripped(...thereafter: readonly Answering[]) {
    const twenty = Array.from({ length: 20 }, () => hangUp);
    const [main, spare] = [await scriptedPay(...twenty, ...thereafter), await scriptedPay(hangUp)];
    const gateway = payV2To(main.url, { backupBaseUrl: spare.url, deadline: 500 });
    for (let call = 0; call < 20; call += 1) await outageOf(gateway.query(orderFor(ALICE)));
    return { main, spare, gateway };
  }

  it('opens after 20 failures of one call on one host, and then says so at once', async () => {
    const { main, spare, gateway } = await tripped(READY);
    expect([main.asked.length, spare.asked.length]).toEqual([20, 20]);
    const outage = await outageOf(gateway.query(orderFor(ALICE)));
    expect(outage).toMatchObject({
      code: 'wechat-unreachable',
      retryAfterSeconds: 15,
      cause: { message: 'circuit open' },
    });
    expect([main.asked.length, spare.asked.length]).toEqual([20, 20]);
  });

  it('leaves the other calls alone', async () => {
    const { main, gateway } = await tripped(READY);
    expect(await gateway.prepay(orderFor(ALICE))).toMatchObject({ kind: 'ready' });
    expect(main.asked).toHaveLength(21);
  });

  it('lets one through after 15 seconds, and closes when that goes well', async () => {
    const { main, gateway } = await tripped(v2Failure('ORDERNOTEXIST'));
    afterSeconds(14);
    await outageOf(gateway.query(orderFor(ALICE)));
    expect(main.asked).toHaveLength(20);
    afterSeconds(1);
    expect(await gateway.query(orderFor(ALICE))).toEqual({ kind: 'absent' });
    expect(await gateway.query(orderFor(ALICE))).toEqual({ kind: 'absent' });
    expect(main.asked).toHaveLength(22);
  });

  it('stays open when that one fails, too', async () => {
    const { main, spare, gateway } = await tripped(hangUp);
    afterSeconds(15);
    await outageOf(gateway.query(orderFor(ALICE)));
    await outageOf(gateway.query(orderFor(ALICE)));
    expect([main.asked.length, spare.asked.length]).toEqual([21, 21]);
  });

  it('does not have the others wait for the one that is let through', async () => {
    const { main, spare, gateway } = await tripped(silence);
    afterSeconds(15);
    const first = gateway.query(orderFor(ALICE));
    await vi.waitFor(() => expect(main.asked).toHaveLength(21));
    const over = vi.fn<() => void>();
    void first.then(over);
    await outageOf(gateway.query(orderFor(ALICE)));
    expect(over).not.toHaveBeenCalled();
    expect([main.asked.length, spare.asked.length]).toEqual([21, 21]);
    expect((await outageOf(first)).code).toBe('wechat-timeout');
  });

  it('does not mind half as many failures as successes', async () => {
    const { url, asked } = await scriptedPay(
      ...Array.from({ length: 60 }, (_, at) => (at % 3 === 1 ? status(500) : v2Failure('ORDERNOTEXIST'))),
    );
    const gateway = payV2To(url, { backupBaseUrl: NOBODY });
    for (let call = 0; call < 30; call += 1) expect(await gateway.query(orderFor(ALICE))).toEqual({ kind: 'absent' });
    expect(asked).toHaveLength(45);
  });

  it('does not count what failed half a minute ago', async () => {
    const { url, asked } = await scriptedPay(hangUp);
    const gateway = payV2To(url, { backupBaseUrl: url, deadline: 500 });
    for (let call = 0; call < 30; call += 1) {
      await outageOf(gateway.close(orderFor(ALICE)));
      afterSeconds(5);
    }
    expect(asked.length).toBeGreaterThan(60);
  });

  it('opens again for nobody whose clock is set back', async () => {
    const { main, gateway } = await tripped(v2Failure('ORDERNOTEXIST'));
    vi.setSystemTime(Date.now() - 3_600_000);
    afterSeconds(15);
    expect(await gateway.query(orderFor(ALICE))).toEqual({ kind: 'absent' });
    expect(main.asked).toHaveLength(21);
  });

  it("does not mind any number of WeChat's refusals", async () => {
    const { url, asked } = await scriptedPay(v2Failure('NOAUTH'));
    const gateway = payV2To(url);
    for (let call = 0; call < 30; call += 1) await gateway.prepay(orderFor(ALICE));
    expect(asked).toHaveLength(30);
  });
});

describe('what is sent', () => {
  it('is the order by WeChat’s names, and nothing else', async () => {
    const { url, asked } = await scriptedPay(READY);
    const order = orderFor(ALICE, {
      attach: '自定义]]>数据',
      description: '腾讯充值中心-QQ会员充值',
      timeExpire: new Date('2026-11-22T06:00:00.999Z'),
      prepay: { tradeType: 'JSAPI', clientIp: '2001:db8::7', beganAt: new Date() },
    });
    const notifyUrl = 'https://shop.example/notify';
    await payV2To(url, { notifyUrl }).prepay(order);
    expect(Object.fromEntries(asked[0]!)).toEqual({
      path: '/pay/unifiedorder',
      appid: APPID,
      mch_id: MERCHANT,
      nonce_str: expect.stringMatching(/^\w{32}$/) as string,
      sign_type: 'HMAC-SHA256',
      sign: expect.stringMatching(/^[0-9A-F]{64}$/) as string,
      trade_type: 'JSAPI',
      body: '腾讯充值中心-QQ会员充值',
      attach: '自定义]]>数据',
      out_trade_no: order.id,
      fee_type: 'CNY',
      total_fee: '888',
      spbill_create_ip: '2001:db8::7',
      time_expire: '20261122140000',
      notify_url: notifyUrl,
      openid: ALICE,
    });
  });

  it.each(['MD5', 'HMAC-SHA256'] as const)(
    'is taken and answered by a WeChat that is strict, with %s',
    async (signType) => {
      const control = await simulatedPay();
      const gateway = payV2To(control.url, { signType });
      const prepay = { tradeType: 'JSAPI', clientIp: '::1', beganAt: new Date() } as const;
      const order = orderFor(await openidOf(control, 'alice'), { prepay });
      const request = gateway.paymentRequest(await prepaidBy(gateway, order));
      await control.call('POST', 'pay', { request, notify: false });
      expect(await gateway.query(order)).toMatchObject({ kind: 'paid' });
    },
  );

  it('has a ticket that is good for two hours from before the call', async () => {
    const { url } = await scriptedPay(READY);
    const before = Date.now();
    const answer = await payV2To(url).prepay(orderFor(ALICE));
    expect(answer).toMatchObject({ ticket: { pass: 'wx201411102639507cbf6ffd8b0779950874' } });
    const left = (answer as { ticket: { expiresAt: Date } }).ticket.expiresAt.getTime() - before;
    expect(left).toBeGreaterThanOrEqual(2 * 3_600_000);
  });

  it.each([
    ['another merchant', { mchid: '1900000109' as MchId }],
    ['another app', { appid: 'wx0000000000000000' as AppId }],
  ])('is nothing for an order of %s: WeChat would say that there is none', async (_what, differences) => {
    const { url, asked } = await scriptedPay(v2Failure('ORDERNOTEXIST'));
    for (const call of CALLS)
      expect((await outageOf(run(payV2To(url), call, orderFor(ALICE, differences)))).code).toBe(OPERATOR);
    expect(asked).toEqual([]);
  });

  it('goes past a proxy in the environment: WeChat knows us by our address', async () => {
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, NOBODY);
    const { url } = await scriptedPay(READY);
    expect(await payV2To(url).prepay(orderFor(ALICE))).toMatchObject({ kind: 'ready' });
  });
});

describe('交易保障', () => {
  type Report = Readonly<Record<string, string>>;

  it('tells WeChat how each call went', async () => {
    const control = await simulatedPay();
    const gateway = payV2To(control.url, { reports: true });
    const order = orderFor(await openidOf(control, 'alice'));
    await gateway.prepay(order);
    await gateway.query(orderFor(ALICE, { id: order.id }));
    await gateway.close({
      ...orderFor(ALICE),
      prepay: { tradeType: 'JSAPI', clientIp: '2001:db8::7', beganAt: new Date() },
    });
    const reports = await vi.waitFor(async () => {
      const told = (await control.call<{ reports: Report[] }>('GET', 'ledger')).reports;
      expect(told).toHaveLength(3);
      return told;
    });
    const named = (name: string) => reports.map((report) => report[name]);
    const by = (call: string) => reports.find((report) => report.interface_url?.endsWith(call))!;
    expect(new Set(named('interface_url'))).toEqual(
      new Set(['closeorder', 'orderquery', 'unifiedorder'].map((call) => `${control.url}/pay/${call}`)),
    );
    expect(named('execute_time_').every((time) => /^\d+$/.test(time!))).toBe(true);
    expect(by('unifiedorder')).toMatchObject({
      return_code: 'SUCCESS',
      result_code: 'SUCCESS',
      out_trade_no: order.id,
    });
    expect(by('unifiedorder')).toMatchObject({ user_ip: '203.0.113.7', time: expect.stringMatching(/^\d{14}$/) });
    expect(by('closeorder')).toMatchObject({ result_code: 'FAIL', err_code: 'ORDERNOTEXIST', user_ip: '2001:db8::7' });
  });

  /** Answers the calls at once, and reports as it is told. */
  async function reporting(report: Answering) {
    let reports = 0;
    const { url } = await scriptedPay((request, response) => {
      if (request.url !== '/payitil/report') return response.end(v2Failure('ORDERNOTEXIST'));
      reports += 1;
      return typeof report === 'string' ? response.end(report) : report(request, response);
    });
    return { url, reports: () => reports };
  }

  it.each([
    ['never answered', silence],
    ['hung up on', hangUp],
    ['refused', status(500)],
  ])('a report that is %s neither slows nor fails what was reported', async (_what, trouble) => {
    const { url, reports } = await reporting(trouble);
    const gateway = payV2To(url, { reports: true });
    for (let call = 0; call < 3; call += 1) expect(await gateway.query(orderFor(ALICE))).toEqual({ kind: 'absent' });
    await vi.waitFor(() => expect(reports()).toBe(3));
    await wait(50);
    expect(reports()).toBe(3);
  });

  it('at most twenty are under way, and what comes beyond is dropped', async () => {
    const held: { end(): unknown }[] = [];
    const { url, reports } = await reporting((_request, response) => held.push(response));
    const gateway = payV2To(url, { reports: true });
    for (let call = 0; call < 30; call += 1) await gateway.query(orderFor(ALICE));
    await vi.waitFor(() => expect(reports()).toBe(20));
    for (const response of held) response.end();
    await wait(100);
    expect(reports()).toBe(20);
    await gateway.query(orderFor(ALICE));
    await vi.waitFor(() => expect(reports()).toBe(21));
  });

  it('tells of a call without an answer', async () => {
    const told: ReadonlyMap<string, string>[] = [];
    const { url, asked } = await scriptedPay((request, response) =>
      request.url === '/payitil/report' ? response.end() : response.writeHead(500).end(),
    );
    await payV2To(url, { reports: true }).query(orderFor(ALICE));
    await vi.waitFor(() => {
      told.push(...asked.filter((fields) => fields.get('path') === '/payitil/report'));
      expect(told).not.toEqual([]);
    });
    expect(told[0]!.get('return_code')).toBe('FAIL');
  });

  it('is silent unless it is wanted', async () => {
    const { url, reports } = await reporting('');
    await payV2To(url).query(orderFor(ALICE));
    await wait(50);
    expect(reports()).toBe(0);
  });
});

describe('a notice', () => {
  const gateway = payV2To(NOBODY);
  const raw = (body: string | Uint8Array): RawNotice => ({
    headers: [
      ['Content-Type', 'text/xml'],
      ['X-Twice', '1'],
      ['X-Twice', '2'],
    ],
    body: Buffer.from(body),
  });
  const read = async (fields: Fields, more = gateway) => {
    const reading = await more.readNotice(raw(v2Message({ ...PAID, ...fields })));
    if (reading.kind !== 'payment') throw new Error(reading.kind);
    return reading.notice;
  };

  it('is read whole', async () => {
    const notice = await read({ fee_type: 'CNY', attach: '支付测试' });
    expect(notice).toEqual({
      outTradeNo: '1415757673',
      transactionId: '1008450740201411110005820873',
      result: {
        kind: 'paid',
        report: {
          appid: APPID,
          mchid: MERCHANT,
          outTradeNo: '1415757673',
          transactionId: '1008450740201411110005820873',
          total: 888,
          currency: 'CNY',
          payer: ALICE,
          payerTotal: 888,
          tradeType: 'JSAPI',
          bankType: 'CFT',
          paidAt: new Date('2014-11-11T09:00:43Z'),
        },
      },
      kept: {
        headers: [
          ['Content-Type', 'text/xml'],
          ['X-Twice', '1'],
          ['X-Twice', '2'],
        ],
        body: v2Message({ ...PAID, fee_type: 'CNY', attach: '支付测试' }),
      },
    });
  });

  it('is kept to the byte, with a BOM and carriage returns', async () => {
    const body = `\ufeff<?xml version="1.0"?>\r\n${v2Message(PAID)}\r\n`;
    const reading = await gateway.readNotice(raw(body));
    expect(reading).toMatchObject({ kind: 'payment', notice: { kept: { body } } });
  });

  it.each([
    ['return_code', 'result_code', undefined],
    ['result_code', 'result_code', 'MAYBE'],
    ['appid', 'appid', undefined],
    ['appid', 'appid', ''],
    ['mch_id', 'mch_id', undefined],
    ['out_trade_no', 'out_trade_no', undefined],
    ['transaction_id', 'transaction_id', undefined],
    ['transaction_id', 'transaction_id', '123456789'],
    ['transaction_id', 'transaction_id', '1'.repeat(33)],
    ['transaction_id', 'transaction_id', '1.00845074020141E+27'],
    ['total_fee', 'total_fee', undefined],
    ['total_fee', 'total_fee', ''],
    ['total_fee', 'total_fee', '8.88'],
    ['total_fee', 'total_fee', '-888'],
    ['total_fee', 'total_fee', '0888'],
    ['total_fee', 'total_fee', ' 888'],
    ['total_fee', 'total_fee', '0x378'],
    ['total_fee', 'total_fee', '８８８'],
    ['total_fee', 'total_fee', '99999999999'],
    ['time_end', 'time_end', undefined],
    ['time_end', 'time_end', '2014-11-11 17:00:43'],
    ['time_end', 'time_end', '20141131170043'],
  ])('with %s that cannot be is unreadable, by the name of %s: %j', async (_what, field, value) => {
    expect((await read({ [field]: value })).result).toEqual({ kind: 'unreadable', field });
  });

  it('that is unreadable still says which payment it is about, as far as that can be read', async () => {
    expect(await read({ total_fee: 'x' })).toMatchObject({
      outTradeNo: PAID.out_trade_no,
      transactionId: PAID.transaction_id,
    });
    expect(await read({ out_trade_no: undefined, transaction_id: 'x' })).toMatchObject({
      outTradeNo: null,
      transactionId: null,
    });
  });

  it.each([
    [{ total_fee: '1' }, { total: 1 }],
    [{ total_fee: '0' }, { total: 0 }],
    [{ fee_type: 'USD' }, { currency: 'USD' }],
    [{ fee_type: '' }, { currency: 'CNY' }],
    [{ appid: 'wx0000000000000000' }, { appid: 'wx0000000000000000' }],
    [{ mch_id: '1900000109' }, { mchid: '1900000109' }],
    [{ out_trade_no: 'another' }, { outTradeNo: 'another' }],
    [{ openid: 'oSomebodyElse' }, { payer: 'oSomebodyElse' }],
    [{ openid: undefined }, { payer: null }],
    [{ openid: '' }, { payer: null }],
    [{ cash_fee: undefined }, { payerTotal: null }],
    [{ cash_fee: 'much' }, { payerTotal: null }],
    [
      { trade_type: undefined, bank_type: '' },
      { tradeType: null, bankType: null },
    ],
  ])('with %j is reported as it came, for the domain to compare', async (fields, report) => {
    expect((await read(fields)).result).toMatchObject({ kind: 'paid', report });
  });

  it.each([
    [
      'indexed',
      { coupon_fee: '100', coupon_count: '1', coupon_fee_0: '100', coupon_id_0: '10000', coupon_type_0: 'CASH' },
    ],
    ['not indexed', { coupon_fee: '100', coupon_count: '1', coupon_type: 'CASH', coupon_id: '10000' }],
    ['as in the official sample', { coupon_fee: '1000', coupon_count: '1', coupon_type: 'CASH', coupon_id: '10000' }],
    ['of eleven coupons', Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`coupon_fee_${n}`, '10']))],
  ])('with coupons, %s, counts its total', async (_what, coupons) => {
    const { result } = await read({ ...coupons, cash_fee: '788', settlement_total_fee: '788' });
    expect(result).toMatchObject({ kind: 'paid', report: { total: 888, payerTotal: 788 } });
  });

  it('of a payment that failed says why', async () => {
    const failed = { result_code: 'FAIL', err_code: 'BANKERROR', transaction_id: undefined, time_end: undefined };
    const reason = { kind: 'failed', appid: APPID, mchid: MERCHANT };
    expect(await read(failed)).toMatchObject({ transactionId: null, result: { ...reason, reason: 'BANKERROR' } });
    expect((await read({ ...failed, err_code: undefined })).result).toEqual({ ...reason, reason: 'FAIL' });
    expect((await read({ ...failed, out_trade_no: '' })).result).toEqual({ kind: 'unreadable', field: 'out_trade_no' });
  });

  it.each([
    ['MD5', 'MD5', 'payment'],
    ['HMAC-SHA256', 'HMAC-SHA256', 'payment'],
    ['HMAC-SHA256', 'MD5', 'downgraded'],
    ['MD5', 'HMAC-SHA256', 'downgraded'],
  ] as const)('to a merchant of %s, signed with %s, is %s, whatever it says of itself', async (agreed, used, kind) => {
    for (const sign_type of [undefined, '', 'MD5', 'HMAC-SHA256', 'none']) {
      const body = v2Message({ ...PAID, sign_type }, { signType: used });
      expect((await payV2To(NOBODY, { signType: agreed }).readNotice(raw(body))).kind).toBe(kind);
    }
  });

  it.each([
    ['with another key', v2Message(PAID, { key: '0'.repeat(32) })],
    ['with an empty key', v2Message(PAID, { key: '' })],
    ['by nobody', v2Message(PAID).replace(/<sign>.*<\/sign>/, '')],
    ['with nothing', v2Message(PAID).replace(/(<sign>).*(<\/sign>)/, '$1$2')],
    ['in small letters', v2Message(PAID).replace(/[0-9A-F]{64}/, (sign) => sign.toLowerCase())],
    ['for another total', v2Message(PAID).replace('[888]', '[8880]')],
    ['without a field that was added', v2Message(PAID).replace('</xml>', '<attach>x</attach></xml>')],
    ['with a field that was dropped', v2Message(PAID).replace(/<bank_type>.*<\/bank_type>/, '')],
    ['and total_fee missing', v2Message({ total_fee: undefined }, { key: 'another' })],
  ])('signed %s is forged', async (_what, body) => {
    expect(await gateway.readNotice(raw(body))).toEqual({ kind: 'forged', why: expect.stringMatching(/^not signed/) });
  });

  it('of which a byte was changed is never taken for another', async () => {
    const whole = Buffer.from(v2Message(PAID));
    const kinds = await Promise.all(
      Array.from(whole, async (byte, at) => {
        const body = Buffer.from(whole);
        body[at] = byte ^ 1;
        return (await gateway.readNotice(raw(body))).kind;
      }),
    );
    expect(kinds.filter((kind) => kind !== 'forged' && kind !== 'malformed')).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['JSON', '{"id":"EV-2018022511223320873"}'],
    ['half of it', v2Message(PAID).slice(0, 300)],
    ['a DOCTYPE', `<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>${v2Message(PAID)}`],
    ['a total twice', v2Message(PAID).replace('</xml>', '<total_fee>1</total_fee></xml>')],
    ['return_code FAIL', v2Message({ ...PAID, return_code: 'FAIL' })],
    ['no return_code', v2Message({ ...PAID, return_code: undefined })],
    [
      'more than 32 KiB',
      v2Message({ ...PAID, ...Object.fromEntries('abcde'.split('').map((n) => [n, n.repeat(8_000)])) }),
    ],
  ])('that is %s is malformed', async (_what, body) => {
    expect(await gateway.readNotice(raw(body))).toEqual({ kind: 'malformed', why: expect.any(String) });
  });
});

describe('what a notice is answered', () => {
  const answer = (code: string, message: string) =>
    `<xml><return_code><![CDATA[${code}]]></return_code><return_msg><![CDATA[${message}]]></return_msg></xml>`;

  it.each(
    Object.entries({
      paid: 200,
      duplicate: 200,
      recorded: 200,
      ignored: 200,
      noted: 200,
      forged: 401,
      probe: 401,
      stale: 401,
      'unknown-key': 401,
      malformed: 400,
      downgraded: 422,
      mismatch: 422,
      'unknown-order': 503,
      'not-now': 503,
    } satisfies Record<NoticeVerdict, number>),
  )('%s -> %i', (verdict, status) => {
    const { body, ...rest } = payV2To(NOBODY).acknowledge(verdict as NoticeVerdict);
    expect(rest).toEqual({ status, contentType: 'text/xml; charset=utf-8' });
    if (status === 200) expect(body).toBe(answer('SUCCESS', 'OK'));
    else expect(body).toMatch(/^<xml><return_code><!\[CDATA\[FAIL\]\]><\/return_code><return_msg>/);
  });
});

describe('with payments off', () => {
  const off: PaymentGateway & NoticeReader = new NoPayments();
  const order = orderFor(ALICE);

  it.each(CALLS)('%s is refused', async (call) => {
    await expect(run(off, call, order)).rejects.toThrow(PaymentsOff);
  });

  it('everything else is, too', async () => {
    const raw = { headers: [], body: Buffer.from('') };
    for (const name of ['merchant', 'api', 'appAppid'] as const) expect(() => off[name]).toThrow(PaymentsOff);
    for (const name of ['paymentRequest', 'appRequest'] as const)
      expect(() => off[name](prepaidOf(order))).toThrow(PaymentsOff);
    await expect(off.readNotice(raw)).rejects.toThrow(PaymentsOff);
    expect(() => off.acknowledge('paid')).toThrow(PaymentsOff);
  });
});
