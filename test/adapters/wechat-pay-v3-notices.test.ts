import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealAead } from '../../src/adapters/wechat/protocol/aead.ts';
import { later, SECOND } from '../../src/domain/clock.ts';
import type { NoticeReading, NoticeVerdict, RawNotice } from '../../src/domain/order/notice-reader.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ALICE } from '../support/pay-troubles.ts';
import { APPID, MCHID, NOON } from '../support/samples.ts';
import { PAID, v2Message } from '../support/scripted-pay.ts';
import {
  payV3To,
  PUBLIC_KEY_ID,
  secondsAt,
  signedWith,
  STRANGERS_KEY,
  V3_KEY,
  type V3Signing,
} from '../support/scripted-pay-v3.ts';

const NOBODY = 'http://127.0.0.1:1';
const gateway = payV3To(NOBODY);

/** A payment as a notice tells it. */
const TRADE = {
  appid: APPID,
  mchid: MCHID,
  out_trade_no: '1217752501201407033233368018',
  transaction_id: '1217752501201407033233368018',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'CMC',
  attach: '自定义数据',
  success_time: '2026-11-22T12:00:03+08:00',
  payer: { openid: ALICE },
  amount: { total: 888, payer_total: 788, currency: 'CNY', payer_currency: 'CNY' },
  promotion_detail: [{ coupon_id: '109519', amount: 100, scope: 'GLOBAL', wechatpay_contribute: 100 }],
};

/** A refund as a notice tells it. */
const REFUND = {
  mchid: MCHID,
  out_trade_no: '1217752501201407033233368018',
  transaction_id: '1217752501201407033233368018',
  out_refund_no: '7752501201407033233368018',
  refund_id: '50200207182018070300011301001',
  refund_status: 'SUCCESS',
  success_time: '2026-11-22T12:00:04+08:00',
  user_received_account: '招商银行信用卡0403',
  amount: { total: 999, refund: 108, payer_total: 999, payer_refund: 100 },
};

interface Envelope {
  readonly type?: unknown;
  readonly key?: string;
  readonly resource?: object;
}

/** What is in an envelope of WeChat's; text is sealed as it is. */
function envelope(
  told: object | string,
  { type = 'TRANSACTION.SUCCESS', key = V3_KEY, resource }: Envelope = {},
): string {
  const text = typeof told === 'string' ? told : JSON.stringify(told);
  const sealed = sealAead(key, text, { nonce: 'fdasflkja484', associated_data: 'transaction' });
  return JSON.stringify({
    id: 'EV-2018022511223320873',
    create_time: '2026-11-22T12:00:03+08:00',
    event_type: type,
    resource_type: 'encrypt-resource',
    summary: '支付成功',
    resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ...sealed, ...resource },
  });
}

const raw = (body: string | Uint8Array, signing: V3Signing = {}): RawNotice => ({
  headers: [['Content-Type', 'application/json'], ...signedWith(body, signing)],
  body: Buffer.from(body),
});

const read = (body: string | Uint8Array, signing?: V3Signing) => gateway.readNotice(raw(body, signing));

async function paymentIn(differences: object) {
  const reading = await read(envelope({ ...TRADE, ...differences }));
  if (reading.kind !== 'payment') throw new Error(reading.kind);
  return reading.notice;
}

async function refundIn(differences: object, type = 'REFUND.SUCCESS') {
  const reading = await read(envelope({ ...REFUND, ...differences }, { type }));
  if (reading.kind !== 'refund') throw new Error(reading.kind);
  return reading.notice;
}

