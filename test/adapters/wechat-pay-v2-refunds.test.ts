import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PayClient } from '../../src/adapters/wechat/pay-client/pay-client.ts';
import type { REFUND_CODES, REFUNDQUERY_CODES } from '../../src/adapters/wechat/pay-v2/err-codes.ts';
import { NoPayments } from '../../src/adapters/wechat/payments-off.ts';
import { writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { sealRefundNotice } from '../../src/adapters/wechat/protocol/refund-notice-seal.ts';
import { stringToSign } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import type { AppId } from '../../src/domain/account/account.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import { PaymentsOff } from '../../src/domain/order/order-refusals.ts';
import { pay } from '../../src/domain/order/order-steps.ts';
import type { MchId, PaidOrder } from '../../src/domain/order/order.ts';
import type { NoticeReader, RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PaymentGateway, RefundsAnswer } from '../../src/domain/order/payment-gateway.ts';
import { requestRefund } from '../../src/domain/order/refund-steps.ts';
import type { AbnormalRefund, OutRefundNo, Refund } from '../../src/domain/order/refund.ts';
import { Secret } from '../../src/domain/secret.ts';
import {
  type CertifiedHost,
  certifiedHost,
  FOREIGNER,
  MERCHANT_FILES,
  trustTestAuthority,
} from '../support/certified-host.ts';
import { prepaidBy } from '../contracts/payment-gateway-harness.ts';
import { ALICE, outageOf, TROUBLES } from '../support/pay-troubles.ts';
import { APP_APPID, APPID, samplePayment } from '../support/samples.ts';
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
import { MERCHANT, openidOf, orderFor, payV2To, simulatedPay, V2_KEY } from '../support/simulated-wechat-pay.ts';

const NOBODY = 'http://127.0.0.1:1';
const BUSY = 'wechat-busy';
const OPERATOR = 'wechat-misconfigured';
const UNREADABLE = 'wechat-unreadable';
const PAYMENT = samplePayment({ transactionId: '1008450740201411110005820873' });
const WISH = { id: '1217752501201407033233368018' as OutRefundNo, amount: fen(108), reason: '商品已售完' };

/** An order of ¥8.88 that was paid just now. */
function paidOrder(differences: Partial<PaidOrder> = {}): PaidOrder {
  const payment = { ...PAYMENT, paidAt: new Date() };
  return { ...pay(orderFor(ALICE), payment, { now: new Date() }).order, ...differences };
}

function refundIn(order: PaidOrder, differences: Partial<Pick<Refund, 'id' | 'amount' | 'reason'>> = {}): Refund {
  const wish = { ...WISH, origin: 'merchant', requestId: null, ...differences } as const;
  return requestRefund(order, wish, new Date()).order.refunds.at(-1)!;
}

const accepted = (fields: Fields = {}): string =>
  v2Message({
    transaction_id: PAYMENT.transactionId,
    out_refund_no: WISH.id,
    refund_id: '2008450740201411110000174436',
    refund_fee: '108',
    ...fields,
  });

const ACCEPTED = { kind: 'accepted', refundId: '2008450740201411110000174436' };

const refundTo = (url: string, order = paidOrder()) => payV2To(url).refund(order, refundIn(order));

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('every err_code has its meaning', () => {
  const refused = (reason: string) => ({ kind: 'refused', reason });
  const abnormal = (reason: string) => ({ kind: 'abnormal', reason });
  const later = (reason: string, wait: number) => ({ kind: 'later', reason, wait });

  const REFUND: Record<keyof typeof REFUND_CODES, object | string> = {
    SYSTEMERROR: BUSY,
    BIZERR_NEED_RETRY: BUSY,
    ERROR: BUSY,
    FREQUENCY_LIMITED: later('FREQUENCY_LIMITED', MINUTE),
    INVALID_REQ_TOO_MUCH: later('INVALID_REQ_TOO_MUCH', MINUTE),
    NOTENOUGH: later('NOTENOUGH', 10 * MINUTE),
    USER_ACCOUNT_ABNORMAL: abnormal('USER_ACCOUNT_ABNORMAL'),
    TRADE_OVERDUE: abnormal('TRADE_OVERDUE'),
    ORDERNOTEXIST: refused('ORDERNOTEXIST'),
    INVALID_TRANSACTIONID: refused('INVALID_TRANSACTIONID'),
    PARAM_ERROR: refused('PARAM_ERROR'),
    SIGNERROR: refused('SIGNERROR'),
    XML_FORMAT_ERROR: refused('XML_FORMAT_ERROR'),
    REQUIRE_POST_METHOD: refused('REQUIRE_POST_METHOD'),
    APPID_NOT_EXIST: refused('APPID_NOT_EXIST'),
    MCHID_NOT_EXIST: refused('MCHID_NOT_EXIST'),
  };

  const QUERY: Record<keyof typeof REFUNDQUERY_CODES, object | string> = {
    REFUNDNOTEXIST: { kind: 'absent' },
    SYSTEMERROR: BUSY,
    BIZERR_NEED_RETRY: BUSY,
    NOAUTH: OPERATOR,
    INVALID_TRANSACTIONID: OPERATOR,
    PARAM_ERROR: OPERATOR,
    SIGNERROR: OPERATOR,
    XML_FORMAT_ERROR: OPERATOR,
    REQUIRE_POST_METHOD: OPERATOR,
    APPID_NOT_EXIST: OPERATOR,
    MCHID_NOT_EXIST: OPERATOR,
  };

  /** What is in no list of WeChat's settles nothing. */
  const ANY = {
    FREQUENCY_LIMIT_EXCEED: BUSY,
    NEVER_HEARD_OF: UNREADABLE,
    toString: UNREADABLE,
    '': UNREADABLE,
    '<b>not a code</b>': UNREADABLE,
  };

  const ROWS = (
    [
      ['refund', REFUND],
      ['queryRefunds', QUERY],
    ] as const
  ).flatMap(([call, table]) =>
    Object.entries({ ...table, ...ANY }).map(([code, expected]) => [call, code, expected] as const),
  );

  it.each(ROWS)('%s %s -> %j', async (call, code, expected) => {
    const { url } = await scriptedPay(v2Failure(code));
    const order = paidOrder();
    const answering = payV2To(url)[call](order, refundIn(order));
    if (typeof expected !== 'string') return expect(await answering).toEqual(expected);
    const outage = await outageOf(answering);
    expect(outage.code).toBe(expected);
    expect(outage.cause).toMatchObject({ code: /^\w+$/.test(code) ? code : 'FAIL' });
  });
});

describe('trouble on the way leaves it unknown', () => {
  it.each(TROUBLES)('refund: %s', async (_what, answer, code) => {
    const { url, asked } = await scriptedPay(answer);
    const order = paidOrder();
    const outage = await outageOf(payV2To(url, { deadline: 300 }).refund(order, refundIn(order)));
    expect(outage.code).toBe(code);
    expect(outage.retryAfterSeconds).toBeGreaterThan(0);
    expect(asked).toHaveLength(1);
  });

  it.each(TROUBLES)('queryRefunds: %s', async (_what, answer, code, times) => {
    const { url, asked } = await scriptedPay(answer);
    const gateway = payV2To(url, { deadline: times === 1 ? 300 : 2_000 });
    expect((await outageOf(gateway.queryRefunds(paidOrder()))).code).toBe(code);
    expect(asked).toHaveLength(times);
  });

  it('of a refund is waited for twice as long as of anything else', async () => {
    const answerLate: Answering = (_request, response) => setTimeout(() => response.end(accepted()), 400);
    const { url } = await scriptedPay(answerLate);
    const order = paidOrder();
    expect(await payV2To(url, { deadline: 300 }).refund(order, refundIn(order))).toEqual(ACCEPTED);
    expect((await outageOf(payV2To(url, { deadline: 300 }).queryRefunds(order))).code).toBe('wechat-timeout');
  });

  it.each<[what: string, Fields, code: string]>([
    ['another out_refund_no', { out_refund_no: 'another' }, UNREADABLE],
    ['no out_refund_no', { out_refund_no: undefined }, UNREADABLE],
    ['another order', { out_trade_no: 'another' }, UNREADABLE],
    ['another payment', { transaction_id: '1008450740201411110005820874' }, UNREADABLE],
    ['no refund_id', { refund_id: undefined }, UNREADABLE],
    ['an empty refund_id', { refund_id: '' }, UNREADABLE],
    ['a refund_id that cannot be', { refund_id: '2008 4507' }, UNREADABLE],
    ['a refund_id too long', { refund_id: '2'.repeat(33) }, UNREADABLE],
    ['another amount', { refund_fee: '109' }, OPERATOR],
    ['an amount of another spelling', { refund_fee: '108.0' }, OPERATOR],
    ['no amount', { refund_fee: undefined }, OPERATOR],
  ])('an acceptance of %s is none of ours', async (_what, fields, code) => {
    const { url, asked } = await scriptedPay(accepted(fields));
    expect((await outageOf(refundTo(url))).code).toBe(code);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['another merchant', { mchid: '1900000109' as MchId }],
    ['another app', { appid: 'wx0000000000000000' as AppId }],
  ])('an order of %s is not asked about', async (_what, differences) => {
    const { url, asked } = await scriptedPay(accepted());
    const order = paidOrder(differences);
    expect((await outageOf(refundTo(url, order))).code).toBe(OPERATOR);
    expect((await outageOf(payV2To(url).queryRefunds(order))).code).toBe(OPERATOR);
    expect(asked).toEqual([]);
  });
});

describe('what is sent', () => {
  it('is the refund by WeChat’s names, and nothing else', async () => {
    const { url, asked } = await scriptedPay(accepted());
    const order = paidOrder();
    const refundNotifyUrl = 'https://shop.example/notify';
    expect(await payV2To(url, { refundNotifyUrl }).refund(order, refundIn(order))).toEqual(ACCEPTED);
    expect(Object.fromEntries(asked[0]!)).toEqual({
      path: '/secapi/pay/refund',
      appid: APPID,
      mch_id: MERCHANT,
      nonce_str: expect.stringMatching(/^\w{32}$/) as string,
      sign_type: 'HMAC-SHA256',
      sign: expect.stringMatching(/^[0-9A-F]{64}$/) as string,
      transaction_id: PAYMENT.transactionId,
      out_refund_no: WISH.id,
      total_fee: '888',
      refund_fee: '108',
      refund_desc: '商品已售完',
      notify_url: refundNotifyUrl,
    });
  });

  it.each([null, ''])('leaves out a reason of %j', async (reason) => {
    const { url, asked } = await scriptedPay(accepted());
    const order = paidOrder();
    await payV2To(url).refund(order, refundIn(order, { reason }));
    expect(asked[0]!.has('refund_desc')).toBe(false);
  });

  it('is the same in another process and later, for all of it comes from the order and the refund', async () => {
    const { url, asked } = await scriptedPay(accepted());
    const order = paidOrder();
    const refund = refundIn(order);
    await payV2To(url).refund(order, refund);
    await payV2To(url).refund(structuredClone(order), {
      ...refund,
      looks: 7,
      askedAt: new Date(),
      trouble: 'NOTENOUGH',
    });
    const [first, again] = asked.map((fields) => stringToSign(fields).replace(/&nonce_str=\w{32}/, ''));
    expect(again).toBe(first);
  });

  it.each(['MD5', 'HMAC-SHA256'] as const)(
    'is taken and answered by a WeChat that is strict, with %s',
    async (signType) => {
      const control = await simulatedPay();
      const gateway = payV2To(control.url, { signType });
      const begun = orderFor(await openidOf(control, 'alice'));
      const request = gateway.paymentRequest(await prepaidBy(gateway, begun));
      await control.call('POST', 'pay', { request, notify: false, coupons: COUPONS });
      const known = await gateway.query(begun);
      if (known.kind !== 'paid') throw new Error(known.kind);
      const order = pay(begun, known.report, { now: new Date() }).order;
      expect(await gateway.refund(order, refundIn(order, { amount: fen(888) }))).toMatchObject({ kind: 'accepted' });
      expect(await gateway.queryRefunds(order)).toMatchObject({ reports: [{ outRefundNo: WISH.id, amount: 888 }] });
    },
  );

  const COUPONS = [
    { fee: 100, type: 'CASH' },
    { fee: 8, type: 'NO_CASH' },
  ];
});

describe('the budget of failures', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });

  const TOO_OFTEN = { kind: 'later', reason: null, wait: SECOND };

  it('lets five of them through in a second, and says of more to come later, without a reason of WeChat’s', async () => {
    const { url, asked } = await scriptedPay(v2Failure('PARAM_ERROR'));
    const gateway = payV2To(url);
    const order = paidOrder();
    const ask = () => gateway.refund(order, refundIn(order));
    for (let call = 0; call < 5; call += 1) expect(await ask()).toMatchObject({ kind: 'refused' });
    expect(await ask()).toEqual(TOO_OFTEN);
    vi.advanceTimersByTime(999);
    expect(await ask()).toEqual(TOO_OFTEN);
    expect(asked).toHaveLength(5);
    vi.advanceTimersByTime(1);
    expect(await ask()).toMatchObject({ kind: 'refused' });
  });

  it.each<[string, Answering]>([
    ['denied', v2Failure('NOTENOUGH')],
    ['hung up on', hangUp],
    ['not understood', '<html>'],
  ])('lets five of a hundred at once through that are %s', async (_what, answer) => {
    const { url, asked } = await scriptedPay(answer);
    const gateway = payV2To(url);
    const order = paidOrder();
    const answers = await Promise.all(Array.from({ length: 100 }, () => gateway.refund(order, refundIn(order))));
    expect(asked).toHaveLength(5);
    expect(
      answers.filter(({ kind, ...rest }) => kind === 'later' && 'wait' in rest && rest.wait === SECOND),
    ).toHaveLength(95);
  });

  it('does not mind any number that go well', async () => {
    const { url, asked } = await scriptedPay(accepted());
    const gateway = payV2To(url);
    const order = paidOrder();
    for (let call = 0; call < 30; call += 1) expect(await gateway.refund(order, refundIn(order))).toEqual(ACCEPTED);
    expect(asked).toHaveLength(30);
  });

  it('is spent by nothing but refunds', async () => {
    const { url } = await scriptedPay(...Array.from({ length: 10 }, () => v2Failure('NOAUTH')), accepted());
    const gateway = payV2To(url);
    const order = paidOrder();
    for (let call = 0; call < 10; call += 1) await gateway.queryRefunds(order);
    expect(await gateway.refund(order, refundIn(order))).toEqual(ACCEPTED);
  });
});

