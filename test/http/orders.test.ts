import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { DAY, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { Client } from '../support/client.ts';
import { NOON } from '../support/samples.ts';
import { runningApp } from '../support/running-app.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

const MERCHANT = { token: MERCHANT_KEY };
const COFFEE = { description: 'Wexagon-拿铁咖啡', amount: { total: 1_800 } };

async function shop(environment = {}) {
  const app = await runningApp({ environment });
  const alice = await app.client.logIn(app.gateway.issueCode('alice'));
  const bob = await app.client.logIn(app.gateway.issueCode('bob'));
  const order = async (wish: object = {}) =>
    (await app.client.post('/v1/merchant/orders', { ...COFFEE, ...wish }, MERCHANT)).body;
  return { ...app, alice, bob, order };
}

const notify = (client: Client, { headers, body }: RawNotice, path = '/notify/wechat-pay/v2/payment') =>
  client.send('POST', path, { raw: body, headers: Object.fromEntries(headers) });

describe('POST /v1/merchant/orders', () => {
  it('answers 201 with the order', async () => {
    const { client, alice } = await shop();
    const wish = {
      ...COFFEE,
      out_trade_no: 'coffee-0001',
      payer: { user_id: alice.user_id },
      attach: '取餐号 42',
      metadata: { table: '7', createdAt: 'never' },
      time_expire: '2026-11-22T20:00:00+08:00',
    };
    const { status, body } = await client.post('/v1/merchant/orders', wish, MERCHANT);
    expect(status).toBe(201);
    expect(body).toEqual({
      out_trade_no: 'coffee-0001',
      state: 'created',
      description: 'Wexagon-拿铁咖啡',
      amount: { total: 1_800, currency: 'CNY' },
      payer: { openid: expect.any(String), user_id: alice.user_id },
      attach: '取餐号 42',
      metadata: { table: '7', createdAt: 'never' },
      late: false,
      created_at: NOON.toISOString(),
      time_expire: '2026-11-22T12:00:00.000Z',
      refunded_total: 0,
      refunds: [],
      version: 1,
    });
  });

  it('gives it a number nobody can guess, and two hours, where nothing else is asked for', async () => {
    const { order } = await shop();
    const [one, other] = [await order(), await order()];
    expect(one.out_trade_no).toMatch(/^[0-9a-f]{32}$/);
    expect(one.out_trade_no).not.toBe(other.out_trade_no);
    expect(one).toMatchObject({ payer: {}, time_expire: later(NOON, 2 * 60 * MINUTE).toISOString() });
  });

  it.each([
    ['no description', { description: undefined }],
    ['an empty description', { description: '' }],
    ['129 bytes of description', { description: '咖'.repeat(43) }],
    ['a control character', { description: 'a\u0007b' }],
    ['half a character', { description: 'a\ud800' }],
    ['no amount', { amount: undefined }],
    ['nothing to pay', { amount: { total: 0 } }],
    ['a negative amount', { amount: { total: -1 } }],
    ['half a fen', { amount: { total: 1.5 } }],
    ['an amount as text', { amount: { total: '1800' } }],
    ['too much', { amount: { total: 1_000_000_001 } }],
    ['another currency', { amount: { total: 1, currency: 'USD' } }],
    ['a short number', { out_trade_no: 'a1234' }],
    ['a number with a slash', { out_trade_no: 'order/0001' }],
    ['two payers', { payer: { user_id: 'a', openid: 'b' } }],
    ['an empty payer', { payer: {} }],
    ['a time of no kind', { time_expire: 'tomorrow' }],
    ['a time without an offset', { time_expire: '2026-11-22T20:00:00' }],
    ['128 bytes of attach', { attach: 'x'.repeat(128) }],
    ['metadata that is no text', { metadata: { table: 7 } }],
    ['too much metadata', { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])) }],
    ['a field that does not exist', { price: 1 }],
  ])('refuses %s with 400', async (_what, wish) => {
    const { client, persistence } = await shop();
    const answer = await client.post('/v1/merchant/orders', { ...COFFEE, ...wish }, MERCHANT);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await persistence.orders.size()).toBe(0);
  });

  it('refuses 1e400 fen', async () => {
    const { client } = await shop();
    const raw = '{"description":"a","amount":{"total":1e400}}';
    const headers = { 'content-type': 'application/json' };
    expect((await client.send('POST', '/v1/merchant/orders', { ...MERCHANT, raw, headers })).status).toBe(400);
  });

  it.each([
    [409, 'out-trade-no-taken', { out_trade_no: 'coffee-0001' }],
    [422, 'payer-unknown', { payer: { user_id: 'nobody' } }],
    [422, 'time-expire-too-soon', { time_expire: later(NOON, MINUTE).toISOString() }],
    [422, 'time-expire-too-late', { time_expire: '9999-12-31T23:59:59Z' }],
  ])('refuses with %i %s', async (status, code, wish) => {
    const { client, order } = await shop();
    await order({ out_trade_no: 'coffee-0001' });
    const answer = await client.post('/v1/merchant/orders', { ...COFFEE, ...wish }, MERCHANT);
    expect(answer).toMatchObject({ status, body: { code } });
  });
});

