import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { APPID } from '../support/samples.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import { ALICE, MCHID, openShop, stoppedClock } from './shop.ts';
import { type Asked, hasProof, headerOf, MERCHANT_SERIAL, openShopV3, PUBLIC_KEY_ID, type ShopV3 } from './shop-v3.ts';

const HOUR = 3_600_000;
const QUERY = `/v3/pay/transactions/out-trade-no/order-0001?mchid=${MCHID}`;
const inMinutes = (minutes: number): string =>
  new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');

describe('an answer of WeChat Pay v3', () => {
  it('is signed with the newest certificate when the request names no key', async () => {
    const shop = await openShopV3();
    const answer = await shop.placeV3();
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json)).toEqual(['prepay_id']);
    expect(answer.json.prepay_id).toMatch(/^wx[0-9a-f]{34}$/);
    expect(headerOf(answer, 'wechatpay-serial')).toBe((await shop.keys()).certificates.at(-1)?.serial_no);
    expect(headerOf(answer, 'request-id')).toMatch(/./);
    expect(await shop.isSigned(answer)).toBe(true);
  });

  it('is signed with the public key when the request names it', async () => {
    const shop = await openShopV3();
    const answer = await shop.placeV3({}, 'jsapi', { 'wechatpay-serial': PUBLIC_KEY_ID });
    expect(headerOf(answer, 'wechatpay-serial')).toBe(PUBLIC_KEY_ID);
    expect(await shop.isSigned(answer)).toBe(true);
  });

  it('is signed when it says nothing', async () => {
    const shop = await openShopV3();
    await shop.ticket();
    const answer = await shop.closeV3();
    expect([answer.status, answer.bytes.length]).toEqual([204, 0]);
    expect(await shop.isSigned(answer)).toBe(true);
  });

  it('is not signed when it says no', async () => {
    const shop = await openShopV3();
    const answer = await shop.queryV3();
    expect(answer).toMatchObject({ status: 404, json: { code: 'ORDER_NOT_EXIST', message: '订单不存在' } });
    expect(hasProof(answer)).toBe(false);
  });
});

describe('a request that proves nothing is refused without a signature', () => {
  const signature = (text: string): string => /signature="([^"]+)"/.exec(text)?.[1] ?? '';
  const header = (change: (right: string) => string | string[] | undefined) => (shop: ShopV3) => ({
    headers: { authorization: change(shop.authorization({ method: 'GET', path: QUERY })) },
  });

  it.each<[string, (shop: ShopV3) => Partial<Asked>]>([
    ['no authorization', header(() => undefined)],
    ['an empty one', header(() => '')],
    ['one of another scheme', header((right) => right.replace('RSA2048', 'SM2'))],
    ['one without a scheme', header((right) => right.replace(/^\S+ /, ''))],
    ['one that was sent twice', header((right) => [right, right])],
    ['one that says a thing twice', header((right) => `${right},mchid="${MCHID}"`)],
    ['one that lacks a thing', header((right) => right.replace(/,timestamp="\d+"/, ''))],
    ['one with a blank', header((right) => right.replace(',', ', '))],
    ['a wrong signature', header((right) => right.replace(signature(right), signature(right).replaceAll('A', 'B')))],
    ['a signature that is none', header((right) => right.replace(signature(right), 'AAAA'))],
    ['another merchant', () => ({ by: { mchid: '1900000002' } })],
    ['another serial number', () => ({ by: { serialNumber: `${MERCHANT_SERIAL}0` } })],
    ['its serial number in small letters', () => ({ by: { serialNumber: MERCHANT_SERIAL.toLowerCase() } })],
    ['another key', () => ({ by: { key: createPrivateKey(certificates.shared.apacheDecryptPrivateKey) } })],
    ['a nonce with a blank', () => ({ by: { nonce: 'a b' } })],
    ['a time of long ago', () => ({ by: { timeOff: -302 } })],
    ['a time to come', () => ({ by: { timeOff: 302 } })],
    ['another method', () => ({ signed: { method: 'POST' } })],
    ['another path', () => ({ signed: { url: QUERY.replace('0001', '0002') } })],
    ['another query', () => ({ signed: { url: `${QUERY}&a=1` } })],
    ['the address with its host', (shop) => ({ signed: { url: `${shop.control.url}${QUERY}` } })],
    ['a body that was not sent', () => ({ signed: { body: '{}' } })],
  ])('%s', async (_what, differences) => {
    const shop = await openShopV3();
    await shop.ticket();
    const answer = await shop.ask({ path: QUERY, ...differences(shop) });
    expect(answer).toMatchObject({ status: 401, json: { code: 'SIGN_ERROR' } });
    expect(hasProof(answer)).toBe(false);
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [{ queries: 0 }] });
  });

  it('a body that was written otherwise than it was signed', async () => {
    const shop = await openShopV3();
    const body = JSON.stringify(shop.order());
    const answer = await shop.ask({ path: '/v3/pay/transactions/jsapi', text: `${body} `, signed: { body } });
    expect(answer).toMatchObject({ status: 401, json: { code: 'SIGN_ERROR' } });
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [] });
  });

  it.each([-298, 298])('but not one whose clock is off by %i seconds', async (timeOff) => {
    const shop = await openShopV3();
    await shop.ticket();
    expect(await shop.ask({ path: QUERY, by: { timeOff } })).toMatchObject({ status: 200 });
  });
});

