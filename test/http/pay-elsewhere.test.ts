import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE } from '../../src/domain/clock.ts';
import type { AppPaymentRequest } from '../../src/domain/order/payment-gateway.ts';
import type { Client } from '../support/client.ts';
import { APP_APPID, MCHID, NOON } from '../support/samples.ts';
import { runningApp } from '../support/running-app.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

const MERCHANT = { token: MERCHANT_KEY };
const H5 = { trade_type: 'H5', payer_client_ip: '198.51.100.7' };
const BODIES = [{ trade_type: 'NATIVE' }, H5, { trade_type: 'APP' }] as const;

/** A coffee of 18 yuan that is ordered and that nobody has begun to pay for. */
async function ordered(wish: object = {}) {
  const app = await runningApp();
  const alice = await app.client.logIn(app.gateway.issueCode('alice'));
  const coffee = { description: 'Wexagon-拿铁咖啡', amount: { total: 1_800 }, ...wish };
  const { out_trade_no } = (await app.client.post('/v1/merchant/orders', coffee, MERCHANT)).body;
  const path = `/v1/merchant/orders/${out_trade_no}`;
  const pay = (body: unknown, headers?: Record<string, string>) =>
    app.client.post(`${path}/pay`, body, { ...MERCHANT, headers });
  const read = async () => (await app.client.get(path, MERCHANT)).body;
  const kept = async () => app.persistence.orders.find(out_trade_no as never);
  return { ...app, alice, kept, out_trade_no, path, pay, read };
}

const notify = (
  client: Client,
  { headers, body }: { headers: readonly (readonly [string, string])[]; body: Uint8Array },
) => client.send('POST', '/notify/wechat-pay/v3', { raw: body, headers: Object.fromEntries(headers) });