describe('the merchant key', () => {
  const ROUTES = [
    ['POST', '/v1/merchant/orders'],
    ['GET', '/v1/merchant/orders'],
    ['GET', '/v1/merchant/orders/coffee-0001'],
    ['POST', '/v1/merchant/orders/coffee-0001/close'],
    ['POST', '/v1/merchant/orders/coffee-0001/sync'],
    ['GET', '/v1/merchant/events'],
  ] as const;

  it.each(ROUTES)('is asked for by %s %s, before anything else', async (method, path) => {
    const { client, alice } = await shop();
    for (const key of [undefined, 'x', MERCHANT_KEY.slice(1), `${MERCHANT_KEY}x`, MERCHANT_KEY.toUpperCase()]) {
      const answer = await client.send(method, path, key === undefined ? {} : { token: key });
      expect(answer).toMatchObject({ status: 401, body: { code: 'merchant-not-authenticated' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    const user = await client.send(method, path, { token: alice.token });
    expect(user).toMatchObject({ status: 403, body: { code: 'merchant-key-needed' } });
  });

  it('is no token of a user', async () => {
    const { client } = await shop();
    expect(await client.get('/v1/me', MERCHANT)).toMatchObject({ status: 401, body: { code: 'not-authenticated' } });
  });

  it('may be one of several', async () => {
    const second = 'another-key-of-another-merchant-backend';
    const { client } = await shop({ MERCHANT_API_KEYS: `one:${MERCHANT_KEY},two:${second}` });
    for (const token of [MERCHANT_KEY, second])
      expect(await client.get('/v1/merchant/orders', { token })).toMatchObject({ status: 200 });
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string) => ({ ...MERCHANT, headers: { 'idempotency-key': key } });

  it('makes of many equal requests one order and one answer', async () => {
    const { client, persistence } = await shop();
    const first = await client.post('/v1/merchant/orders', COFFEE, keyed('k1'));
    const again = await client.post(
      '/v1/merchant/orders',
      { amount: { total: 1_800 }, description: COFFEE.description },
      keyed('k1'),
    );
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(first.headers.has('idempotent-replayed')).toBe(false);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const another = await client.post('/v1/merchant/orders', COFFEE, keyed('k2'));
    expect(another.body.out_trade_no).not.toBe(first.body.out_trade_no);
    expect(await persistence.orders.size()).toBe(2);
  });

  it('answers 422 to another body', async () => {
    const { client } = await shop();
    await client.post('/v1/merchant/orders', COFFEE, keyed('k1'));
    for (const wish of [{ amount: { total: 1_801 } }, { time_expire: later(NOON, DAY).toISOString() }]) {
      const other = await client.post('/v1/merchant/orders', { ...COFFEE, ...wish }, keyed('k1'));
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    }
  });

  it('gives a definite no again, too', async () => {
    const { client, order } = await shop();
    await order({ out_trade_no: 'coffee-0001' });
    const first = await client.post('/v1/merchant/orders', { ...COFFEE, out_trade_no: 'coffee-0001' }, keyed('k1'));
    const again = await client.post('/v1/merchant/orders', { ...COFFEE, out_trade_no: 'coffee-0001' }, keyed('k1'));
    expect(first).toMatchObject({ status: 409, body: { code: 'out-trade-no-taken' } });
    expect(again.headers.get('content-type')).toContain('application/problem+json');
    expect(again.text).toBe(first.text);
  });

  it('makes of fifty requests at once one order; who comes too early is told to wait', async () => {
    const { client, persistence } = await shop();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.post('/v1/merchant/orders', COFFEE, keyed('k1'))),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 201 && status !== 409)).toEqual([]);
    for (const early of answers.filter(({ status }) => status === 409)) {
      expect(early.body.code).toBe('idempotency-key-in-flight');
      expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await persistence.orders.size()).toBe(1);
  });

  it('that was left unfinished is gone on with, and makes no second order', async () => {
    const { client, persistence, clock } = await shop();
    const { idempotency } = persistence;
    const finish = idempotency.finish.bind(idempotency);
    idempotency.finish = async () => {
      throw new Error('killed before the answer was kept');
    };
    const relock = idempotency.relock.bind(idempotency);
    idempotency.relock = async () => false;
    const died = await client.post('/v1/merchant/orders', COFFEE, keyed('k1'));
    Object.assign(idempotency, { finish, relock });
    expect(died.status).toBe(500);
    expect(await client.post('/v1/merchant/orders', COFFEE, keyed('k1'))).toMatchObject({ status: 409 });
    clock.pass(31 * SECOND);
    const resumed = await client.post('/v1/merchant/orders', COFFEE, keyed('k1'));
    expect(resumed.status).toBe(201);
    expect(await persistence.orders.size()).toBe(1);
    expect((await client.post('/v1/merchant/orders', COFFEE, keyed('k1'))).text).toBe(resumed.text);
  });

  it('is not kept for what may end otherwise the next time', async () => {
    const { client, order, alice, payments } = await shop();
    const { out_trade_no } = await order();
    await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    payments.failNext('query');
    const path = `/v1/merchant/orders/${out_trade_no}/sync`;
    expect(await client.post(path, {}, keyed('k1'))).toMatchObject({ status: 504, body: { code: 'wechat-timeout' } });
    expect(await client.post(path, {}, keyed('k1'))).toMatchObject({ status: 200 });
  });

  it('is of one route, one order and one merchant', async () => {
    const second = 'another-key-of-another-merchant-backend';
    const { client, persistence } = await shop({ MERCHANT_API_KEYS: `one:${MERCHANT_KEY},two:${second}` });
    const one = await client.post('/v1/merchant/orders', COFFEE, keyed('k1'));
    const two = await client.post('/v1/merchant/orders', COFFEE, { ...keyed('k1'), token: second });
    const closed = await client.post(`/v1/merchant/orders/${one.body.out_trade_no}/close`, {}, keyed('k1'));
    expect([one.status, two.status, closed.status]).toEqual([201, 201, 200]);
    expect(await persistence.orders.size()).toBe(2);
  });

  it.each(['', ' ', 'x'.repeat(256), 'clé'])('of %j is none', async (key) => {
    const { client } = await shop();
    const answer = await client.post('/v1/merchant/orders', COFFEE, {
      ...MERCHANT,
      headers: { 'idempotency-key': key },
    });
    expect(answer.status).toBe(key.trim() === '' ? 201 : 400);
  });
});

describe('reading orders', () => {
  it('a merchant reads any of them, with their own notes, and its payer without', async () => {
    const { client, alice, order } = await shop();
    const { out_trade_no } = await order({ payer: { user_id: alice.user_id }, metadata: { margin: '80%' } });
    const merchant = await client.get(`/v1/merchant/orders/${out_trade_no}`, MERCHANT);
    expect(merchant.body).toMatchObject({ out_trade_no, metadata: { margin: '80%' } });
    const own = await client.get(`/v1/orders/${out_trade_no}`, { token: alice.token });
    expect(own).toMatchObject({ status: 200, body: { out_trade_no, state: 'created' } });
    expect(own.body).not.toHaveProperty('metadata');
  });

  it("somebody else's order is as good as none, in the same words", async () => {
    const { client, alice, bob, order } = await shop();
    const { out_trade_no } = await order({ payer: { user_id: alice.user_id } });
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/pay'],
      ['POST', '/sync'],
    ] as const) {
      const others = await client.send(method, `/v1/orders/${out_trade_no}${path}`, { token: bob.token });
      const none = await client.send(method, `/v1/orders/nothing-there${path}`, { token: bob.token });
      const shapeless = await client.send(method, `/v1/orders/a'or'1${path}`, { token: bob.token });
      const mine = await client.send(method, `/v1/orders/${out_trade_no}${path}`, { token: alice.token });
      for (const answer of [others, none, shapeless]) {
        const { instance: _, ...problem } = answer.body;
        expect(problem).toEqual({
          type: 'urn:wexagon:problem:order-not-found',
          title: 'order not found',
          status: 404,
          code: 'order-not-found',
          detail: 'There is no such order.',
        });
      }
      expect(mine.status).toBe(200);
    }
  });

  it('nobody reads any without a token', async () => {
    const { client, order } = await shop();
    const { out_trade_no } = await order();
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/pay'],
      ['POST', '/sync'],
    ] as const) {
      const answer = await client.send(method, `/v1/orders/${out_trade_no}${path}`);
      expect(answer).toMatchObject({ status: 401, body: { code: 'not-authenticated' } });
    }
  });

  it('goes page by page, newest first, and by state', async () => {
    const { client, alice, order, clock } = await shop();
    const numbers: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      numbers.unshift((await order({ payer: { user_id: alice.user_id } })).out_trade_no);
      clock.pass(SECOND);
    }
    await client.post(`/v1/orders/${numbers[3]}/pay`, {}, { token: alice.token });
    const seen: string[] = [];
    let query = '?limit=3';
    for (let pages = 1; query !== ''; pages += 1) {
      const { body } = await client.get(`/v1/merchant/orders${query}`, MERCHANT);
      seen.push(...body.orders.map((found: { out_trade_no: string }) => found.out_trade_no));
      query = body.next_cursor === null ? '' : `?limit=3&cursor=${body.next_cursor}`;
      expect(pages).toBeLessThan(4);
    }
    expect(seen).toEqual(numbers);
    const prepaid = await client.get('/v1/merchant/orders?state=prepaid', MERCHANT);
    expect(prepaid.body).toMatchObject({ orders: [{ out_trade_no: numbers[3] }], next_cursor: null });
  });

  it.each(['state=lost', 'limit=0', 'limit=201', 'limit=x', 'cursor=x', 'page=2', 'state=paid&state=closed'])(
    'refuses ?%s with 400',
    async (query) => {
      const { client } = await shop();
      const answer = await client.get(`/v1/merchant/orders?${query}`, MERCHANT);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request', errors: [{}] } });
    },
  );
});