describe('a request without manners is refused', () => {
  it.each<[string, Partial<Asked>]>([
    ['one that accepts nothing', { headers: { accept: undefined } }],
    ['one that accepts XML', { headers: { accept: 'text/xml' } }],
    ['one from nobody', { headers: { 'user-agent': undefined } }],
    ['one of no type', { headers: { 'content-type': undefined } }],
    ['one of the type of v2', { headers: { 'content-type': 'text/xml' } }],
    ['one that names a key nobody knows', { headers: { 'wechatpay-serial': 'PUB_KEY_ID_0' } }],
    ['one that names the merchant’s own certificate', { headers: { 'wechatpay-serial': MERCHANT_SERIAL } }],
    ['one that names two keys', { headers: { 'wechatpay-serial': [PUBLIC_KEY_ID, PUBLIC_KEY_ID] } }],
    ['one that is no JSON', { text: '{"mchid":' }],
    ['one that is XML', { text: '<xml><mchid>1900000001</mchid></xml>' }],
    ['one that is no object', { text: '[]' }],
    ['one that is too long', { text: `{"description":"${'x'.repeat(70_000)}"}` }],
    ['one that is no UTF-8', { text: Buffer.from('{"description":"\xff"}', 'latin1') }],
  ])('%s', async (_what, differences) => {
    const shop = await openShopV3();
    const answer = await shop.ask({ path: '/v3/pay/transactions/jsapi', body: shop.order(), ...differences });
    expect(answer).toMatchObject({ status: 400, json: { code: 'PARAM_ERROR' } });
    expect(hasProof(answer)).toBe(false);
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [] });
  });

  it('but one that accepts anything, and says in what letters it writes, is not', async () => {
    const shop = await openShopV3();
    const headers = { accept: 'text/html, */*;q=0.8', 'content-type': 'application/json; charset=utf-8' };
    expect(await shop.placeV3({}, 'jsapi', headers)).toMatchObject({ status: 200 });
  });
});