describe('a notice of payment', () => {
  it('is read whole, and kept to the byte', async () => {
    const body = envelope(TRADE).replace(',', ' ,\r\n');
    const notice = raw(body);
    expect(await gateway.readNotice(notice)).toEqual({
      kind: 'payment',
      notice: {
        outTradeNo: '1217752501201407033233368018',
        transactionId: '1217752501201407033233368018',
        result: {
          kind: 'paid',
          report: {
            appid: APPID,
            mchid: MCHID,
            outTradeNo: '1217752501201407033233368018',
            transactionId: '1217752501201407033233368018',
            total: 888,
            currency: 'CNY',
            payer: ALICE,
            payerTotal: 788,
            tradeType: 'JSAPI',
            bankType: 'CMC',
            paidAt: later(NOON, 3 * SECOND),
          },
        },
        kept: { headers: notice.headers, body },
      },
    });
  });

  it.each<[field: string, differences: object]>([
    ['trade_state', { trade_state: undefined }],
    ['trade_state', { trade_state: 7 }],
    ['trade_state', { trade_state: '<b>' }],
    ['appid', { appid: undefined }],
    ['appid', { appid: '' }],
    ['mchid', { mchid: undefined }],
    ['mchid', { mchid: 1_900_000_109 }],
    ['out_trade_no', { out_trade_no: undefined }],
    ['transaction_id', { transaction_id: undefined }],
    ['transaction_id', { transaction_id: '123456789' }],
    ['transaction_id', { transaction_id: '1'.repeat(33) }],
    ['amount.total', { amount: undefined }],
    ['amount.total', { amount: [888] }],
    ['amount.total', { amount: {} }],
    ['amount.total', { amount: { total: '888' } }],
    ['amount.total', { amount: { total: 8.88 } }],
    ['amount.total', { amount: { total: -888 } }],
    ['amount.total', { amount: { total: null } }],
    ['success_time', { success_time: undefined }],
    ['success_time', { success_time: '20261122120003' }],
    ['success_time', { success_time: '2026-11-31T12:00:03+08:00' }],
  ])('with %s that cannot be is unreadable: %j', async (field, differences) => {
    expect((await paymentIn(differences)).result).toEqual({ kind: 'unreadable', field });
  });

  it('that is unreadable still says which payment it is about, as far as that can be read', async () => {
    expect(await paymentIn({ amount: null })).toMatchObject({
      outTradeNo: TRADE.out_trade_no,
      transactionId: TRADE.transaction_id,
    });
    expect(await paymentIn({ out_trade_no: 7, transaction_id: 'x' })).toMatchObject({
      outTradeNo: null,
      transactionId: null,
    });
  });

  it.each([
    [{ amount: { total: 1 } }, { total: 1, currency: 'CNY', payerTotal: null }],
    [{ amount: { total: 888, currency: 'USD' } }, { currency: 'USD' }],
    [{ appid: 'wx0000000000000000' }, { appid: 'wx0000000000000000' }],
    [{ mchid: '1900000110' }, { mchid: '1900000110' }],
    [{ out_trade_no: 'another' }, { outTradeNo: 'another' }],
    [{ payer: { openid: 'oSomebodyElse' } }, { payer: 'oSomebodyElse' }],
    [{ payer: undefined }, { payer: null }],
    [
      { trade_type: undefined, bank_type: '' },
      { tradeType: null, bankType: null },
    ],
  ])('with %j is reported as it came, for the domain to compare', async (differences, report) => {
    expect((await paymentIn(differences)).result).toMatchObject({ kind: 'paid', report });
  });

  it.each(['REFUND', 'NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR', 'ACCEPT'])(
    'with the trade_state %s pays nothing, and says why',
    async (trade_state) => {
      const reason = { kind: 'failed', reason: trade_state, appid: APPID, mchid: MCHID };
      expect((await paymentIn({ trade_state })).result).toEqual(reason);
      expect((await paymentIn({ trade_state, out_trade_no: undefined })).result.kind).toBe('unreadable');
      expect((await paymentIn({ trade_state, mchid: undefined })).result.kind).toBe('unreadable');
    },
  );
});