describe('the spare host', () => {
  it('takes a refund that nobody can be connected to for on the main one', async () => {
    const spare = await scriptedPay(accepted());
    const order = paidOrder();
    expect(await payV2To(NOBODY, { backupBaseUrl: spare.url }).refund(order, refundIn(order))).toEqual(ACCEPTED);
  });

  it.each<[string, Answering]>([
    ['is silent', silence],
    ['hangs up', hangUp],
    ['answers 500', status(500)],
  ])('is not asked for a refund when the main one %s: that may have done it', async (_what, answer) => {
    const [main, spare] = [await scriptedPay(answer), await scriptedPay(accepted())];
    const order = paidOrder();
    const gateway = payV2To(main.url, { backupBaseUrl: spare.url, deadline: 200 });
    await outageOf(gateway.refund(order, refundIn(order)));
    expect([main.asked.length, spare.asked.length]).toEqual([1, 0]);
  });
});

describe('the merchant certificate', () => {
  trustTestAuthority();

  const ours = { cert: MERCHANT_FILES.cert, key: new Secret(MERCHANT_FILES.key) };
  const theirs = { cert: FOREIGNER.cert, key: new Secret(FOREIGNER.key) };
  const gatewayTo = (host: CertifiedHost, certificate = ours) => payV2To(host.url, { certificate });
  const keyLines = [...MERCHANT_FILES.key.split('\n'), ...FOREIGNER.key.split('\n')].filter((line) => line.length > 40);

  it('is shown for a refund, to a host that asks for it', async () => {
    const host = await certifiedHost(accepted());
    const order = paidOrder();
    expect(await gatewayTo(host).refund(order, refundIn(order))).toEqual(ACCEPTED);
    expect(host.shown).toEqual(['1230000109']);
  });

  it('is shown for nothing else', async () => {
    const host = await certifiedHost(v2Failure('REFUNDNOTEXIST'), { isRequired: false });
    expect(await gatewayTo(host).queryRefunds(paidOrder())).toEqual({ kind: 'absent' });
    expect(host.shown).toEqual([undefined]);
  });

  it('is asked for: without it nothing gets through', async () => {
    const host = await certifiedHost(accepted());
    const { code } = await outageOf(gatewayTo(host).queryRefunds(paidOrder()), ...keyLines);
    expect(code).toBe('wechat-unreachable');
    const request = { call: 'refund', method: 'POST', path: '/', headers: {}, body: '' } as const;
    const bare = new PayClient({ baseUrl: host.url, backupBaseUrl: host.url, deadline: 2_000, mostRepeats: 0 });
    await expect(
      bare.ask(
        () => request,
        ({ status }) => status,
      ),
    ).rejects.toMatchObject({ code: 'wechat-unreachable' });
    expect(host.shown).toEqual([]);
  });

  it('of another authority is not let in, and its key is in no error', async () => {
    const host = await certifiedHost(accepted());
    const order = paidOrder();
    const { code } = await outageOf(gatewayTo(host, theirs).refund(order, refundIn(order)), ...keyLines);
    expect(code).toBe('wechat-unreachable');
    expect(host.shown).toEqual([]);
  });

  it('is not shown to a host that nobody vouches for', async () => {
    const host = await certifiedHost(accepted(), { isImpostor: true });
    const order = paidOrder();
    const { code } = await outageOf(gatewayTo(host).refund(order, refundIn(order)), ...keyLines);
    expect(code).toBe('wechat-unreachable');
    expect(host.shown).toEqual([]);
  });

  it('that is missing is not known to WeChat to be missing, for nobody is asked', async () => {
    const { url, asked } = await scriptedPay(accepted());
    const order = paidOrder();
    const gateway = payV2To(url, { certificate: null });
    const answer = await gateway.refund(order, refundIn(order));
    expect(answer).toMatchObject({ kind: 'unknown', outage: { code: 'wechat-misconfigured' } });
    expect(asked).toEqual([]);
  });

  it('is of no interest where a host is spoken to without TLS', async () => {
    const { url } = await scriptedPay(accepted());
    const order = paidOrder();
    const certificate = { cert: 'none', key: new Secret('none') };
    expect(await payV2To(url, { certificate }).refund(order, refundIn(order))).toEqual(ACCEPTED);
  });
});

