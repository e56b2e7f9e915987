import { describe, expect, it } from 'vitest';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { APPID } from '../support/samples.ts';
import { APP_SECRET, simulatedWechat } from '../support/simulated-wechat.ts';
import { ALICE, inMinutes, isSigned, MCHID, openShop, requestOf, stoppedClock } from './shop.ts';

const HOUR = 3_600_000;

describe('an answer of WeChat Pay v2', () => {
  it.each(['MD5', 'HMAC-SHA256'] as const)('is signed with %s when the request was', async (sign_type) => {
    const shop = await openShop();
    const answer = await shop.place({ sign_type });
    expect(answer).toMatchObject({
      return_code: 'SUCCESS',
      result_code: 'SUCCESS',
      appid: APPID,
      mch_id: MCHID,
      trade_type: 'JSAPI',
    });
    expect(answer.prepay_id).toMatch(/^wx[0-9a-f]{34}$/);
    expect(isSigned(answer, sign_type)).toBe(true);
  });

  it('is signed with MD5 when the request says nothing of it', async () => {
    const shop = await openShop();
    const { sign_type: _, ...terms } = shop.terms();
    const answer = await shop.call('/pay/unifiedorder', terms);
    expect(isSigned(answer, 'MD5')).toBe(true);
  });

  it('is signed when it says no', async () => {
    const shop = await openShop();
    const answer = await shop.query();
    expect(answer).toMatchObject({ return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'ORDERNOTEXIST' });
    expect(isSigned(answer)).toBe(true);
  });
});

describe('a request that proves nothing is refused without a signature', () => {
  const terms = { out_trade_no: 'order-0001' };
  const refusal = (return_msg: string) => ({ return_code: 'FAIL', return_msg });

  it.each([
    ['a wrong signature', requestOf({ ...terms, sign: '0'.repeat(32) }), '签名错误'],
    ['another key', requestOf(terms, 'x'.repeat(32)), '签名错误'],
    ['HMAC that calls itself MD5', requestOf({ ...terms, sign: '0'.repeat(64), sign_type: 'MD5' }), '签名错误'],
    ['no signature', new Map([...requestOf(terms)].filter(([name]) => name !== 'sign')), '签名错误'],
    ['a sign type nobody knows', requestOf({ ...terms, sign_type: 'SHA1' }), 'sign_type参数格式错误'],
    ['another merchant', requestOf({ ...terms, mch_id: '1900000002' }), '商户号mch_id不存在'],
    ['another app', requestOf({ ...terms, appid: 'wx0000000000000000' }), '商户号mch_id与appid不匹配'],
    ['no nonce', requestOf({ ...terms, nonce_str: '' }), '缺少参数nonce_str'],
    ['a long nonce', requestOf({ ...terms, nonce_str: 'n'.repeat(33) }), 'nonce_str参数格式错误'],
  ])('%s', async (_what, request, message) => {
    const shop = await openShop();
    const { text } = await shop.post('/pay/orderquery', writeFlatXml(request));
    expect(Object.fromEntries(readFlatXml(Buffer.from(text)))).toEqual(refusal(message));
  });

  it.each([
    ['nothing', '', 'post数据为空'],
    ['JSON', '{}', 'XML格式错误'],
    ['a DOCTYPE', '<!DOCTYPE xml><xml><appid>a</appid></xml>', 'XML格式错误'],
    ['half an XML', '<xml><appid>a</appid>', 'XML格式错误'],
    ['bytes that are no UTF-8', Buffer.from('<xml><appid>\xff</appid></xml>', 'latin1'), 'XML格式错误'],
    ['too much', `<xml><detail>${'x'.repeat(70_000)}</detail></xml>`, 'XML格式错误'],
  ])('%s', async (_what, body, message) => {
    const shop = await openShop();
    const { status, text } = await shop.post('/pay/unifiedorder', body);
    expect(status).toBe(200);
    expect(Object.fromEntries(readFlatXml(Buffer.from(text)))).toEqual(refusal(message));
  });

  it('a GET', async () => {
    const shop = await openShop();
    const { text } = await shop.post('/pay/unifiedorder', '', 'GET');
    expect(text).toContain('请使用post方法');
  });
});