describe('a notice of a refund', () => {
  it.each([
    ['REFUND.SUCCESS', 'SUCCESS', 'succeeded', later(NOON, 4 * SECOND)],
    ['REFUND.CLOSED', 'CLOSED', 'closed', null],
    ['REFUND.ABNORMAL', 'ABNORMAL', 'abnormal', null],
    ['REFUND.SOMETHING', 'PROCESSING', 'processing', null],
  ])('%s is read whole, and kept to the byte', async (type, refund_status, state, succeededAt) => {
    const notice = raw(envelope({ ...REFUND, refund_status }, { type }));
    expect(await gateway.readNotice(notice)).toEqual({
      kind: 'refund',
      notice: {
        outTradeNo: REFUND.out_trade_no,
        outRefundNo: REFUND.out_refund_no,
        signed: {
          transactionId: REFUND.transaction_id,
          report: { outRefundNo: REFUND.out_refund_no, refundId: REFUND.refund_id, amount: 108, state, succeededAt },
          kept: { headers: notice.headers, body: notice.body.toString() },
        },
      },
    });
  });

  it.each<[string, object]>([
    ['no transaction_id', { transaction_id: undefined }],
    ['no refund_id', { refund_id: undefined }],
    ['no refund_status', { refund_status: undefined }],
    ['the name that answers have for it', { refund_status: undefined, status: 'SUCCESS' }],
    ['a status of which nobody has heard', { refund_status: 'NEVER_HEARD_OF' }],
    ['no amount', { amount: undefined }],
    ['an amount of text', { amount: { refund: '108' } }],
    ['a time that is none', { success_time: 'yesterday' }],
  ])('with %s is a reason to ask, and no more', async (_what, differences) => {
    expect(await refundIn(differences)).toEqual({
      outTradeNo: REFUND.out_trade_no,
      outRefundNo: REFUND.out_refund_no,
      signed: null,
    });
  });

  it.each<[string, object, NoticeReading['kind']]>([
    ['no out_trade_no', { out_trade_no: undefined }, 'malformed'],
    ['an out_trade_no that cannot be', { out_trade_no: '../1' }, 'malformed'],
    ['no out_refund_no', { out_refund_no: undefined }, 'malformed'],
    ['an out_refund_no that cannot be', { out_refund_no: 'x'.repeat(65) }, 'malformed'],
    ['another mchid', { mchid: '1900000110' }, 'forged'],
    ['no mchid', { mchid: undefined }, 'forged'],
  ])('with %s is not looked at', async (_what, differences, kind) => {
    const reading = await read(envelope({ ...REFUND, ...differences }, { type: 'REFUND.SUCCESS' }));
    expect(reading).toEqual({ kind, why: expect.any(String) as string });
  });
});

describe('a notice of anything else', () => {
  it.each(['MCHTRANSFER.BILL.FINISHED', 'PROFITSHARING', 'PAYSCORE.USER_PAID', 'TRANSACTION.SOMETHING'])(
    '%s is WeChat’s own and no concern of ours, whatever is in it',
    async (type) => {
      for (const body of [envelope(TRADE, { type }), JSON.stringify({ event_type: type })])
        expect(await read(body)).toEqual({ kind: 'ignored', why: type });
    },
  );

  it.each([undefined, '', 7, 'transaction.success', 'TRANSACTION SUCCESS', 'X'.repeat(65)])(
    'of the type %j is malformed',
    async (type) => {
      const body = JSON.stringify({ ...(JSON.parse(envelope(TRADE)) as object), event_type: type });
      expect((await read(body)).kind).toBe('malformed');
    },
  );
});

