import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  ABNORMAL_REFUND_CODES,
  REFUND_CODES,
  REFUND_QUERY_CODES,
} from '../../src/adapters/wechat/pay-v3/v3-error-codes.ts';
import { openOaep } from '../../src/adapters/wechat/protocol/oaep.ts';
import { later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { MchId, PaidOrder } from '../../src/domain/order/order.ts';
import { heedRefund } from '../../src/domain/order/refund-steps.ts';
import type { AbnormalRefund, OutRefundNo, Refund } from '../../src/domain/order/refund.ts';
import { outageOf } from '../support/pay-troubles.ts';
import { NOON, paidWithRefunds, refundTo, sampleWish, stepsTo } from '../support/samples.ts';
import {
  NEW_KEY,
  listed,
  payV3To,
  PUBLIC_KEY_ID,
  refusing,
  saying,
  scriptedPayV3,
  STRANGERS_KEY,
  type V3Answering,
  V3_KEY,
  WECHAT_KEY,
} from '../support/scripted-pay-v3.ts';
import { hangUp, silence, status } from '../support/scripted-pay.ts';

const BUSY = 'wechat-busy';
const OPERATOR = 'wechat-misconfigured';
const UNREADABLE = 'wechat-unreadable';
const REFUNDS = '/v3/refund/domestic/refunds';
const REFUND_ID = '50000000382019052709732678859';
const NUMBER = '1217752501201407033233368018' as OutRefundNo;
const WISH = { id: NUMBER, amount: fen(108), reason: '商品已售完' };

const paidOrder = (): PaidOrder => stepsTo('paid', { api: 'v3' }).at(-1)!.order as PaidOrder;

const refundIn = (order: PaidOrder, differences: Partial<typeof WISH | { reason: null }> = {}): Refund =>
  refundTo('requested', order, NOON, sampleWish({ ...WISH, ...differences }))
    .at(-1)!
    .order.refunds.at(-1)!;

const abnormalIn = (order: PaidOrder): AbnormalRefund => {
  const report = {
    outRefundNo: NUMBER,
    refundId: REFUND_ID,
    amount: 108,
    state: 'abnormal',
    succeededAt: null,
  } as const;
  const asked = refundTo('processing', order, NOON, sampleWish(WISH)).at(-1)!.order;
  return heedRefund(asked, report, { now: NOON }).order.refunds.at(-1) as AbnormalRefund;
};

/** A refund as WeChat tells it. */
const refund = ({ id, payment }: PaidOrder, differences: object = {}) => ({
  refund_id: REFUND_ID,
  out_refund_no: NUMBER,
  transaction_id: payment.transactionId,
  out_trade_no: id,
  channel: 'ORIGINAL',
  user_received_account: '招商银行信用卡0403',
  success_time: '2026-11-22T12:00:04+08:00',
  create_time: '2026-11-22T12:00:03+08:00',
  status: 'SUCCESS',
  amount: { total: 888, refund: 108, payer_total: 788, payer_refund: 100, currency: 'CNY' },
  ...differences,
});

const ACCEPTED = { kind: 'accepted', refundId: REFUND_ID };

const REPORT = {
  outRefundNo: NUMBER,
  refundId: REFUND_ID,
  amount: 108,
  state: 'succeeded',
  succeededAt: later(NOON, 4 * SECOND),
};

const CARD = {
  type: 'USER_BANK_CARD',
  bankType: 'ICBC_DEBIT',
  bankAccount: '6222021234567890123',
  realName: '张三',
} as const;

const CALLS = ['refund', 'queryRefunds', 'sendAbnormalRefund'] as const;

type Call = (typeof CALLS)[number];

function run(gateway: ReturnType<typeof payV3To>, call: Call, order: PaidOrder) {
  if (call === 'refund') return gateway.refund(order, refundIn(order));
  if (call === 'queryRefunds') return gateway.queryRefunds(order, [NUMBER]);
  return gateway.sendAbnormalRefund(order, abnormalIn(order), CARD);
}

const troubleOf = (answering: Promise<{ kind: string }>) =>
  outageOf(answering, V3_KEY, 'BEGIN', CARD.bankAccount, CARD.realName);

const plain = (code: string) => code.replaceAll('_', '');

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('every code has its meaning', () => {
  const refused = (reason: string) => ({ kind: 'refused', reason });
  const abnormal = (reason: string) => ({ kind: 'abnormal', reason });
  const wait = (reason: string, milliseconds: number) => ({ kind: 'later', reason, wait: milliseconds });

  const REFUND: Record<keyof typeof REFUND_CODES, object | string> = {
    SYSTEM_ERROR: BUSY,
    BANK_ERROR: BUSY,
    SIGN_ERROR: OPERATOR,
    REQUEST_BLOCKED: OPERATOR,
    FREQUENCY_LIMITED: wait('FREQUENCY_LIMITED', MINUTE),
    FREQUENCY_LIMIT_EXCEED: wait('FREQUENCY_LIMIT_EXCEED', MINUTE),
    RATELIMIT_EXCEEDED: wait('RATELIMIT_EXCEEDED', MINUTE),
    NOT_ENOUGH: wait('NOT_ENOUGH', 10 * MINUTE),
    USER_ACCOUNT_ABNORMAL: abnormal('USER_ACCOUNT_ABNORMAL'),
    ACCOUNT_ERROR: abnormal('ACCOUNT_ERROR'),
    TRADE_OVERDUE: abnormal('TRADE_OVERDUE'),
    // Asked after, it settles nothing either, for WeChat says the same then. So does PARAM_ERROR.
    INVALID_REQUEST: OPERATOR,
    ORDER_NOT_EXIST: refused('ORDER_NOT_EXIST'),
    RESOURCE_NOT_EXISTS: refused('RESOURCE_NOT_EXISTS'),
    NOT_FOUND: refused('NOT_FOUND'),
    INVALID_TRANSACTIONID: refused('INVALID_TRANSACTIONID'),
    PARAM_ERROR: OPERATOR,
    MCH_NOT_EXISTS: refused('MCH_NOT_EXISTS'),
    APPID_MCHID_NOT_MATCH: refused('APPID_MCHID_NOT_MATCH'),
    TRADE_ERROR: refused('TRADE_ERROR'),
    RULE_LIMIT: refused('RULE_LIMIT'),
    NO_AUTH: OPERATOR,
  };

  const QUERY: Record<keyof typeof REFUND_QUERY_CODES, object | string> = {
    SYSTEM_ERROR: BUSY,
    BANK_ERROR: BUSY,
    SIGN_ERROR: OPERATOR,
    REQUEST_BLOCKED: OPERATOR,
    RESOURCE_NOT_EXISTS: { kind: 'absent' },
    REFUND_NOT_EXIST: { kind: 'absent' },
    ORDER_NOT_EXIST: { kind: 'absent' },
    NOT_FOUND: { kind: 'absent' },
    PARAM_ERROR: OPERATOR,
    INVALID_REQUEST: OPERATOR,
    MCH_NOT_EXISTS: OPERATOR,
    NO_AUTH: OPERATOR,
  };

  const ABNORMAL: Record<keyof typeof ABNORMAL_REFUND_CODES, object | string> = {
    SYSTEM_ERROR: BUSY,
    BANK_ERROR: BUSY,
    SIGN_ERROR: OPERATOR,
    REQUEST_BLOCKED: OPERATOR,
    INVALID_REQUEST: refused('INVALID_REQUEST'),
    PARAM_ERROR: refused('PARAM_ERROR'),
    RESOURCE_NOT_EXISTS: refused('RESOURCE_NOT_EXISTS'),
    NOT_FOUND: refused('NOT_FOUND'),
    MCH_NOT_EXISTS: refused('MCH_NOT_EXISTS'),
    NO_AUTH: refused('NO_AUTH'),
    NOT_ENOUGH: refused('NOT_ENOUGH'),
    USER_ACCOUNT_ABNORMAL: refused('USER_ACCOUNT_ABNORMAL'),
    ACCOUNT_ERROR: refused('ACCOUNT_ERROR'),
    RULE_LIMIT: refused('RULE_LIMIT'),
  };

  const ANY = { FREQUENCY_SOMETHING: BUSY, NEVER_HEARD_OF: UNREADABLE, toString: UNREADABLE };

  const ROWS = (
    [
      ['refund', REFUND],
      ['queryRefunds', QUERY],
      ['sendAbnormalRefund', ABNORMAL],
    ] as const
  ).flatMap(([call, table]) =>
    Object.entries({ ...table, ...ANY }).flatMap(([code, expected]) =>
      [...new Set([code, plain(code)])].map((spelt) => [call, spelt, expected] as const),
    ),
  );

  it.each(ROWS)('%s %s -> %j', async (call, code, expected) => {
    const { url } = await scriptedPayV3(refusing(code));
    const answering = run(payV3To(url), call, paidOrder());
    if (typeof expected !== 'string')
      expect(await answering).toEqual('reason' in expected ? { ...expected, reason: code } : expected);
    else expect(await troubleOf(answering)).toMatchObject({ code: expected, cause: { code } });
  });
});

describe('INVALID_REQUEST for a refund', () => {
  const asking = async (...answers: readonly V3Answering[]) => {
    const host = await scriptedPayV3(refusing('INVALID_REQUEST'), ...answers);
    const order = paidOrder();
    return { ...host, answering: payV3To(host.url).refund(order, refundIn(order)) };
  };

  it('is a no where WeChat does not have it', async () => {
    const { answering, asked } = await asking(refusing('RESOURCE_NOT_EXISTS', 404));
    expect(await answering).toEqual({ kind: 'refused', reason: 'INVALID_REQUEST' });
    expect(asked.map(({ method, path }) => [method, path])).toEqual([
      ['POST', REFUNDS],
      ['GET', `${REFUNDS}/${NUMBER}`],
    ]);
  });

  it('is a yes where WeChat has it', async () => {
    const order = paidOrder();
    const { url } = await scriptedPayV3(refusing('INVALID_REQUEST'), saying(refund(order)));
    expect(await payV3To(url).refund(order, refundIn(order))).toEqual(ACCEPTED);
  });

  it('is for the operator where WeChat has it of another amount', async () => {
    const order = paidOrder();
    const other = saying(refund(order, { amount: { total: 888, refund: 109 } }));
    const { url } = await scriptedPayV3(refusing('INVALID_REQUEST'), other);
    expect((await troubleOf(payV3To(url).refund(order, refundIn(order)))).code).toBe(OPERATOR);
  });

  it('is nothing where WeChat does not say', async () => {
    const { answering } = await asking(hangUp as V3Answering);
    expect((await troubleOf(answering)).code).toBe('wechat-unreachable');
  });
});

describe('trouble on the way leaves it unknown', () => {
  const TROUBLES: [what: string, V3Answering, code: string][] = [
    ['silence', silence as V3Answering, 'wechat-timeout'],
    ['a hang-up', hangUp as V3Answering, 'wechat-unreachable'],
    ['500', status(500, 'oops') as V3Answering, UNREADABLE],
    ['429', status(429) as V3Answering, BUSY],
    ['404 with HTML', status(404, '<html></html>') as V3Answering, UNREADABLE],
    ['nothing that is signed', saying({}), UNREADABLE],
    ['a 204', saying(), UNREADABLE],
  ];

  it.each(CALLS.flatMap((call) => TROUBLES.map(([what, ...rest]) => [call, what, ...rest] as const)))(
    '%s: %s',
    async (call, _what, answer, code) => {
      const { url, asked } = await scriptedPayV3(answer);
      expect(
        (await troubleOf(run(payV3To(url, { deadline: code === 'wechat-timeout' ? 100 : 5_000 }), call, paidOrder())))
          .code,
      ).toBe(code);
      if (call !== 'queryRefunds') expect(asked).toHaveLength(1);
    },
  );

  it.each(CALLS)('%s: a yes that WeChat did not sign', async (call) => {
    const order = paidOrder();
    for (const signing of [{ key: STRANGERS_KEY }, { signature: undefined }, { signature: 'WECHATPAY/SIGNTEST/AA' }]) {
      const { url } = await scriptedPayV3(saying(refund(order), signing));
      expect((await troubleOf(run(payV3To(url), call, order))).code).toBe(UNREADABLE);
    }
  });

  it.each<[what: string, object, code: string]>([
    ['another out_refund_no', { out_refund_no: 'another' }, UNREADABLE],
    ['no out_refund_no', { out_refund_no: undefined }, UNREADABLE],
    ['another order', { out_trade_no: 'another' }, UNREADABLE],
    ['another payment', { transaction_id: '4200000967202106111314120001' }, UNREADABLE],
    ['no refund_id', { refund_id: undefined }, UNREADABLE],
    ['a refund_id that cannot be', { refund_id: '2008 4507' }, UNREADABLE],
    ['a refund_id too long', { refund_id: '2'.repeat(33) }, UNREADABLE],
    ['another amount', { amount: { refund: 109 } }, OPERATOR],
    ['an amount of text', { amount: { refund: '108' } }, OPERATOR],
    ['no amount', { amount: undefined }, OPERATOR],
  ])('an acceptance of %s is none of ours', async (_what, differences, code) => {
    const order = paidOrder();
    const { url } = await scriptedPayV3(saying(refund(order, differences)));
    expect((await troubleOf(run(payV3To(url), 'refund', order))).code).toBe(code);
    expect((await troubleOf(run(payV3To(url), 'sendAbnormalRefund', order))).code).toBe(code);
  });

  it('of a refund is waited for twice as long as of anything else', async () => {
    const order = paidOrder();
    const late: V3Answering = (request, response, asked) =>
      setTimeout(() => saying(refund(order))(request, response, asked), 300);
    const { url } = await scriptedPayV3(late);
    const gateway = payV3To(url, { deadline: 200 });
    expect(await run(gateway, 'refund', order)).toEqual(ACCEPTED);
    expect((await troubleOf(run(gateway, 'queryRefunds', order))).code).toBe('wechat-timeout');
  });

  it.each(CALLS)('%s: another merchant’s order is not asked about', async (call) => {
    const { url, asked } = await scriptedPayV3(refusing('RESOURCE_NOT_EXISTS', 404));
    const order = { ...paidOrder(), mchid: '1900000110' as MchId };
    expect((await troubleOf(run(payV3To(url), call, order))).code).toBe(OPERATOR);
    expect(asked).toEqual([]);
  });
});

describe('what is sent', () => {
  it('is the refund by WeChat’s names, and nothing else', async () => {
    const order = paidOrder();
    const { url, asked } = await scriptedPayV3(saying(refund(order)));
    expect(await run(payV3To(url), 'refund', order)).toEqual(ACCEPTED);
    expect(asked[0]).toMatchObject({ method: 'POST', path: REFUNDS });
    expect(asked[0]!.fields).toEqual({
      transaction_id: order.payment.transactionId,
      out_refund_no: NUMBER,
      reason: '商品已售完',
      notify_url: 'http://127.0.0.1:1/notify/wechat-pay/v3',
      amount: { refund: 108, total: 888, currency: 'CNY' },
    });
  });

  it.each([null, ''])('leaves out a reason of %j', async (reason) => {
    const order = paidOrder();
    const { url, asked } = await scriptedPayV3(saying(refund(order)));
    await payV3To(url).refund(order, { ...refundIn(order), reason });
    expect(asked[0]!.fields).not.toHaveProperty('reason');
  });

  it('is the same in another process and later, for all of it comes from the order and the refund', async () => {
    const order = paidOrder();
    const { url, asked } = await scriptedPayV3(saying(refund(order)));
    const one = refundIn(order);
    await payV3To(url).refund(order, one);
    await payV3To(url).refund(structuredClone(order), { ...one, looks: 7, askedAt: NOON, trouble: 'NOT_ENOUGH' });
    expect(asked[1]!.body).toBe(asked[0]!.body);
  });

  it('may always be: it takes no more than what every call takes', () => {
    expect(payV3To('http://127.0.0.1:1').mayRefund()).toBe(true);
  });
});

describe('the budget of failures', () => {
  it('lets five of a hundred at once through that are denied', async () => {
    const { url, asked } = await scriptedPayV3(refusing('NOT_ENOUGH', 403));
    const gateway = payV3To(url);
    const order = paidOrder();
    const answers = await Promise.all(Array.from({ length: 100 }, () => run(gateway, 'refund', order)));
    expect(asked).toHaveLength(5);
    const tooOften = { kind: 'later', reason: null, wait: SECOND };
    expect(answers.filter((answer) => JSON.stringify(answer) === JSON.stringify(tooOften))).toHaveLength(95);
  });

  it('does not mind any number that go well', async () => {
    const order = paidOrder();
    const { url, asked } = await scriptedPayV3(saying(refund(order)));
    const gateway = payV3To(url);
    for (let call = 0; call < 10; call += 1) expect(await run(gateway, 'refund', order)).toEqual(ACCEPTED);
    expect(asked).toHaveLength(10);
  });
});

describe('asking for the refunds of an order', () => {
  /** An order with a refund in each state; the one that is last has not been asked for yet. */
  const order = paidWithRefunds(['processing', 'abnormal', 'succeeded', 'closed', 'requested'], { api: 'v3' }).at(-1)!
    .order as PaidOrder;
  const [processing, abnormal, succeeded, closed, requested] = order.refunds;

  const asking = async (asked: PaidOrder, answers: readonly V3Answering[], named?: readonly OutRefundNo[]) => {
    const host = await scriptedPayV3(...answers);
    const answer = await payV3To(host.url).queryRefunds(asked, named);
    return { answer, numbers: host.asked.map(({ method, path }) => `${method} ${path}`) };
  };

  const path = (id: string) => `GET ${REFUNDS}/${id}`;
  const known = (id: OutRefundNo, differences: object = {}) =>
    saying(refund(order, { out_refund_no: id, ...differences }));

  it('asks for each that is open and was asked for, and for no other', async () => {
    const { answer, numbers } = await asking(order, [
      known(processing!.id),
      known(abnormal!.id, { status: 'ABNORMAL' }),
    ]);
    expect(numbers).toEqual([path(processing!.id), path(abnormal!.id)]);
    expect(answer).toEqual({
      kind: 'refunds',
      reports: [
        { ...REPORT, outRefundNo: processing!.id },
        { ...REPORT, outRefundNo: abnormal!.id, state: 'abnormal', succeededAt: null },
      ],
    });
  });

  it('asks for one that was asked for and nobody knows what came of it', async () => {
    const wanting = { ...order, refunds: [{ ...requested!, askedAt: NOON }] };
    const { answer, numbers } = await asking(wanting, [refusing('RESOURCE_NOT_EXISTS', 404)]);
    expect(numbers).toEqual([path(requested!.id)]);
    expect(answer).toEqual({ kind: 'absent' });
  });

  it('asks for one that was made at WeChat’s console, and that is on its way', async () => {
    const found = { ...order, refunds: [{ ...processing!, origin: 'outside', askedAt: null } as Refund] };
    expect((await asking(found, [known(processing!.id)])).numbers).toEqual([path(processing!.id)]);
  });

  it('asks for those that are named, too, and for each once', async () => {
    const named = [processing!.id, succeeded!.id, 'a|b@c' as OutRefundNo];
    const none = refusing('RESOURCE_NOT_EXISTS', 404);
    const { answer, numbers } = await asking(order, [none, none, known(succeeded!.id), none], named);
    expect(numbers).toEqual([processing!.id, abnormal!.id, succeeded!.id, 'a%7Cb%40c'].map(path));
    expect(answer).toMatchObject({ kind: 'refunds', reports: [{ outRefundNo: succeeded!.id }] });
  });

  it('says that there is none where there is nothing to ask for', async () => {
    const { answer, numbers } = await asking({ ...order, refunds: [succeeded!, closed!, requested!] }, [
      silence as V3Answering,
    ]);
    expect([answer, numbers]).toEqual([{ kind: 'absent' }, []]);
  });

  it('knows nothing where it does not know of one', async () => {
    const { answer } = await asking(order, [known(processing!.id), status(400) as V3Answering]);
    expect(answer.kind).toBe('unknown');
  });

  it.each([
    ['SUCCESS', 'succeeded', REPORT.succeededAt],
    ['CLOSED', 'closed', null],
    ['PROCESSING', 'processing', null],
    ['ABNORMAL', 'abnormal', null],
  ])('%s is %s', async (status, state, succeededAt) => {
    const paid = paidOrder();
    const { url } = await scriptedPayV3(saying(refund(paid, { status })));
    const reports = [{ ...REPORT, state, succeededAt }];
    expect(await payV3To(url).queryRefunds(paid, [NUMBER])).toEqual({ kind: 'refunds', reports });
  });

  it.each(['', undefined])('a success at %j is one of which nobody knows when', async (success_time) => {
    const paid = paidOrder();
    const { url } = await scriptedPayV3(saying(refund(paid, { success_time })));
    const reports = [{ ...REPORT, succeededAt: null }];
    expect(await payV3To(url).queryRefunds(paid, [NUMBER])).toEqual({ kind: 'refunds', reports });
  });

  it.each<[what: string, object]>([
    ['another number', { out_refund_no: 'another' }],
    ['no number', { out_refund_no: undefined }],
    ['another order', { out_trade_no: 'another' }],
    ['no refund_id', { refund_id: undefined }],
    ['a refund_id that cannot be', { refund_id: '50 0' }],
    ['no status', { status: undefined }],
    ['a notice’s name for its status', { status: undefined, refund_status: 'SUCCESS' }],
    ['a status of which nobody has heard', { status: 'NEVER_HEARD_OF' }],
    ['a status like any object’s', { status: 'constructor' }],
    ['no amount', { amount: undefined }],
    ['an amount of text', { amount: { refund: '108' } }],
    ['a time that is none', { success_time: 'yesterday' }],
  ])('of %s says nothing', async (_what, differences) => {
    const paid = paidOrder();
    const { url } = await scriptedPayV3(saying(refund(paid, differences)));
    expect((await troubleOf(payV3To(url).queryRefunds(paid, [NUMBER]))).code).toBe(UNREADABLE);
  });
});

describe('a number that WeChat has for another payment', () => {
  const another = { transaction_id: '4200000967202106111314120001' };

  it('is none of this order’s, and never will be', async () => {
    const paid = paidOrder();
    const { url } = await scriptedPayV3(saying(refund(paid, another)));
    expect(await payV3To(url).queryRefunds(paid, [NUMBER])).toEqual({ kind: 'absent' });
  });

  it.each(['INVALID_REQUEST', 'PARAM_ERROR'])('is refused where WeChat says %s to it', async (code) => {
    const paid = paidOrder();
    const { url } = await scriptedPayV3(refusing(code), saying(refund(paid, another)));
    expect(await payV3To(url).refund(paid, refundIn(paid))).toEqual({ kind: 'refused', reason: code });
  });
});

describe('a no to a refund that WeChat was asked for before', () => {
  it('is for a person to judge: WeChat may have it in a moment', async () => {
    const paid = paidOrder();
    const asked = { ...refundIn(paid), looks: 2 };
    const { url } = await scriptedPayV3(refusing('INVALID_REQUEST'), refusing('RESOURCE_NOT_EXISTS', 404));
    expect(await payV3To(url).refund(paid, asked)).toEqual({ kind: 'abnormal', reason: 'INVALID_REQUEST' });
  });
});

describe('sending an abnormal refund elsewhere', () => {
  const PATH = `${REFUNDS}/${REFUND_ID}/apply-abnormal-refund`;

  it('to a card of the payer’s: what nobody else may read is sealed for WeChat', async () => {
    const order = paidOrder();
    const { url, asked } = await scriptedPayV3(saying(refund(order, { status: 'PROCESSING' })));
    expect(await run(payV3To(url), 'sendAbnormalRefund', order)).toEqual(ACCEPTED);
    const [{ method, path, headers, fields }] = asked as [(typeof asked)[0]];
    expect([method, path, headers['wechatpay-serial']]).toEqual(['POST', PATH, PUBLIC_KEY_ID]);
    const { bank_account, real_name, ...open } = fields as Record<string, string>;
    expect(open).toEqual({ out_refund_no: NUMBER, type: 'USER_BANK_CARD', bank_type: 'ICBC_DEBIT' });
    expect([bank_account, real_name].map((sealed) => openOaep(sealed!, WECHAT_KEY))).toEqual([
      CARD.bankAccount,
      CARD.realName,
    ]);
  });

  it('to the merchant’s own card', async () => {
    const order = paidOrder();
    const { url, asked } = await scriptedPayV3(saying(refund(order, { status: 'PROCESSING' })));
    const wish = { type: 'MERCHANT_BANK_CARD' } as const;
    expect(await payV3To(url).sendAbnormalRefund(order, abnormalIn(order), wish)).toEqual(ACCEPTED);
    expect(asked[0]!.fields).toEqual({ out_refund_no: NUMBER, type: 'MERCHANT_BANK_CARD' });
  });

  it('where there is no public key, seals for the newest certificate and names it', async () => {
    const order = paidOrder();
    const [older, newer] = [
      { serial: '0A', key: STRANGERS_KEY, startsAt: later(NOON, -3 * MINUTE) },
      { serial: '5B', key: NEW_KEY, startsAt: later(NOON, -2 * MINUTE) },
    ] as const;
    const list = {
      data: [older, newer, { ...older, serial: '0C', startsAt: later(NOON, -4 * MINUTE) }].map((one) => listed(one)),
    };
    const { url, asked } = await scriptedPayV3(saying(list, older), saying(refund(order), older));
    expect(await run(payV3To(url, { publicKey: null }), 'sendAbnormalRefund', order)).toEqual(ACCEPTED);
    expect(asked[1]!.headers['wechatpay-serial']).toBe('5B');
    expect(openOaep(asked[1]!.fields.real_name as string, NEW_KEY)).toBe(CARD.realName);
  });

  it('is not done where there is no key to seal with', async () => {
    const { url, asked } = await scriptedPayV3(status(500) as V3Answering);
    const order = paidOrder();
    expect((await troubleOf(run(payV3To(url, { publicKey: null }), 'sendAbnormalRefund', order))).code).toBe(
      UNREADABLE,
    );
    expect(asked.map(({ path }) => path)).toEqual(['/v3/certificates']);
  });
});