describe('paying', () => {
  it('hands out what wx.requestPayment takes, and nothing else', async () => {
    const { client, alice, order, payments } = await shop();
    const { out_trade_no } = await order();
    const { status, body } = await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    expect(status).toBe(200);
    expect(Object.keys(body).toSorted()).toEqual(['nonceStr', 'package', 'paySign', 'signType', 'timeStamp']);
    expect(payments.payWith(body)).toMatchObject({ outTradeNo: out_trade_no, total: 1_800 });
  });

  it('binds the order to who comes first, and hands them the same living ticket again', async () => {
    const { client, alice, bob, order, payments, clock } = await shop();
    const { out_trade_no } = await order();
    const pay = (token: string) => client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token });
    const first = await pay(alice.token);
    expect((await pay(bob.token)).status).toBe(404);
    clock.pass(30 * MINUTE);
    expect((await pay(alice.token)).body.package).toBe(first.body.package);
    expect(payments.calls.prepay).toBe(1);
    expect((await client.get(`/v1/merchant/orders/${out_trade_no}`, MERCHANT)).body.payer.user_id).toBe(alice.user_id);
  });

  it('asks WeChat for a fresh ticket, and for no second order, when the old one has run out', async () => {
    const { client, alice, order, payments, clock } = await shop();
    const { out_trade_no } = await order({ time_expire: later(NOON, DAY).toISOString() });
    const pay = () => client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    const first = await pay();
    clock.pass(116 * MINUTE);
    const second = await pay();
    expect(second.body.package).not.toBe(first.body.package);
    expect(payments.size).toBe(1);
  });

  it('of ten phones of one user at once is one order at WeChat', async () => {
    const { client, alice, order, payments } = await shop();
    const { out_trade_no } = await order();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token })),
    );
    expect(new Set(answers.map(({ body }) => body.package)).size).toBe(1);
    expect(payments.calls.prepay).toBe(1);
  });

  it('of two users at once goes to one of them', async () => {
    const { client, alice, bob, order } = await shop();
    const { out_trade_no } = await order();
    const pay = (token: string) => client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token });
    const answers = await Promise.all([pay(alice.token), pay(bob.token)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 404]));
  });

  it('is refused when its time is nearly over', async () => {
    const { client, alice, order, clock } = await shop();
    const { out_trade_no } = await order();
    clock.pass(2 * 60 * MINUTE - MINUTE);
    const answer = await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    expect(answer).toMatchObject({ status: 409, body: { code: 'order-expired' } });
  });

  it('that WeChat refuses says why, and is over', async () => {
    const { client, alice, order, payments } = await shop();
    const { out_trade_no } = await order();
    payments.nextRefusal = 'NOAUTH';
    const pay = () => client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    expect(await pay()).toMatchObject({
      status: 422,
      body: { code: 'payment-refused', detail: expect.stringMatching(/NOAUTH/) },
    });
    expect(await pay()).toMatchObject({ status: 409, body: { code: 'order-failed' } });
    const { body } = await client.get(`/v1/merchant/orders/${out_trade_no}`, MERCHANT);
    expect(body).toMatchObject({ state: 'failed', failure_reason: 'NOAUTH', failed_at: NOON.toISOString() });
  });
});