describe('what is signed and no notice', () => {
  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['XML', v2Message(PAID)],
    ['half of it', envelope(TRADE).slice(0, 300)],
    ['null', 'null'],
    ['a list', `[${envelope(TRADE)}]`],
    ['text', '"TRANSACTION.SUCCESS"'],
    ['with a comma too many', envelope(TRADE).replace('}}', '},}')],
    ['with a BOM', `\ufeff${envelope(TRADE)}`],
    ['bytes that are no text', Buffer.from(envelope(TRADE).replace('支付成功', '\xff'), 'latin1')],
    ['without a resource', JSON.stringify({ event_type: 'TRANSACTION.SUCCESS' })],
    ['of another cipher', envelope(TRADE, { resource: { algorithm: 'AEAD_AES_128_GCM' } })],
    ['of no cipher', envelope(TRADE, { resource: { algorithm: undefined } })],
    ['without a nonce', envelope(TRADE, { resource: { nonce: undefined } })],
    ['without anything sealed', envelope(TRADE, { resource: { ciphertext: '' } })],
    ['with text sealed', envelope('TRANSACTION.SUCCESS')],
    ['with a list sealed', envelope('[]')],
  ])('%s is malformed', async (_what, body) => {
    expect(await read(body)).toEqual({ kind: 'malformed', why: expect.any(String) as string });
  });

  it.each<[string, Envelope]>([
    ['for another merchant', { key: '0'.repeat(32) }],
    ['with another nonce', { resource: { nonce: 'fdasflkja485' } }],
    ['with another associated_data', { resource: { associated_data: 'refund' } }],
    ['with none', { resource: { associated_data: undefined } }],
    ['with less than a whole tag', { resource: { ciphertext: 'YWJjZA==' } }],
  ])('what is sealed %s is not for us', async (_what, sealing) => {
    expect(await read(envelope(TRADE, sealing))).toEqual({ kind: 'forged', why: 'not sealed with our key' });
  });
});