describe('unifiedorder checks', () => {
  it.each([
    ['no body', { body: '' }, 'LACK_PARAMS'],
    ['a body of 129 bytes', { body: `${'茶'.repeat(42)}abc` }, 'PARAM_ERROR'],
    ['an attach of 128 bytes', { attach: 'a'.repeat(128) }, 'PARAM_ERROR'],
    ['a detail of 6001 bytes', { detail: 'd'.repeat(6_001) }, 'PARAM_ERROR'],
    ['a number of 5 characters', { out_trade_no: '12345' }, 'PARAM_ERROR'],
    ['a number of 33 characters', { out_trade_no: '1'.repeat(33) }, 'PARAM_ERROR'],
    ['a number with a dot', { out_trade_no: 'order.0001' }, 'PARAM_ERROR'],
    ['no number', { out_trade_no: '' }, 'LACK_PARAMS'],
    ['no total', { total_fee: '' }, 'LACK_PARAMS'],
    ['a total of nothing', { total_fee: '0' }, 'PARAM_ERROR'],
    ['a negative total', { total_fee: '-1' }, 'PARAM_ERROR'],
    ['yuan', { total_fee: '1.00' }, 'PARAM_ERROR'],
    ['dollars', { fee_type: 'USD' }, 'PARAM_ERROR'],
    ['no address', { spbill_create_ip: 'localhost' }, 'PARAM_ERROR'],
    ['a relative notify_url', { notify_url: '/notify' }, 'PARAM_ERROR'],
    ['a notify_url with a query', { notify_url: 'http://127.0.0.1/notify?a=1' }, 'PARAM_ERROR'],
    ['a notify_url of 257 bytes', { notify_url: `http://127.0.0.1/${'n'.repeat(240)}` }, 'PARAM_ERROR'],
    ['no notify_url', { notify_url: '' }, 'LACK_PARAMS'],
    ['no trade_type', { trade_type: '' }, 'LACK_PARAMS'],
    ['a trade_type nobody knows', { trade_type: 'jsapi' }, 'PARAM_ERROR'],
    ['a trade_type that was not applied for', { trade_type: 'APP' }, 'NOAUTH'],
    ['a code for nothing', { trade_type: 'NATIVE' }, 'LACK_PARAMS'],
    ['a browser without a scene', { trade_type: 'MWEB' }, 'LACK_PARAMS'],
    ['no openid', { openid: '' }, 'LACK_PARAMS'],
    ['an openid of another app', { openid: `o${'x'.repeat(27)}` }, 'PARAM_ERROR'],
    ['an openid with a letter too many', { openid: `${ALICE}x` }, 'PARAM_ERROR'],
    ['a time that is none', { time_expire: '20260231000000' }, 'PARAM_ERROR'],
    ['a time that is over', { time_expire: inMinutes(-1) }, 'PARAM_ERROR'],
    ['a time that is less than a minute ahead', { time_expire: inMinutes(0.9) }, 'PARAM_ERROR'],
  ])('%s', async (_what, fields, err_code) => {
    const shop = await openShop();
    const answer = await shop.place(fields);
    expect(answer).toMatchObject({ return_code: 'SUCCESS', result_code: 'FAIL', err_code });
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [] });
  });

  it.each([
    ['a body of 128 bytes', { body: `${'茶'.repeat(42)}ab` }],
    ['an attach of 127 bytes', { attach: 'a'.repeat(127) }],
    ['an IPv6 address', { spbill_create_ip: '2001:db8::1' }],
    ['the greatest number', { out_trade_no: 'aZ0_-|*@'.repeat(4) }],
    ['a time well ahead', { time_start: inMinutes(0), time_expire: inMinutes(5) }],
    ['a field that has no rule', { version: '1.0' }],
  ])('and lets pass %s', async (_what, fields) => {
    const shop = await openShop();
    await expect(shop.prepayId(fields)).resolves.toMatch(/^wx/);
  });

  it('an openid by its form, for a simulator that was started again has named nobody yet', async () => {
    const shop = await openShop();
    const { openid } = await shop.control.call<{ openid: string }>('PATCH', 'users/bob', {});
    const another = await openShop();
    await expect(another.prepayId({ openid })).resolves.toMatch(/^wx/);
    const elsewhere = await startSimulator({ appid: 'wxother', secret: APP_SECRET });
    const answer = await fetch(`${elsewhere.url}/_simulator/users/bob`, { method: 'PATCH', body: '{}' });
    const { openid: foreign } = (await answer.json()) as { openid: string };
    await elsewhere.close();
    expect(await another.place({ openid: foreign, out_trade_no: 'order-0002' })).toMatchObject({
      err_code: 'PARAM_ERROR',
    });
  });
});