/** Refunds as WeChat lists them, each under its index. */
const listed = (refunds: readonly Fields[], more: Fields = {}): string => {
  const fields = refunds.flatMap((refund, index) =>
    Object.entries({ ...ONE, ...refund }).map(([name, value]) => [`${name}_${index}`, value] as const),
  );
  return v2Message({ refund_count: String(refunds.length), ...Object.fromEntries(fields), ...more });
};

const ONE: Fields = {
  out_refund_no: WISH.id,
  refund_id: '2008450740201411110000174436',
  refund_channel: 'ORIGINAL',
  refund_fee: '108',
  settlement_refund_fee: '108',
  refund_account: 'REFUND_SOURCE_UNSETTLED_FUNDS',
  refund_status: 'PROCESSING',
  refund_recv_accout: '支付用户零钱',
};

const REPORT = {
  outRefundNo: WISH.id,
  refundId: '2008450740201411110000174436',
  amount: 108,
  state: 'processing',
  succeededAt: null,
};

const query = async (...answers: readonly Answering[]) => {
  const pay = await scriptedPay(...answers);
  return { ...pay, answering: payV2To(pay.url).queryRefunds(paidOrder()) };
};

const reportsIn = (answer: RefundsAnswer) => {
  if (answer.kind !== 'refunds') throw new Error(`the answer was ${answer.kind}`);
  return answer.reports;
};