describe('what is not WeChat’s own of just now', () => {
  const body = envelope(TRADE);
  const good = raw(body);
  const NAMES = signedWith('').map(([name]) => name);
  const kindOf = async (notice: RawNotice) => (await gateway.readNotice(notice)).kind;

  it('is told apart from what is', async () => {
    expect(await kindOf(good)).toBe('payment');
    const shouted = good.headers.map(([name, value]) => [name.toUpperCase(), value] as const);
    expect(await kindOf({ ...good, headers: shouted })).toBe('payment');
  });

  it.each(NAMES)('without %s is forged', async (name) => {
    expect(await kindOf({ ...good, headers: good.headers.filter(([other]) => other !== name) })).toBe('forged');
  });

  it.each(NAMES)('with %s twice is forged, however it is written', async (name) => {
    const [, value] = good.headers.find(([other]) => other === name)!;
    for (const again of [name, name.toLowerCase()])
      for (const other of [value, ''])
        expect(await kindOf({ ...good, headers: [...good.headers, [again, other]] })).toBe('forged');
  });

  it.each([
    [-301, 'stale'],
    [-300, 'payment'],
    [-299, 'payment'],
    [0, 'payment'],
    [299, 'payment'],
    [300, 'payment'],
    [301, 'stale'],
  ])('of %i seconds from now is %s', async (seconds, kind) => {
    expect((await read(body, { timestamp: secondsAt(seconds) })).kind).toBe(kind);
  });

  it.each([
    '',
    '0',
    '-1795320000',
    '1795320000.5',
    '17953200000',
    '1795320000000000000000',
    ' 1795320000',
    '１７９５３２００００',
    '1e9',
  ])('of the time %j is forged', async (timestamp) => {
    expect((await read(body, { timestamp })).kind).toBe('forged');
  });

  it.each<[string, V3Signing, NoticeReading['kind']]>([
    ['by a stranger', { key: STRANGERS_KEY }, 'forged'],
    ['with a probe', { signature: `WECHATPAY/SIGNTEST/${'A'.repeat(325)}` }, 'probe'],
    ['with a probe of another time', { signature: 'WECHATPAY/SIGNTEST/', timestamp: secondsAt(-999) }, 'probe'],
    ['with nothing', { signature: '' }, 'forged'],
    ['with something', { signature: 'AAAA' }, 'forged'],
    ['with a key of nobody', { serial: 'PUB_KEY_ID_0000000000000000000000000000' }, 'unknown-key'],
    ['with its key in small letters', { serial: PUBLIC_KEY_ID.toLowerCase() }, 'unknown-key'],
    ['with its key and a blank', { serial: `${PUBLIC_KEY_ID} ` }, 'forged'],
    ['with no key', { serial: '' }, 'forged'],
  ])('signed %s is not taken', async (_what, signing, kind) => {
    expect(await read(body, signing)).toEqual({ kind, why: expect.any(String) as string });
  });

  it('that names another algorithm is forged', async () => {
    const named = (algorithm: string): RawNotice => ({
      ...good,
      headers: [...good.headers, ['Wechatpay-Signature-Type', algorithm]],
    });
    expect(await kindOf(named('WECHATPAY2-SHA256-RSA2048'))).toBe('payment');
    for (const algorithm of ['WECHATPAY2-SM2-WITH-SM3', 'none', '', 'wechatpay2-sha256-rsa2048'])
      expect(await kindOf(named(algorithm)), algorithm).toBe('forged');
  });

  it('of another merchant is not taken, with whichever of the two keys', async () => {
    const key = createPublicKey(STRANGERS_KEY);
    const theirs = { publicKey: { id: PUBLIC_KEY_ID, key }, key: new Secret('0'.repeat(32)) };
    const other = payV3To(NOBODY, theirs);
    expect((await other.readNotice(good)).kind).toBe('forged');
    expect((await other.readNotice(raw(body, { key: STRANGERS_KEY }))).kind).toBe('forged');
  });

  it('of version 2 is forged', async () => {
    const headers = [['Content-Type', 'text/xml']] as const;
    expect(await kindOf({ headers, body: Buffer.from(v2Message(PAID)) })).toBe('forged');
  });

  it('of which a bit of the body was changed is never taken', async () => {
    for (let at = 0; at < good.body.length; at += 1)
      for (const bit of [1, 32]) {
        const touched = Buffer.from(good.body);
        touched[at] = touched[at]! ^ bit;
        expect(await kindOf({ ...good, body: touched }), `byte ${at}`).toBe('forged');
      }
  });

  it('of which the body was cut or added to is never taken', async () => {
    for (const touched of [body.slice(1), body.slice(0, -1), `${body} `, `${body}\n`, `\n${body}`, ''])
      expect(await kindOf({ ...good, body: Buffer.from(touched) })).toBe('forged');
  });

  it.each(NAMES)('of which a character of %s was changed is never taken', async (name) => {
    const [, value] = good.headers.find(([other]) => other === name)!;
    for (let at = 0; at < value.length; at += 1)
      for (const letter of [
        '0',
        '1',
        'A',
        'B',
        '/',
        '=',
        ' ',
        '\u0000',
        String.fromCharCode(value.charCodeAt(at) ^ 1),
      ]) {
        const touched = value.slice(0, at) + letter + value.slice(at + 1);
        if (touched === value) continue;
        const headers = good.headers.map((header) => (header[0] === name ? ([name, touched] as const) : header));
        expect(['forged', 'stale', 'unknown-key'], touched).toContain(await kindOf({ ...good, headers }));
      }
  });

  it('moved about between nonce and body is not taken', async () => {
    const nonce = 'IITRi8Iabbblz1Jc\n{';
    const { headers } = raw(`x${body.slice(1)}`, { nonce });
    expect(await kindOf({ headers, body: Buffer.from(`x${body.slice(1)}`) })).toBe('forged');
  });
});

describe('what a notice is answered', () => {
  const STATUSES = {
    paid: 204,
    duplicate: 204,
    recorded: 204,
    noted: 204,
    ignored: 204,
    forged: 401,
    probe: 401,
    stale: 401,
    'unknown-key': 401,
    malformed: 400,
    downgraded: 422,
    mismatch: 422,
    'unknown-order': 503,
    'not-now': 503,
  } satisfies Record<NoticeVerdict, number>;

  it.each(Object.entries(STATUSES))('%s -> %i', (verdict, status) => {
    const { body, ...rest } = gateway.acknowledge(verdict as NoticeVerdict);
    expect(rest).toEqual({ status, contentType: 'application/json; charset=utf-8' });
    if (status === 204) return expect(body).toBe('');
    expect(JSON.parse(body)).toEqual({ code: 'FAIL', message: expect.stringMatching(/^[a-z ]+$/) as string });
  });

  it('says the same of a probe as of any forgery', () => {
    expect(gateway.acknowledge('probe')).toEqual(gateway.acknowledge('forged'));
  });
});