describe('a phone that hangs up', () => {
  it('leaves its address behind, and no order that WeChat would refuse', async () => {
    const { client, alice, order, persistence } = await shop();
    const { sessions } = persistence;
    const find = sessions.findByDigest.bind(sessions);
    sessions.findByDigest = async (digest) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return find(digest);
    };
    const numbers: string[] = [];
    for (let times = 0; times < 5; times += 1) {
      const { out_trade_no } = await order();
      numbers.push(out_trade_no);
      const socket = connect(Number(new URL(client.url).port), '127.0.0.1');
      const head = `POST /v1/orders/${out_trade_no}/pay HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}`;
      socket.write(`${head}\r\nContent-Length: 0\r\n\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.resetAndDestroy();
    }
    for (const number of numbers)
      await expect
        .poll(() => persistence.orders.find(number as never))
        .toMatchObject({ state: 'prepaid', prepay: { clientIp: '127.0.0.1' } });
  });
});

describe('calls that wait for WeChat', () => {
  it('keep out neither notices nor anybody who does not, however many they are', async () => {
    const { client, alice, order, payments } = await shop();
    const held = Promise.withResolvers<never>();
    const { out_trade_no } = await order();
    const paid = await order();
    await client.post(`/v1/orders/${paid.out_trade_no}/pay`, {}, { token: alice.token });
    payments.prepay = () => held.promise;
    const waiting = Array.from({ length: 100 }, () =>
      client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token }),
    );
    await expect
      .poll(async () => (await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token })).body.code)
      .toBe('overloaded');
    expect(await notify(client, payments.noticeOf(paid.out_trade_no))).toMatchObject({ status: 200, text: 'paid' });
    expect((await client.get('/v1/me', { token: alice.token })).status).toBe(200);
    held.reject(new Outage('wechat-timeout', 'late'));
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([504]));
  });
});

describe('asking WeChat', () => {
  it('happens once in three seconds per order, however many ask', async () => {
    const { client, alice, order, payments, clock } = await shop();
    const { out_trade_no } = await order();
    await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    const sync = () => client.post(`/v1/orders/${out_trade_no}/sync`, {}, { token: alice.token });
    const answers = await Promise.all(Array.from({ length: 20 }, sync));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(payments.calls.query).toBe(1);
    clock.pass(3 * SECOND);
    payments.payAt(out_trade_no);
    expect((await sync()).body).toMatchObject({ state: 'paid', paid_at: expect.any(String), late: false });
    expect(payments.calls.query).toBe(2);
  });
});

describe('a notice', () => {
  async function awaiting() {
    const scene = await shop();
    const { out_trade_no } = await scene.order();
    await scene.client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: scene.alice.token });
    const events = async () => (await scene.client.get('/v1/merchant/events', MERCHANT)).body.events;
    return { ...scene, out_trade_no, events };
  }

  it.each([
    '/notify/wechat-pay/v2/payment',
    '/miniprogram_auth/wechatPayCallback',
    '/miniprogram_auth/wechatPayCallback/',
  ])('at %s makes the order paid, once', async (path) => {
    const { client, payments, out_trade_no, events } = await awaiting();
    payments.payAt(out_trade_no);
    const answers = [await notify(client, payments.noticeOf(out_trade_no), path)];
    answers.push(await notify(client, payments.noticeOf(out_trade_no), path));
    expect(answers).toMatchObject([
      { status: 200, text: 'paid' },
      { status: 200, text: 'duplicate' },
    ]);
    expect((await events()).map(({ type }: { type: string }) => type)).toEqual([
      'order.created',
      'order.prepaying',
      'order.prepaid',
      'order.paid',
    ]);
    const { body } = await client.get(`/v1/merchant/orders/${out_trade_no}`, MERCHANT);
    expect(body).toMatchObject({ state: 'paid', transaction_id: expect.stringMatching(/^\d{28}$/) });
  });

  it('that is forged is told no without a look at the storage', async () => {
    const { client, payments, persistence, out_trade_no } = await awaiting();
    let looks = 0;
    for (const name of ['find', 'save'] as const) {
      const own = persistence.orders[name].bind(persistence.orders) as (...given: unknown[]) => unknown;
      Object.assign(persistence.orders, { [name]: (...given: unknown[]) => ((looks += 1), own(...given)) });
    }
    for (const seal of ['foreign', 'none'] as const) {
      const answer = await notify(client, payments.noticeOf(out_trade_no, {}, seal));
      expect(answer).toMatchObject({ status: 401, text: 'forged' });
    }
    expect(await notify(client, { headers: [], body: Buffer.from('{') })).toMatchObject({ status: 400 });
    expect(looks).toBe(0);
    await notify(client, payments.noticeOf(out_trade_no));
    expect(looks).toBe(2);
  });

  it.each([
    [422, 'mismatch', 'amount-mismatch', { total: 1 }],
    [422, 'mismatch', 'currency-mismatch', { currency: 'USD' }],
    [422, 'mismatch', 'appid-mismatch', { appid: 'wx0' }],
    [422, 'mismatch', 'mchid-mismatch', { mchid: '1' }],
    [422, 'mismatch', 'payer-mismatch', { payer: 'oSomebodyElse' as never }],
    [503, 'unknown-order', 'unknown-order', { outTradeNo: 'nothing-of-ours' }],
    [503, 'unknown-order', 'unknown-order', { outTradeNo: "a'or'1" }],
  ])('answers %i %s, tells of %s once and pays nothing', async (status, verdict, kind, differences) => {
    const { client, payments, out_trade_no, events } = await awaiting();
    const told = payments.noticeOf(out_trade_no, { transactionId: '4200000001202611220000000001', ...differences });
    for (let times = 0; times < 3; times += 1)
      expect(await notify(client, told)).toMatchObject({ status, text: verdict });
    const anomalies = (await events()).filter(({ type }: { type: string }) => type === 'anomaly.raised');
    expect(anomalies).toMatchObject([{ data: { kind, transaction_id: '4200000001202611220000000001' } }]);
    const { body } = await client.get(`/v1/merchant/orders/${out_trade_no}`, MERCHANT);
    expect(body.state).toBe('prepaid');
    const metrics = await client.get('/metrics');
    expect(metrics.text).toContain(`wexagon_payment_notices_total{verdict="${verdict}"} 3`);
  });

  it('of a failed payment is taken, and pays nothing', async () => {
    const { client, payments, out_trade_no, events } = await awaiting();
    for (let times = 0; times < 3; times += 1)
      expect(await notify(client, payments.failedNoticeOf(out_trade_no))).toMatchObject({
        status: 200,
        text: 'recorded',
      });
    expect((await events()).at(-1)).toMatchObject({
      type: 'payment.failed',
      state: 'prepaid',
      data: { reason: 'BANKERROR' },
    });
    expect(await events()).toHaveLength(4);
  });

  it('is asked for again while the storage is in trouble', async () => {
    const { client, payments, persistence, out_trade_no } = await awaiting();
    const save = persistence.orders.save.bind(persistence.orders);
    persistence.orders.save = async () => {
      throw new Outage('storage-unavailable', 'down');
    };
    expect(await notify(client, payments.noticeOf(out_trade_no))).toMatchObject({ status: 503, text: 'not-now' });
    persistence.orders.save = save;
    expect(await notify(client, payments.noticeOf(out_trade_no))).toMatchObject({ status: 200, text: 'paid' });
  });

  it('of more than 32 KiB, or packed, is not read', async () => {
    const { client } = await shop();
    const big = await notify(client, { headers: [], body: Buffer.alloc(32 * 1024 + 1, 'x') });
    const packed = await notify(client, { headers: [['content-encoding', 'gzip']], body: Buffer.from('x') });
    expect([big.status, packed.status]).toEqual([413, 415]);
  });

  it('is kept on the event that it caused, as it came', async () => {
    const { client, payments, persistence, out_trade_no } = await awaiting();
    const raw = payments.noticeOf(out_trade_no);
    await notify(client, { ...raw, headers: [...raw.headers, ['x-of-theirs', 'value']] });
    const logged = await persistence.events.page('', 100);
    const paid = logged.map(({ event }) => event).find(({ happening }) => happening.type === 'order.paid');
    expect(paid?.notice?.body).toBe(Buffer.from(raw.body).toString());
    expect(paid?.notice?.headers.map(([name]) => name.toLowerCase())).toContain('x-of-theirs');
  });
});

describe('closing', () => {
  it('answers the closed order, again and again', async () => {
    const { client, alice, order } = await shop();
    const { out_trade_no } = await order();
    await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await client.post(`/v1/merchant/orders/${out_trade_no}/close`, undefined, MERCHANT);
      expect({ status, ...body }).toMatchObject({ status: 200, state: 'closed', closed_at: NOON.toISOString() });
    }
    const paid = await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    expect(paid).toMatchObject({ status: 409, body: { code: 'order-closed' } });
  });

  it('loses against a payment that was faster', async () => {
    const { client, alice, order, payments } = await shop();
    const { out_trade_no } = await order();
    await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
    payments.payAt(out_trade_no);
    const answer = await client.post(`/v1/merchant/orders/${out_trade_no}/close`, {}, MERCHANT);
    expect(answer).toMatchObject({ status: 409, body: { code: 'order-paid' } });
    const { body } = await client.get(`/v1/merchant/orders/${out_trade_no}`, MERCHANT);
    expect(body).toMatchObject({ state: 'paid', late: false });
  });
});

describe('GET /v1/merchant/events', () => {
  it('is followed behind next_after, with nothing twice and nothing missed', async () => {
    const { client, order } = await shop();
    for (let count = 0; count < 5; count += 1) await order();
    const ids: string[] = [];
    let after = '';
    for (;;) {
      const { body } = await client.get(`/v1/merchant/events?limit=2${after}`, MERCHANT);
      if (body.events.length === 0) break;
      ids.push(...body.events.map(({ id }: { id: string }) => id));
      after = `&after=${body.next_after}`;
    }
    expect(new Set(ids).size).toBe(5);
    await order();
    const { body } = await client.get(`/v1/merchant/events?after=${ids.at(-1)}`, MERCHANT);
    expect(body.events).toMatchObject([
      {
        id: body.next_after,
        type: 'order.created',
        sequence: 1,
        version: 1,
        state: 'created',
        created_at: NOON.toISOString(),
        data: {},
      },
    ]);
  });

  it('has nothing to show in the beginning', async () => {
    const { client } = await shop();
    expect((await client.get('/v1/merchant/events', MERCHANT)).body).toEqual({ events: [], next_after: null });
  });
});

describe('a server that takes no payments', () => {
  it('says so on every way to one', async () => {
    const { client } = await runningApp({ environment: { WECHAT_PAY_API: 'off' } });
    for (const [path, request] of [
      ['/v1/merchant/orders', { json: COFFEE, ...MERCHANT }],
      ['/notify/wechat-pay/v2/payment', { raw: '<xml></xml>' }],
    ] as const) {
      expect(await client.send('POST', path, request)).toMatchObject({ status: 404, body: { code: 'payments-off' } });
    }
  });
});