describe('an order is checked', () => {
  const amount = (fields: object) => ({ amount: { total: 100, currency: 'CNY', ...fields } });

  it.each<[string, Record<string, unknown>, string]>([
    ['no description', { description: undefined }, 'PARAM_ERROR'],
    ['a description of nothing', { description: '' }, 'PARAM_ERROR'],
    ['a description of 128 bytes', { description: `${'茶'.repeat(42)}ab` }, 'PARAM_ERROR'],
    ['an attach of 129 bytes', { attach: 'a'.repeat(129) }, 'PARAM_ERROR'],
    ['a number of 5 characters', { out_trade_no: '12345' }, 'PARAM_ERROR'],
    ['a number of 33 characters', { out_trade_no: '1'.repeat(33) }, 'PARAM_ERROR'],
    ['a number with an @, which v2 takes', { out_trade_no: 'order@0001' }, 'PARAM_ERROR'],
    ['a number that is none', { out_trade_no: 100_001 }, 'PARAM_ERROR'],
    ['no amount', { amount: undefined }, 'PARAM_ERROR'],
    ['a total of nothing', amount({ total: 0 }), 'PARAM_ERROR'],
    ['a negative total', amount({ total: -1 }), 'PARAM_ERROR'],
    ['a part of a fen', amount({ total: 1.5 }), 'PARAM_ERROR'],
    ['a total in letters', amount({ total: '100' }), 'PARAM_ERROR'],
    ['dollars', amount({ currency: 'USD' }), 'PARAM_ERROR'],
    ['no notify_url', { notify_url: undefined }, 'PARAM_ERROR'],
    ['a notify_url without TLS', { notify_url: 'http://example.com/notify' }, 'PARAM_ERROR'],
    ['a notify_url that only looks like home', { notify_url: 'http://127.0.0.1.example.com/notify' }, 'PARAM_ERROR'],
    ['a notify_url with a query', { notify_url: 'https://example.com/notify?a=1' }, 'PARAM_ERROR'],
    ['a notify_url of 256 bytes', { notify_url: `https://example.com/${'n'.repeat(236)}` }, 'PARAM_ERROR'],
    ['no payer', { payer: undefined }, 'PARAM_ERROR'],
    ['an openid of another app', { payer: { openid: `o${'x'.repeat(27)}` } }, 'PARAM_ERROR'],
    ['no merchant', { mchid: undefined }, 'PARAM_ERROR'],
    ['another merchant than the one who signed', { mchid: '1900000002' }, 'PARAM_ERROR'],
    ['another app', { appid: 'wx0000000000000000' }, 'APPID_MCHID_NOT_MATCH'],
    ['a time that is none', { time_expire: '2026-02-31T00:00:00+08:00' }, 'PARAM_ERROR'],
    ['a time as v2 writes it', { time_expire: '20260228000000' }, 'PARAM_ERROR'],
    ['a time without a zone', { time_expire: '2036-02-28T00:00:00' }, 'PARAM_ERROR'],
    ['a time that is over', { time_expire: inMinutes(-1) }, 'PARAM_ERROR'],
    ['a time that is less than a minute ahead', { time_expire: inMinutes(0.9) }, 'PARAM_ERROR'],
    ['a time that is too far ahead', { time_expire: inMinutes(91 * 24 * 60) }, 'PARAM_ERROR'],
    ['a detail that is text', { detail: 'tea' }, 'PARAM_ERROR'],
  ])('for %s', async (_what, fields, code) => {
    const shop = await openShopV3();
    expect(await shop.placeV3(fields)).toMatchObject({ status: 400, json: { code } });
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [] });
  });

  it.each<[string, Record<string, unknown>]>([
    ['a description of 127 bytes', { description: `${'茶'.repeat(42)}a` }],
    ['an attach of 128 bytes', { attach: 'a'.repeat(128) }],
    ['the greatest number', { out_trade_no: 'aZ0_-|*0'.repeat(4) }],
    ['no currency', { amount: { total: 1 } }],
    ['a notify_url with TLS', { notify_url: 'https://example.com/notify' }],
    ['a time in another zone', { time_expire: `${new Date(Date.now() + HOUR).toISOString().slice(0, 19)}-00:00` }],
    ['a field that nobody knows', { version: '1.0', amount: { total: 1, tip: 2 } }],
  ])('and %s passes', async (_what, fields) => {
    const shop = await openShopV3();
    expect(await shop.placeV3(fields)).toMatchObject({ status: 200 });
  });

  it('and the answer says what is wrong, and where', async () => {
    const shop = await openShopV3();
    const { json } = await shop.placeV3(amount({ total: '100' }));
    expect(json).toEqual({
      code: 'PARAM_ERROR',
      message: expect.stringContaining('/body/amount/total') as string,
      detail: { field: '/body/amount/total', value: '100', issue: '规则校验失败', location: 'body' },
    });
  });
});