describe('an order that is placed again', () => {
  it('with identical parameters is the same order with a fresh prepay_id', async () => {
    const shop = await openShop();
    const first = await shop.prepayId();
    const second = await shop.prepayId();
    expect(second).not.toBe(first);
    const { trades } = await shop.control.call<{ trades: object[] }>('GET', 'ledger');
    expect(trades).toMatchObject([{ out_trade_no: 'order-0001', prepay_count: 2 }]);
  });

  it.each([{ total_fee: '101' }, { attach: 'a' }, { sign_type: 'MD5' }, { notify_url: 'http://127.0.0.1:1/other' }])(
    'with %j is refused',
    async (difference) => {
      const shop = await openShop();
      await shop.prepayId();
      expect(await shop.place(difference)).toMatchObject({ result_code: 'FAIL', err_code: 'OUT_TRADE_NO_USED' });
      await expect(shop.prepayId()).resolves.toMatch(/^wx/);
    },
  );

  it('is refused once it is paid', async () => {
    const shop = await openShop();
    await shop.prepayId();
    await shop.pay();
    expect(await shop.place()).toMatchObject({ err_code: 'ORDERPAID' });
  });

  it('is refused once it is closed', async () => {
    const shop = await openShop();
    await shop.prepayId();
    await shop.close();
    expect(await shop.place()).toMatchObject({ err_code: 'ORDERCLOSED' });
  });

  it('in its last minute is still the same order', async () => {
    const pass = stoppedClock();
    const shop = await openShop();
    const terms = { time_expire: inMinutes(2) };
    await shop.prepayId(terms);
    pass(90_000);
    await expect(shop.prepayId(terms)).resolves.toMatch(/^wx/);
  });
});

describe('the state of a trade', () => {
  it('is NOTPAY at first, of which no more than number and attach is told', async () => {
    const shop = await openShop();
    await shop.prepayId({ attach: '茶&<' });
    const answer = await shop.query();
    expect(isSigned(answer)).toBe(true);
    expect(Object.keys(answer).toSorted()).toEqual(
      ['appid', 'attach', 'mch_id', 'nonce_str', 'out_trade_no', 'result_code', 'return_code', 'return_msg', 'sign']
        .concat('trade_state', 'trade_state_desc')
        .toSorted(),
    );
    expect(answer).toMatchObject({ trade_state: 'NOTPAY', out_trade_no: 'order-0001', attach: '茶&<' });
  });

  it('is SUCCESS once it is paid, found by either number', async () => {
    const shop = await openShop();
    await shop.prepayId();
    const { transaction_id = '' } = await shop.pay();
    expect(transaction_id).toMatch(/^\d{28}$/);
    for (const by of [{ out_trade_no: 'order-0001' }, { transaction_id }])
      expect(await shop.query(by)).toMatchObject({
        trade_state: 'SUCCESS',
        transaction_id,
        out_trade_no: 'order-0001',
        openid: ALICE,
        total_fee: '100',
        cash_fee: '100',
        time_end: expect.stringMatching(/^\d{14}$/) as string,
      });
  });

  it('tells coupons one by one', async () => {
    const shop = await openShop();
    await shop.prepayId();
    const coupons = [{ fee: 10 }, { fee: 25, type: 'NO_CASH' }];
    await shop.pay({ out_trade_no: 'order-0001', coupons });
    const answer = await shop.query();
    expect(answer).toMatchObject({
      total_fee: '100',
      cash_fee: '65',
      settlement_total_fee: '75',
      coupon_fee: '35',
      coupon_count: '2',
      coupon_fee_0: '10',
      coupon_type_0: 'CASH',
      coupon_fee_1: '25',
      coupon_type_1: 'NO_CASH',
    });
    expect(answer.coupon_id_0).toMatch(/^\d{10}$/);
  });

  it('is CLOSED by closeorder, and only once', async () => {
    const shop = await openShop();
    await shop.prepayId();
    expect(await shop.close()).toMatchObject({ result_code: 'SUCCESS' });
    expect(await shop.query()).toMatchObject({ trade_state: 'CLOSED' });
    expect(await shop.close()).toMatchObject({ err_code: 'ORDERCLOSED' });
  });

  it('is CLOSED when its time is over', async () => {
    const pass = stoppedClock();
    const shop = await openShop();
    await shop.prepayId({ time_expire: inMinutes(30) });
    pass(29 * 60_000);
    expect(await shop.query()).toMatchObject({ trade_state: 'NOTPAY' });
    pass(60_000);
    expect(await shop.query()).toMatchObject({ trade_state: 'CLOSED' });
  });

  it('is CLOSED after two hours when no time was said', async () => {
    const pass = stoppedClock();
    const shop = await openShop();
    await shop.prepayId();
    pass(2 * HOUR);
    expect(await shop.query()).toMatchObject({ trade_state: 'CLOSED' });
  });

  it('stays SUCCESS when the time is over, and cannot be closed', async () => {
    const pass = stoppedClock();
    const shop = await openShop();
    await shop.prepayId();
    await shop.pay();
    pass(3 * HOUR);
    expect(await shop.query()).toMatchObject({ trade_state: 'SUCCESS' });
    expect(await shop.close()).toMatchObject({ err_code: 'ORDERPAID' });
  });

  it.each(['/pay/orderquery', '/pay/closeorder'])('%s knows no order that was not placed', async (path) => {
    const shop = await openShop();
    expect(await shop.call(path, { out_trade_no: 'order-0001' })).toMatchObject({ err_code: 'ORDERNOTEXIST' });
    expect(await shop.call(path, {})).toMatchObject({ err_code: 'LACK_PARAMS' });
  });
});