describe('a refund in the list', () => {
  it.each([
    ['SUCCESS', 'succeeded'],
    ['REFUNDCLOSE', 'closed'],
    ['PROCESSING', 'processing'],
    ['CHANGE', 'abnormal'],
  ])('that is %s is %s', async (refund_status, state) => {
    const { answering } = await query(listed([{ refund_status }]));
    expect(await answering).toEqual({ kind: 'refunds', reports: [{ ...REPORT, state }] });
  });

  it.each<[string, Date | null]>([
    ['2017-11-25 15:36:17', new Date('2017-11-25T07:36:17Z')],
    ['', null],
  ])('succeeded at %j', async (refund_success_time, succeededAt) => {
    const { answering } = await query(listed([{ refund_status: 'SUCCESS', refund_success_time }]));
    expect(await answering).toMatchObject({ reports: [{ state: 'succeeded', succeededAt }] });
  });

  it('has a time of success only where it succeeded', async () => {
    const { answering } = await query(listed([{ refund_success_time: '2017-11-25 15:36:17' }]));
    expect(await answering).toMatchObject({ reports: [{ state: 'processing', succeededAt: null }] });
  });

  it.each<[name: string, value: string | undefined]>([
    ['refund_status', 'NEVER_HEARD_OF'],
    ['refund_status', 'constructor'],
    ['refund_status', ''],
    ['refund_status', undefined],
    ['refund_fee', undefined],
    ['refund_fee', '1.08'],
    ['refund_fee', '-108'],
    ['refund_fee', '0108'],
    ['out_refund_no', undefined],
    ['out_refund_no', ''],
    ['out_refund_no', '两'],
    ['out_refund_no', 'x'.repeat(65)],
    ['refund_id', undefined],
    ['refund_id', ' '],
  ])('with %s %j is no answer', async (name, value) => {
    const { answering } = await query(listed([{}, { out_refund_no: 'second', [name]: value }]));
    expect((await outageOf(answering)).code).toBe(UNREADABLE);
  });

  it('that succeeded at no real time is no answer', async () => {
    for (const refund_success_time of ['20171125153617', '2017-02-29 15:36:17']) {
      const { answering } = await query(listed([{ refund_status: 'SUCCESS', refund_success_time }]));
      expect((await outageOf(answering)).code).toBe(UNREADABLE);
    }
  });

  it.each<[string, Fields]>([
    ['no refund_count', { refund_count: undefined }],
    ['more than there are', { refund_count: '2' }],
    ['fewer than there are', { refund_count: '0' }],
    ['no number', { refund_count: 'one' }],
    ['a total that is no number', { total_refund_count: 'many' }],
    ['another order', { out_trade_no: 'another' }],
  ])('in an answer with %s is none', async (_what, more) => {
    const { answering } = await query(listed([{}], more));
    expect((await outageOf(answering)).code).toBe(UNREADABLE);
  });

  it('is told apart from its coupons, which are told apart by two indices', async () => {
    const coupons = Array.from({ length: 12 }, (_, n) => ({
      [`coupon_type_0_${n}`]: 'CASH',
      [`coupon_refund_id_0_${n}`]: `${n}`,
      [`coupon_refund_fee_0_${n}`]: '1',
      [`coupon_refund_fee_1_${n}`]: '2',
    }));
    const more = Object.assign(
      {
        coupon_refund_fee_0: '12',
        coupon_refund_count_0: '12',
        coupon_refund_fee_1: '24',
        refund_fee_7_0: '1',
        new_refund_fee_8: '1',
      },
      ...coupons,
    ) as Fields;
    const { answering } = await query(listed([{}, { out_refund_no: 'second', refund_fee: '208' }], more));
    expect(await answering).toEqual({
      kind: 'refunds',
      reports: [REPORT, { ...REPORT, outRefundNo: 'second', amount: 208 }],
    });
  });

  it('is one of ten with more coupons than a notice could hold', async () => {
    const refunds = Array.from({ length: 10 }, (_, n) => ({ out_refund_no: `R${n}` }));
    const coupons = refunds.flatMap((_, n) =>
      Array.from({ length: 40 }, (_, m) => [`coupon_refund_fee_${n}_${m}`, '1'] as const),
    );
    const { answering } = await query(listed(refunds, { total_refund_count: '10', ...Object.fromEntries(coupons) }));
    expect(await answering).toMatchObject({ kind: 'refunds', reports: { length: 10 } });
  });

  it('stands under whichever index, in whichever order', async () => {
    const indices = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 9 });
    const read = async (chosen: readonly number[]) => {
      const fields = chosen.flatMap((index) =>
        Object.entries({ ...ONE, out_refund_no: `R${index}`, refund_fee: String(index) }).map(
          ([name, value]) => [`${name}_${index}`, value] as const,
        ),
      );
      const { answering } = await query(
        v2Message({ refund_count: String(chosen.length), ...Object.fromEntries(fields) }),
      );
      expect(reportsIn(await answering).map(({ outRefundNo, amount }) => [outRefundNo, amount])).toEqual(
        chosen.map((index) => [`R${index}`, index]),
      );
    };
    await fc.assert(fc.asyncProperty(indices, read), { numRuns: 30 });
  });
});