describe('an order that is placed again', () => {
  it('with identical parameters is the same order with a fresh prepay_id, whatever order they come in', async () => {
    const shop = await openShopV3();
    const first = await shop.ticket();
    const turned = Object.fromEntries(Object.entries(shop.order()).toReversed());
    const second = await shop.ask({ path: '/v3/pay/transactions/jsapi', body: turned });
    expect(second.status).toBe(200);
    expect(second.json.prepay_id).not.toBe(first.prepay_id);
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [{ prepay_count: 2 }] });
  });

  it.each([{ amount: { total: 101, currency: 'CNY' } }, { attach: 'a' }, { amount: { total: 100 } }])(
    'with %j is refused',
    async (difference) => {
      const shop = await openShopV3();
      await shop.ticket();
      const refused = { status: 403, json: { code: 'OUT_TRADE_NO_USED' } };
      expect(await shop.placeV3(difference)).toMatchObject(refused);
      expect(await shop.placeV3()).toMatchObject({ status: 200 });
    },
  );

  it('by way of v2 is refused, and the other way round', async () => {
    const shop = await openShopV3();
    await shop.ticket();
    expect(await shop.place()).toMatchObject({ err_code: 'OUT_TRADE_NO_USED' });
    await shop.prepayId({ out_trade_no: 'order-0002' });
    expect(await shop.placeV3({ out_trade_no: 'order-0002' })).toMatchObject({ json: { code: 'OUT_TRADE_NO_USED' } });
  });

  it('is refused once it is paid, and once it is closed', async () => {
    const shop = await openShopV3();
    await shop.paidV3();
    expect(await shop.placeV3()).toMatchObject({ status: 400, json: { code: 'ORDERPAID' } });
    await shop.ticket({ out_trade_no: 'order-0002' });
    await shop.closeV3('order-0002');
    const again = await shop.placeV3({ out_trade_no: 'order-0002' });
    expect(again).toMatchObject({ status: 400, json: { code: 'ORDER_CLOSED' } });
  });
});