describe('POST /v1/merchant/orders/{out_trade_no}/pay', () => {
  it('answers NATIVE with a code to show', async () => {
    const { pay, read } = await ordered();
    const { status, body } = await pay({ trade_type: 'NATIVE' });
    expect(status).toBe(200);
    expect(body).toEqual({
      trade_type: 'NATIVE',
      code_url: expect.stringMatching(/^weixin:\/\/wxpay\/bizpayurl\?pr=/),
      expires_at: later(NOON, 2 * HOUR).toISOString(),
    });
    expect(await read()).toMatchObject({ state: 'prepaid', payer: {} });
  });

  it('says no later end than that of the order', async () => {
    const time_expire = later(NOON, 10 * MINUTE).toISOString();
    const { pay } = await ordered({ time_expire });
    expect((await pay({ trade_type: 'NATIVE' })).body.expires_at).toBe(time_expire);
  });

  it('answers H5 with a page to send the payer to, and WeChat knows the payer’s address', async () => {
    const { kept, pay } = await ordered();
    const { status, body } = await pay(H5);
    expect(status).toBe(200);
    expect(body).toEqual({
      trade_type: 'H5',
      h5_url: expect.stringMatching(/^https:\/\/wx\.tenpay\.com\//),
      expires_at: later(NOON, 5 * MINUTE).toISOString(),
    });
    expect(await kept()).toMatchObject({ prepay: { tradeType: 'H5', clientIp: '198.51.100.7' } });
  });

  it('answers APP with what an app hands to WeChat, and nothing else', async () => {
    const { out_trade_no, pay, payments } = await ordered();
    const { status, body } = await pay({ trade_type: 'APP' });
    expect(status).toBe(200);
    const { trade_type, ...request } = body as { trade_type: string } & AppPaymentRequest;
    expect({ trade_type, ...request }).toEqual({
      trade_type: 'APP',
      appid: APP_APPID,
      partnerid: MCHID,
      prepayid: expect.any(String),
      package: 'Sign=WXPay',
      noncestr: expect.any(String),
      timestamp: String(NOON.getTime() / 1_000),
      sign: expect.any(String),
    });
    expect(payments.payInApp(request)).toMatchObject({ outTradeNo: out_trade_no, total: 1_800, appid: APP_APPID });
  });

  it('is paid by whoever scans the code, and tells who that was', async () => {
    const { client, out_trade_no, pay, payments, read } = await ordered();
    const { body } = await pay({ trade_type: 'NATIVE' });
    payments.payByUrl(body.code_url, 'oBob' as never);
    expect(await notify(client, payments.noticeOf(out_trade_no))).toMatchObject({ status: 200, text: 'paid' });
    expect(await read()).toMatchObject({ state: 'paid', payer: { openid: 'oBob' }, late: false });
  });

  it.each([
    ['the caller’s', { trade_type: 'NATIVE' }, '127.0.0.1'],
    ['the caller’s for null', { trade_type: 'APP', payer_client_ip: null }, '127.0.0.1'],
    ['the one it is given', { trade_type: 'NATIVE', payer_client_ip: '198.51.100.7' }, '198.51.100.7'],
    ['one of IPv6', { trade_type: 'H5', payer_client_ip: '2001:db8::7' }, '2001:db8::7'],
  ])('tells WeChat an address: %s', async (_whose, body, clientIp) => {
    const { kept, pay } = await ordered();
    expect((await pay(body)).status).toBe(200);
    expect(await kept()).toMatchObject({ prepay: { clientIp } });
  });

  it.each(BODIES)('gives the same again for %j while it is good, and asks WeChat once', async (body) => {
    const { pay, payments } = await ordered();
    const [first, again] = [(await pay(body)).body, (await pay(body)).body];
    for (const name of ['code_url', 'h5_url', 'prepayid', 'expires_at']) expect(again[name]).toBe(first[name]);
    expect(payments.calls.prepay).toBe(1);
  });

  it.each([
    ['nothing', {}],
    ['no object', []],
    ['JSAPI, which is for the mini program', { trade_type: 'JSAPI' }],
    ['a way that nobody knows', { trade_type: 'MWEB' }],
    ['small letters', { trade_type: 'native' }],
    ['two ways', { trade_type: ['NATIVE', 'H5'] }],
    ['H5 without the payer’s address', { trade_type: 'H5' }],
    ['H5 with null for it', { trade_type: 'H5', payer_client_ip: null }],
    ['a name for an address', { trade_type: 'H5', payer_client_ip: 'localhost' }],
    ['an address with a port', { trade_type: 'H5', payer_client_ip: '198.51.100.7:80' }],
    ['an address with a blank', { trade_type: 'NATIVE', payer_client_ip: ' 198.51.100.7' }],
    ['an address with a zone', { trade_type: 'NATIVE', payer_client_ip: 'fe80::1%eth0' }],
    ['half an address', { trade_type: 'NATIVE', payer_client_ip: '198.51.100' }],
    ['an empty address', { trade_type: 'NATIVE', payer_client_ip: '' }],
    ['a field that does not exist', { trade_type: 'NATIVE', openid: 'oAlice' }],
  ])('refuses %s with 400, and nothing is begun', async (_what, body) => {
    const { pay, payments, read } = await ordered();
    expect(await pay(body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await read()).toMatchObject({ state: 'created' });
    expect(payments.calls.prepay).toBe(0);
  });

  it('says which field is missing for H5', async () => {
    const { pay } = await ordered();
    expect((await pay({ trade_type: 'H5' })).body.errors).toEqual([
      { field: 'payer_client_ip', message: 'For H5, WeChat has to know the address of the one who pays.' },
    ]);
  });

  it('refuses what is no JSON', async () => {
    const { client, path } = await ordered();
    const send = (raw: string, type: string) =>
      client.send('POST', `${path}/pay`, { ...MERCHANT, raw, headers: { 'content-type': type } });
    expect(await send('{', 'application/json')).toMatchObject({ status: 400, body: { code: 'malformed-json' } });
    expect(await send('trade_type=NATIVE', 'application/x-www-form-urlencoded')).toMatchObject({ status: 415 });
  });

  it('refuses another way than the one that was begun with 409', async () => {
    const { alice, client, out_trade_no, pay, payments } = await ordered();
    await pay({ trade_type: 'NATIVE' });
    const conflict = { status: 409, body: { code: 'trade-type-conflict' } };
    expect(await pay(H5)).toMatchObject(conflict);
    expect(await pay({ trade_type: 'APP' })).toMatchObject(conflict);
    const own = await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    expect(own).toMatchObject(conflict);
    expect(payments.calls.prepay).toBe(1);
  });

  it('refuses the order of a payer, who pays in the mini program', async () => {
    const { pay, read } = await ordered({ payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' } });
    for (const body of BODIES)
      expect(await pay(body)).toMatchObject({ status: 409, body: { code: 'trade-type-conflict' } });
    expect(await read()).toMatchObject({ state: 'created' });
  });

  it('refuses an app where the server has none', async () => {
    const { pay, payments } = await ordered();
    payments.appAppid = null;
    expect(await pay({ trade_type: 'APP' })).toMatchObject({ status: 409, body: { code: 'trade-type-unavailable' } });
    expect((await pay({ trade_type: 'NATIVE' })).status).toBe(200);
  });

  it('refuses an order that is over, paid, closed, not taken or not there', async () => {
    const [expired, paid, closed, refused] = [await ordered(), await ordered(), await ordered(), await ordered()];
    expired.clock.pass(DAY);
    await paid.pay({ trade_type: 'NATIVE' });
    paid.payments.payAt(paid.out_trade_no);
    await notify(paid.client, paid.payments.noticeOf(paid.out_trade_no));
    await closed.client.post(`${closed.path}/close`, {}, MERCHANT);
    refused.payments.nextRefusal = 'NO_AUTH';
    expect(await refused.pay(H5)).toMatchObject({ status: 422, body: { code: 'payment-refused' } });
    for (const [{ pay }, code] of [
      [expired, 'order-expired'],
      [paid, 'order-paid'],
      [closed, 'order-closed'],
      [refused, 'order-failed'],
    ] as const)
      expect(await pay({ trade_type: 'NATIVE' })).toMatchObject({ status: 409, body: { code } });
    const nowhere = await refused.client.post('/v1/merchant/orders/not-there-0001/pay', H5, MERCHANT);
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
  });

  it('answers 504 where WeChat says nothing, and goes on with the same order then', async () => {
    const { pay, payments } = await ordered();
    payments.failNext('prepay', 'after');
    expect(await pay(H5)).toMatchObject({ status: 504, body: { code: 'wechat-timeout' } });
    expect((await pay(H5)).body).toMatchObject({ h5_url: expect.any(String) });
    expect(payments.size).toBe(1);
  });

  it('gives one Idempotency-Key one answer', async () => {
    const { clock, pay, payments } = await ordered();
    const key = { 'idempotency-key': 'k1' };
    const first = await pay(H5, key);
    clock.pass(5 * MINUTE);
    const again = await pay({ payer_client_ip: H5.payer_client_ip, trade_type: 'H5' }, key);
    expect(again).toMatchObject({ status: 200, text: first.text });
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect(payments.calls.prepay).toBe(1);
    expect(await pay({ trade_type: 'NATIVE' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    expect((await pay(H5, { 'idempotency-key': 'k2' })).text).not.toBe(first.text);
  });

  it('keeps no outage under an Idempotency-Key, and keeps a definite no', async () => {
    const { pay, payments } = await ordered();
    const key = { 'idempotency-key': 'k1' };
    payments.failNext('prepay', 'before');
    expect((await pay(H5, key)).status).toBe(504);
    expect((await pay(H5, key)).status).toBe(200);
    const other = { 'idempotency-key': 'k2' };
    const [no, again] = [await pay({ trade_type: 'NATIVE' }, other), await pay({ trade_type: 'NATIVE' }, other)];
    expect(no).toMatchObject({ status: 409, body: { code: 'trade-type-conflict' } });
    expect(again.text).toBe(no.text);
  });

  it('is for merchants alone', async () => {
    const { alice, client, path, payments } = await ordered();
    const asked = (token?: string) => client.send('POST', `${path}/pay`, { token, json: { trade_type: 'NATIVE' } });
    for (const token of [undefined, 'x', MERCHANT_KEY.slice(1)])
      expect(await asked(token)).toMatchObject({ status: 401, body: { code: 'merchant-not-authenticated' } });
    expect(await asked(alice.token)).toMatchObject({ status: 403, body: { code: 'merchant-key-needed' } });
    expect(payments.calls.prepay).toBe(0);
  });

  it('is not there where no payments are taken', async () => {
    const { client } = await runningApp({ environment: { WECHAT_PAY_API: 'off' } });
    const answer = await client.post('/v1/merchant/orders/coffee-0001/pay', { trade_type: 'NATIVE' }, MERCHANT);
    expect(answer).toMatchObject({ status: 404 });
  });
});