describe('payitil/report', () => {
  const REPORT = {
    interface_url: 'https://api.mch.weixin.qq.com/pay/unifiedorder',
    execute_time_: '12',
    return_code: 'SUCCESS',
    result_code: 'SUCCESS',
    user_ip: '127.0.0.1',
  };

  it('is answered without a signature and kept', async () => {
    const shop = await openShop();
    expect(await shop.call('/payitil/report', REPORT)).toEqual({ return_code: 'SUCCESS', return_msg: 'OK' });
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ reports: [REPORT] });
  });

  it('wants its time with an underscore', async () => {
    const shop = await openShop();
    const { execute_time_: _, ...rest } = REPORT;
    const answer = await shop.call('/payitil/report', { ...rest, execute_time: '12' });
    expect(answer).toEqual({ return_code: 'FAIL', return_msg: '缺少参数execute_time_' });
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ reports: [] });
  });
});

describe('the ledger', () => {
  it('tells every trade, its queries and its times', async () => {
    const shop = await openShop();
    await shop.prepayId({ out_trade_no: 'order-0001' });
    await shop.prepayId({ out_trade_no: 'order-0002' });
    await shop.query();
    await shop.query();
    const { transaction_id } = await shop.pay();
    await shop.close({ out_trade_no: 'order-0002' });
    const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    const what = { api: 'v2', trade_type: 'JSAPI', total_fee: 100, openid: ALICE };
    const common = { ...what, prepay_count: 1, created_at: time, refunded_total: 0, refunds: [] };
    const paid = { trade_state: 'SUCCESS', transaction_id, paid_at: time };
    const trades = [
      { ...common, out_trade_no: 'order-0001', queries: 2, ...paid },
      { ...common, out_trade_no: 'order-0002', queries: 0, trade_state: 'CLOSED', closed_at: time },
    ];
    const ledger = await shop.control.call<{ trades: object[]; counts: object }>('GET', 'ledger');
    expect(ledger.trades).toEqual(trades);
    expect(ledger.counts).toEqual({ 'unifiedorder ok': 2, 'orderquery ok': 2, 'closeorder ok': 1 });
    const one = await shop.control.call<{ trades: object[] }>('GET', 'ledger?out_trade_no=order-0002');
    expect(one.trades).toEqual([trades[1]]);
    expect(await shop.control.call('GET', 'ledger?out_trade_no=order-0003')).toMatchObject({ trades: [] });
    expect(await shop.control.call('GET', 'trades/order-0001')).toEqual(trades[0]);
    expect(await shop.refused('POST', 'trades/order-0003/expiry', {})).toMatchObject({ status: 404 });
  });

  it('counts what was refused by its code', async () => {
    const shop = await openShop();
    await shop.query();
    await shop.call('/pay/orderquery', { sign: 'x' });
    expect(await shop.control.counts()).toEqual({
      'orderquery err_code ORDERNOTEXIST': 1,
      'orderquery return_code FAIL 签名错误': 1,
    });
  });
});

describe('a simulator without a merchant', () => {
  it('has no WeChat Pay, and an empty ledger of it', async () => {
    const control = await simulatedWechat();
    expect((await fetch(`${control.url}/pay/unifiedorder`, { method: 'POST' })).status).toBe(404);
    const { controls } = await control.call<{ controls: object }>('GET', '');
    expect(controls).not.toHaveProperty('POST /_simulator/pay');
    expect(await control.call('GET', 'ledger')).toEqual({ counts: {}, calls: [], trades: [], reports: [] });
  });
});