describe('the state of a trade', () => {
  it('is NOTPAY at first, of which little is told', async () => {
    const shop = await openShopV3();
    await shop.ticket({ attach: '茶&<' });
    const answer = await shop.queryV3();
    expect(await shop.isSigned(answer)).toBe(true);
    expect(answer.json).toEqual({
      appid: APPID,
      mchid: MCHID,
      out_trade_no: 'order-0001',
      attach: '茶&<',
      amount: { payer_currency: 'CNY', total: 100 },
      trade_state: 'NOTPAY',
      trade_state_desc: '订单未支付',
    });
  });

  it('is SUCCESS once it is paid, found by either number', async () => {
    const shop = await openShopV3();
    const transaction_id = await shop.paidV3();
    const paths = [QUERY, `/v3/pay/transactions/id/${transaction_id}?mchid=${MCHID}`];
    for (const path of paths)
      expect((await shop.ask({ path })).json).toEqual({
        appid: APPID,
        mchid: MCHID,
        out_trade_no: 'order-0001',
        transaction_id,
        trade_type: 'JSAPI',
        bank_type: 'OTHERS',
        attach: '',
        success_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/) as string,
        payer: { openid: ALICE },
        amount: { total: 100, payer_total: 100, currency: 'CNY', payer_currency: 'CNY' },
        trade_state: 'SUCCESS',
        trade_state_desc: '支付成功',
      });
  });

  it('tells coupons one by one', async () => {
    const shop = await openShopV3();
    await shop.paidV3({}, { coupons: [{ fee: 10 }, { fee: 25, type: 'NO_CASH' }] });
    expect((await shop.queryV3()).json).toMatchObject({
      amount: { total: 100, payer_total: 65 },
      promotion_detail: [
        { type: 'CASH', amount: 10, coupon_id: expect.stringMatching(/^\d{10}$/) as string },
        { type: 'NOCASH', amount: 25 },
      ],
    });
  });

  it('is CLOSED by the merchant, and only once', async () => {
    const shop = await openShopV3();
    await shop.ticket();
    expect(await shop.closeV3()).toMatchObject({ status: 204 });
    expect((await shop.queryV3()).json).toMatchObject({ trade_state: 'CLOSED' });
    expect(await shop.closeV3()).toMatchObject({ status: 400, json: { code: 'ORDER_CLOSED' } });
  });

  it('is CLOSED when its time is over, after seven days when no time was said', async () => {
    const pass = stoppedClock();
    const shop = await openShopV3();
    await shop.ticket({ time_expire: inMinutes(30) });
    await shop.ticket({ out_trade_no: 'order-0002' });
    pass(30 * 60_000);
    expect((await shop.queryV3()).json).toMatchObject({ trade_state: 'CLOSED' });
    pass(7 * 24 * HOUR - 31 * 60_000);
    expect((await shop.queryV3('order-0002')).json).toMatchObject({ trade_state: 'NOTPAY' });
    pass(60_000);
    expect((await shop.queryV3('order-0002')).json).toMatchObject({ trade_state: 'CLOSED' });
  });

  it('stays SUCCESS, and cannot be closed then', async () => {
    const shop = await openShopV3();
    await shop.paidV3();
    expect(await shop.closeV3()).toMatchObject({ status: 400, json: { code: 'ORDERPAID' } });
  });

  it('is the same in either version', async () => {
    const shop = await openShopV3();
    await shop.prepayId();
    expect((await shop.queryV3()).json).toMatchObject({ trade_state: 'NOTPAY' });
    await shop.pay({ out_trade_no: 'order-0001', notify: false });
    const { transaction_id } = await shop.query();
    expect((await shop.queryV3()).json).toMatchObject({ trade_state: 'SUCCESS', transaction_id });
    await shop.ticket({ out_trade_no: 'order-0002' });
    expect(await shop.close({ out_trade_no: 'order-0002' })).toMatchObject({ result_code: 'SUCCESS' });
    expect((await shop.queryV3('order-0002')).json).toMatchObject({ trade_state: 'CLOSED' });
    const { trades } = await shop.control.call<{ trades: object[] }>('GET', 'ledger');
    expect(trades).toMatchObject([{ api: 'v2' }, { api: 'v3', trade_type: 'JSAPI' }]);
  });

  it('is told to the merchant alone', async () => {
    const shop = await openShopV3();
    await shop.ticket();
    for (const query of ['', '?mchid=', '?mchid=1900000002', '?mch_id=1900000001']) {
      const answer = await shop.ask({ path: `/v3/pay/transactions/out-trade-no/order-0001${query}` });
      expect(answer).toMatchObject({ status: 400, json: { code: 'PARAM_ERROR' } });
    }
  });

  it('is unknown of what was not placed', async () => {
    const shop = await openShopV3();
    const absent = { status: 404, json: { code: 'ORDER_NOT_EXIST' } };
    expect(await shop.queryV3()).toMatchObject(absent);
    expect(await shop.closeV3()).toMatchObject(absent);
    const path = `/v3/pay/transactions/id/${'4'.repeat(28)}?mchid=${MCHID}`;
    expect(await shop.ask({ path })).toMatchObject(absent);
  });
});

describe('the ledger', () => {
  it('knows the calls of v3 by their names of v2, and tells the version', async () => {
    const shop = await openShopV3();
    await shop.ticket();
    await shop.queryV3('order-0002');
    await shop.query();
    const { counts, calls } = await shop.control.call<{ counts: object; calls: object[] }>('GET', 'ledger');
    expect(counts).toEqual({ 'unifiedorder ok': 1, 'orderquery err_code ORDER_NOT_EXIST': 1, 'orderquery ok': 1 });
    expect(calls.map((call) => 'api' in call && call.api)).toEqual(['v3', 'v3', false]);
  });
});

describe('a merchant of v2 alone', () => {
  it('has no v3, and controls of it do nothing', async () => {
    const shop = await openShop();
    expect((await fetch(`${shop.control.url}/v3/certificates`)).status).toBe(404);
    const refused = { status: 409, error: 'the merchant has not taken up version 3' };
    expect(await shop.refused('PUT', 'pay-v3/keys', { sign_with: 'certificate' })).toEqual(refused);
    expect(await shop.refused('POST', 'pay-v3/certificates/rotate', {})).toEqual(refused);
    expect(await shop.refused('POST', 'trades', { api: 'v3' })).toEqual(refused);
  });
});