describe('the pages of the list', () => {
  const refunds = (from: number, to: number): Fields[] =>
    Array.from({ length: to - from }, (_, n) => ({ out_refund_no: `R${from + n}` }));

  /** The pages of so many, each of which says how many there are if WeChat likes. */
  const pages = (total: number, { size = 10, said = String(total) } = {}): string[] =>
    Array.from({ length: Math.ceil(total / size) }, (_, page) =>
      listed(refunds(page * size, Math.min(total, (page + 1) * size)), { total_refund_count: said || undefined }),
    );

  const numbersIn = (answer: RefundsAnswer) => reportsIn(answer).map(({ outRefundNo }) => outRefundNo);

  const numbers = (total: number) => Array.from({ length: total }, (_, n) => `R${n}`);

  it.each([
    [1, ['0']],
    [9, ['0']],
    [10, ['0']],
    [11, ['0', '10']],
    [20, ['0', '10']],
    [35, ['0', '10', '20', '30']],
    [50, ['0', '10', '20', '30', '40']],
  ])('of %i are turned one by one', async (total, offsets) => {
    const { asked, answering } = await query(...pages(total), hangUp);
    expect(numbersIn(await answering)).toEqual(numbers(total));
    expect(asked.map((fields) => fields.get('offset'))).toEqual(offsets);
    const [first] = asked;
    expect(first!.get('path')).toBe('/pay/refundquery');
    expect(first!.has('out_trade_no')).toBe(true);
    for (const name of ['transaction_id', 'refund_id', 'out_refund_no']) expect(first!.has(name)).toBe(false);
  });

  it('may be of any size: the next one begins where the last one ended', async () => {
    const { asked, answering } = await query(...pages(35, { size: 7 }), hangUp);
    expect(numbersIn(await answering)).toEqual(numbers(35));
    expect(asked.map((fields) => fields.get('offset'))).toEqual(['0', '7', '14', '21', '28']);
  });

  it.each<[string, number, number]>([
    ['fills no page', 35, 4],
    ['fills its pages', 30, 4],
    ['has less than a page', 3, 1],
  ])('whose number nobody says end with one that is not full: what %s', async (_what, total, times) => {
    const { asked, answering } = await query(...pages(total, { said: '' }), v2Failure('REFUNDNOTEXIST'));
    expect(numbersIn(await answering)).toEqual(numbers(total));
    expect(asked).toHaveLength(times);
  });

  it.each<[string, Answering[]]>([
    ['an empty page', [...pages(20, { said: '35' }), listed([], { total_refund_count: '35' })]],
    ['a page that is absent', [...pages(20, { said: '35' }), v2Failure('REFUNDNOTEXIST')]],
    ['the same page for ever', [listed(refunds(0, 10), { total_refund_count: '35' })]],
    ['trouble', [...pages(20, { said: '35' }), v2Failure('NOAUTH')]],
    ['an unreadable page', [...pages(20, { said: '35' }), listed([{ refund_fee: 'x' }], { total_refund_count: '35' })]],
  ])('that end too soon, with %s, are no answer', async (_what, answers) => {
    const { asked, answering } = await query(...answers);
    await outageOf(answering);
    expect(asked.length).toBeLessThan(6);
  });

  it('that show one twice, for one was made meanwhile, tell of it once', async () => {
    const said = { total_refund_count: '12' };
    const { answering } = await query(
      listed(refunds(0, 10), { total_refund_count: '11' }),
      listed([{ out_refund_no: 'R9', refund_status: 'SUCCESS' }, { out_refund_no: 'R10' }], said),
      listed([{ out_refund_no: 'R11' }], said),
    );
    const answer = await answering;
    expect(numbersIn(answer)).toEqual(numbers(12));
    expect(reportsIn(answer)[9]).toMatchObject({ state: 'succeeded' });
  });

  it('are none where there is no refund', async () => {
    for (const answer of [v2Failure('REFUNDNOTEXIST'), listed([]), listed([], { total_refund_count: '0' })]) {
      const { answering } = await query(answer);
      expect(await answering).toEqual({ kind: 'absent' });
    }
  });
});

