import { describe, expect, it } from 'vitest';
import { PAY_APIS, type PayApi } from '../../src/domain/order/pay-api.ts';
import { openSandbox } from '../support/sandbox.ts';
import { runningApp } from '../support/running-app.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

async function coffee(api: PayApi) {
  const sandbox = await openSandbox({ WECHAT_PAY_API: api });
  const number = await sandbox.paidCoffee();
  await sandbox.merchant('POST', `/orders/${number}/sync`);
  const refund = (wish: object, headers?: Record<string, string>) =>
    sandbox.merchant('POST', `/orders/${number}/refunds`, wish, headers);
  return { sandbox, number, refund };
}

describe.each(PAY_APIS)('POST /v1/merchant/orders/{out_trade_no}/refunds over %s', (api) => {
  it('answers 201 with the refund, and the money goes back', async () => {
    const { sandbox, number, refund } = await coffee(api);
    await sandbox.wechat.call('PUT', 'refunds/schedule', { compress: 0 });
    const { status, body } = await refund({ amount: 800, reason: '少放了糖', out_refund_no: 'refund-0001' });
    expect(status).toBe(201);
    expect(body).toEqual({
      out_refund_no: 'refund-0001',
      state: 'processing',
      amount: 800,
      reason: '少放了糖',
      origin: 'merchant',
      refund_id: expect.stringMatching(/^\d{20,32}$/),
      created_at: expect.any(String),
    });
    const read = () => sandbox.merchant('GET', `/orders/${number}/refunds/refund-0001`);
    await expect
      .poll(async () => (await read()).body, { timeout: 15_000 })
      .toMatchObject({ state: 'succeeded', succeeded_at: expect.any(String) });
    expect(await sandbox.read(number)).toMatchObject({
      state: 'paid',
      refunded_total: 800,
      refunds: [{ out_refund_no: 'refund-0001', state: 'succeeded' }],
    });
    expect((await sandbox.told(number)).slice(-3)).toEqual([
      'refund.requested',
      'refund.processing',
      'refund.succeeded',
    ]);
  });

  it('refuses more than is left, and the same number twice', async () => {
    const { refund } = await coffee(api);
    expect((await refund({ amount: 1_000, out_refund_no: 'r-1' })).status).toBe(201);
    expect(await refund({ amount: 801 })).toMatchObject({
      status: 422,
      body: { code: 'refund-too-much', detail: expect.stringContaining('800') },
    });
    expect(await refund({ amount: 1, out_refund_no: 'r-1' })).toMatchObject({
      status: 409,
      body: { code: 'out-refund-no-taken' },
    });
  });

  it('makes of many equal requests with one Idempotency-Key one refund', async () => {
    const { sandbox, number, refund } = await coffee(api);
    const first = await refund({ amount: 500 }, { 'idempotency-key': 'k1' });
    const again = await refund({ amount: 500 }, { 'idempotency-key': 'k1' });
    expect(again.text).toBe(first.text);
    expect((await sandbox.read(number)).refunds).toHaveLength(1);
    expect(await refund({ amount: 501 }, { 'idempotency-key': 'k1' })).toMatchObject({ status: 422 });
  });

  it('of an order that is not paid, or not there, is refused', async () => {
    const sandbox = await openSandbox({ WECHAT_PAY_API: api });
    const number = await sandbox.order();
    const refund = (of: string) => sandbox.merchant('POST', `/orders/${of}/refunds`, { amount: 1 });
    expect(await refund(number)).toMatchObject({ status: 409, body: { code: 'order-not-paid' } });
    expect(await refund('not-there-0001')).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
    const read = await sandbox.merchant('GET', `/orders/${number}/refunds/r-1`);
    expect(read).toMatchObject({ status: 404, body: { code: 'refund-not-found' } });
  });
});

describe('POST /v1/merchant/orders/{out_trade_no}/refunds, whichever version it goes over', () => {
  it.each([
    ['nothing', {}],
    ['half a fen', { amount: 1.5 }],
    ['a negative amount', { amount: -1 }],
    ['text', { amount: '1' }],
    ['a number of no kind', { amount: 1, out_refund_no: 'a/b' }],
    ['81 bytes of reason', { amount: 1, reason: 'x'.repeat(81) }],
    ['a field that does not exist', { amount: 1, total: 1 }],
  ])('refuses %s with 400', async (_what, wish) => {
    const { refund } = await coffee('v2');
    expect(await refund(wish)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('is for merchants alone', async () => {
    const { client, gateway } = await runningApp();
    const { token } = await client.logIn(gateway.issueCode('alice'));
    for (const path of ['/v1/merchant/orders/coffee-0001/refunds', '/v1/merchant/orders/coffee-0001/refunds/r-1']) {
      const method = path.endsWith('refunds') ? 'POST' : 'GET';
      expect((await client.send(method, path)).status).toBe(401);
      expect((await client.send(method, path, { token })).status).toBe(403);
      expect(
        (await client.send(method, path, { token: MERCHANT_KEY, json: method === 'POST' ? { amount: 1 } : undefined }))
          .status,
      ).toBe(404);
    }
  });
});

describe.each(PAY_APIS)('a refund that was made at WeChat Pay’s console, over %s', (api) => {
  it('is heard of by its notice and is the order’s', async () => {
    const { sandbox, number } = await coffee(api);
    await sandbox.wechat.call('PUT', 'refunds/schedule', { compress: 0 });
    await sandbox.wechat.call('PUT', 'refunds/notify-url', {
      notify_url: `${sandbox.client.url}/notify/wechat-pay/${api === 'v3' ? 'v3' : 'v2/refund'}`,
    });
    await sandbox.wechat.call('POST', `trades/${number}/refunds`, { amount: 300 });
    await expect
      .poll(async () => (await sandbox.read(number)).refunds, { timeout: 15_000 })
      .toMatchObject([{ state: 'succeeded', amount: 300, origin: 'outside' }]);
    expect(await sandbox.told(number)).toContain('anomaly.raised refund-outside');
  });
});