describe('a notice of a refund', () => {
  const gateway = payV2To(NOBODY);
  const TOLD: Record<string, string> = {
    out_refund_no: '131811191610442717309',
    out_trade_no: '71106718111915575302817',
    refund_fee: '3960',
    refund_id: '50000408942018111907145868882',
    refund_recv_accout: '支付用户零钱',
    refund_status: 'SUCCESS',
    success_time: '2018-11-19 16:24:13',
  };
  const READ = {
    kind: 'refund',
    notice: { outTradeNo: TOLD.out_trade_no, outRefundNo: TOLD.out_refund_no, signed: null },
  };

  const sealed = (told: Record<string, string> = TOLD, key = V2_KEY, root = 'root'): string =>
    sealRefundNotice(writeFlatXml(Object.entries(told)).replaceAll(/xml>/g, `${root}>`), key);

  const raw = (req_info: string | undefined, more: Fields = {}): RawNotice => {
    const head = { return_code: 'SUCCESS', appid: APPID, mch_id: MERCHANT, nonce_str: 'x' };
    const fields = Object.entries({ ...head, req_info, ...more });
    const said = fields.filter((field): field is [string, string] => field[1] !== undefined);
    return { headers: [], body: Buffer.from(writeFlatXml(said)) };
  };

  it('says which refund of which order it is about', async () => {
    expect(await gateway.readNotice(raw(sealed()))).toEqual(READ);
  });

  it('may be of the app in which it was paid', async () => {
    const notice = raw(sealed(), { appid: APP_APPID });
    expect(await payV2To(NOBODY, { appAppid: APP_APPID }).readNotice(notice)).toEqual(READ);
    expect((await payV2To(NOBODY, { appAppid: null }).readNotice(notice)).kind).toBe('forged');
  });

  it('is none of a payment, whatever else is in it', async () => {
    const payment = { ...PAID, sign: 'x', result_code: 'SUCCESS' };
    expect(await gateway.readNotice(raw(sealed(), payment))).toEqual(READ);
  });

  it.each<[string, string, Fields?]>([
    ['with another key', sealed(TOLD, '0'.repeat(32))],
    ['with no key', sealed(TOLD, '')],
    ['with the key in capitals', sealed(TOLD, V2_KEY.toUpperCase())],
    ['as `xml`', sealed(TOLD, V2_KEY, 'xml')],
    ['and cut', sealed().slice(0, -4)],
    ['and form-decoded', `${sealed().slice(0, 8)} ${sealed().slice(9)}`],
    ['and not in base64', 'T87GAHG17TGAHG1TGHAHAHA1Y1CIOA9UGJH1GAHV871HAGAGQYQQPOOJMXNBCXBVNMNMAJAA'],
    ['for another app', sealed(), { appid: 'wx0000000000000000' }],
    ['for another merchant', sealed(), { mch_id: '1900000109' }],
    ['for no app', sealed(), { appid: undefined }],
  ])('sealed %s is forged', async (_what, reqInfo, more) => {
    expect(await gateway.readNotice(raw(reqInfo, more))).toEqual({ kind: 'forged', why: expect.any(String) });
  });

  it.each<[string, RawNotice]>([
    ['nothing', { headers: [], body: Buffer.from('') }],
    ['JSON', { headers: [], body: Buffer.from('{"id":"EV-2018022511223320873"}') }],
    ['return_code FAIL', raw(sealed(), { return_code: 'FAIL' })],
    ['no return_code', raw(sealed(), { return_code: undefined })],
    ['with an empty req_info', raw('')],
    ['about no order', raw(sealed({ ...TOLD, out_trade_no: '' }))],
    ['about an order that cannot be', raw(sealed({ ...TOLD, out_trade_no: '71106/../18111' }))],
    ['about no refund', raw(sealed({ ...TOLD, out_refund_no: '' }))],
    ['about a refund that cannot be', raw(sealed({ ...TOLD, out_refund_no: '两' }))],
  ])('that is %s is malformed', async (_what, notice) => {
    expect(await gateway.readNotice(notice)).toEqual({ kind: 'malformed', why: expect.any(String) });
  });

  /** Every reading of the notice with one byte of it changed. */
  const readings = (bytes: Uint8Array, noticeOf: (touched: Buffer) => RawNotice) =>
    Promise.all(
      Array.from(bytes, (byte, at) => {
        const touched = Buffer.from(bytes);
        touched[at] = byte ^ 1;
        return gateway.readNotice(noticeOf(touched));
      }),
    );

  it('of which a byte was changed says the same or nothing', async () => {
    const bytes = Buffer.from(sealed(), 'base64');
    const read = await readings(bytes, (touched) => raw(touched.toString('base64')));
    for (const reading of read) if (reading.kind === 'refund') expect(reading).toEqual(READ);
    expect(read.filter(({ kind }) => kind === 'forged').length).toBeGreaterThan(bytes.length / 2);
    expect(read.map(({ kind }) => kind)).not.toContain('payment');
  });

  it('of which a character of the message was changed says the same or nothing', async () => {
    const read = await readings(raw(sealed()).body, (body) => ({ headers: [], body }));
    for (const reading of read) if (reading.kind === 'refund') expect(reading).toEqual(READ);
    expect(read.some(({ kind }) => kind === 'forged')).toBe(true);
    expect(read.map(({ kind }) => kind)).not.toContain('payment');
  });
});

describe('with payments off', () => {
  const off: PaymentGateway & NoticeReader = new NoPayments();

  it('nothing is refunded, asked about or read', async () => {
    const order = paidOrder();
    await expect(off.refund(order, refundIn(order))).rejects.toThrow(PaymentsOff);
    await expect(off.queryRefunds(order)).rejects.toThrow(PaymentsOff);
    expect(() => off.mayRefund(order)).toThrow(PaymentsOff);
    const abnormal = { ...refundIn(order), state: 'abnormal' } as AbnormalRefund;
    await expect(off.sendAbnormalRefund(order, abnormal, { type: 'MERCHANT_BANK_CARD' })).rejects.toThrow(PaymentsOff);
    await expect(off.readNotice({ headers: [], body: Buffer.from('') })).rejects.toThrow(PaymentsOff);
  });
});
