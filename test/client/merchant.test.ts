import { text } from 'node:stream/consumers';
import { createMerchantClient, type Event, type MerchantOptions } from 'wexagon/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/adapters/koa/server.ts';
import { HOUR, later, MINUTE } from '../../src/domain/clock.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import { resolve } from '../../src/main/container.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { FakeStatements, sampleFundRow, sampleTradeRow } from '../support/fake-statements.ts';
import { runningApp } from '../support/running-app.ts';
import { NOON, sampleReconciliation } from '../support/samples.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

const DAY = '2026-11-21' as Day;
const COFFEE = { description: 'Wexagon-拿铁咖啡', amount: { total: 1_800 } };

/** Nobody calls it here. */
const RECEIVER = {
  WEBHOOK_URL: 'https://shop.example/webhooks',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
};

async function openShop(options: Partial<MerchantOptions> = {}) {
  const statements = new FakeStatements();
  const app = await runningApp({ statements, environment: RECEIVER });
  const paused: number[] = [];
  const pause = async (milliseconds: number): Promise<void> => void paused.push(milliseconds);
  const merchant = createMerchantClient({ baseUrl: `${app.client.url}/`, key: MERCHANT_KEY, pause, ...options });
  const paidCoffee = async (): Promise<string> => {
    const { token } = await app.client.logIn(app.gateway.issueCode('alice'));
    const { out_trade_no } = await merchant.orders.create(COFFEE);
    await app.client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token });
    app.payments.payAt(out_trade_no);
    await merchant.orders.sync(out_trade_no);
    return out_trade_no;
  };
  return { ...app, merchant, paidCoffee, paused, statements };
}

async function all<One>(several: AsyncIterable<One>): Promise<One[]> {
  const collected: One[] = [];
  for await (const one of several) collected.push(one);
  return collected;
}

/** A fetch that loses the answers to its first requests: they get there, and nobody hears what became of them. */
function losing(count: number) {
  const asked: Request[] = [];
  const lossy: typeof fetch = async (url, init) => {
    asked.push(new Request(url, init));
    const response = await fetch(url, init);
    if (asked.length <= count) throw new TypeError('fetch failed');
    return response;
  };
  return { asked, fetch: lossy };
}

describe('orders', () => {
  it('are made, read, paid elsewhere, asked about and closed', async () => {
    const { merchant } = await openShop();
    const made = await merchant.orders.create({ ...COFFEE, out_trade_no: 'coffee-0001', metadata: { table: '7' } });
    expect(made).toMatchObject({ out_trade_no: 'coffee-0001', state: 'created', metadata: { table: '7' } });
    const pass = await merchant.orders.pay('coffee-0001', { trade_type: 'NATIVE' });
    expect(pass).toMatchObject({ trade_type: 'NATIVE', code_url: expect.stringMatching(/^weixin:/) });
    expect((await merchant.orders.sync('coffee-0001')).state).toBe('prepaid');
    expect((await merchant.orders.close('coffee-0001')).state).toBe('closed');
    expect((await merchant.orders.get('coffee-0001')).state).toBe('closed');
  });

  it('are listed over all pages, the newest first, and no page more than is wanted', async () => {
    const { clock, merchant } = await openShop();
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      clock.pass(1_000);
      made.unshift((await merchant.orders.create(COFFEE)).out_trade_no);
    }
    const listed = await all(merchant.orders.list({ limit: 2 }));
    expect(listed.map(({ out_trade_no }) => out_trade_no)).toEqual(made);
    expect(await all(merchant.orders.list({ state: 'paid' }))).toEqual([]);
    for await (const first of merchant.orders.list({ limit: 1 })) {
      expect(first.out_trade_no).toBe(made[0]);
      break;
    }
  });

  it('are found under numbers with every sign there may be', async () => {
    const { merchant } = await openShop();
    await merchant.orders.create({ ...COFFEE, out_trade_no: 'a|b*c@d-e_1' });
    expect((await merchant.orders.get('a|b*c@d-e_1')).out_trade_no).toBe('a|b*c@d-e_1');
  });
});

describe('refunds', () => {
  it('are asked for, read, and sent to a card where they are abnormal', async () => {
    const { client, merchant, paidCoffee, payments } = await openShop();
    const number = await paidCoffee();
    const refund = await merchant.refunds.create(number, { amount: 300, out_refund_no: 'r-1', reason: 'no milk' });
    expect(refund).toMatchObject({ out_refund_no: 'r-1', amount: 300, state: 'processing' });
    payments.settleRefundAt('r-1', 'abnormal');
    const { headers, body } = payments.signedRefundNoticeOf(number, 'r-1');
    await client.send('POST', '/notify/wechat-pay/v3', { raw: body, headers: Object.fromEntries(headers) });
    expect((await merchant.refunds.get(number, 'r-1')).state).toBe('abnormal');
    const sent = await merchant.refunds.sendAbnormal(number, 'r-1', { type: 'MERCHANT_BANK_CARD' });
    expect(sent.out_refund_no).toBe('r-1');
  });

  it('are made once, whatever is lost on the way', async () => {
    const { client, paidCoffee, clock } = await openShop();
    const number = await paidCoffee();
    clock.pass(MINUTE);
    const { asked, fetch } = losing(2);
    const merchant = createMerchantClient({ baseUrl: client.url, key: MERCHANT_KEY, fetch, pause: async () => {} });
    const refund = await merchant.refunds.create(number, { amount: 300 });
    expect(new Set(asked.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1);
    expect(asked).toHaveLength(3);
    expect((await merchant.orders.get(number)).refunds).toEqual([refund]);
  });
});

describe('statements', () => {
  it('are read: bills, their files, comparisons, comments', async () => {
    const { merchant, persistence, statements } = await openShop();
    statements.trades.set(DAY, [sampleTradeRow()]);
    statements.funds.set(DAY, [sampleFundRow()]);
    statements.text = '﻿交易时间,微信订单号\n`2026-11-21 12:00:00,`4200\n';
    statements.said = [{ at: NOON, transactionId: '4200', stars: 5, text: '好喝' }];
    await persistence.reconciliations.begin(sampleReconciliation({ id: DAY }));

    expect((await merchant.bills.trade(DAY, { type: 'SUCCESS' })).rows).toMatchObject([{ total: 888 }]);
    expect((await merchant.bills.fundFlow(DAY)).rows).toMatchObject([{ direction: 'in', amount: 888 }]);
    expect(await text(await merchant.bills.tradeFile(DAY))).toContain('交易时间');
    expect(await text(await merchant.bills.fundFlowFile(DAY, { account: 'FEES' }))).toContain('交易时间');
    expect(statements.asked).toEqual([`${DAY} SUCCESS`, `${DAY} BASIC`, `${DAY} ALL`, `${DAY} FEES`]);
    expect(await merchant.reconciliations.get(DAY)).toMatchObject({ date: DAY, state: 'running' });
    expect(await merchant.comments(later(NOON, -HOUR), later(NOON, HOUR))).toMatchObject([{ comment: '好喝' }]);
  });

  it('are not waited for where they come in half an hour', async () => {
    const { merchant, paused, statements } = await openShop();
    statements.notReady.add(DAY);
    await expect(merchant.bills.trade(DAY)).rejects.toMatchObject({ code: 'bill-not-ready', retryAfter: 1_800 });
    expect(paused).toEqual([]);
  });
});

describe('events', () => {
  it('are read on behind the last one, over all pages, each once', async () => {
    const { merchant, paidCoffee } = await openShop();
    const number = await paidCoffee();
    const read = await all(merchant.events({ limit: 1 }));
    expect(read.map(({ type }) => type)).toEqual(['order.created', 'order.prepaying', 'order.prepaid', 'order.paid']);
    expect(read.every(({ out_trade_no }) => out_trade_no === number)).toBe(true);
    expect(read.at(-1)).toMatchObject({ version: (await merchant.orders.get(number)).version });
    expect(await all(merchant.events({ after: read[1]!.id }))).toEqual(read.slice(2));
    expect(await all(merchant.events({ after: read[3]!.id }))).toEqual([]);
  });

  it('are followed: those that are yet to be written come when they are', async () => {
    const { merchant, paidCoffee } = await openShop();
    const stop = new AbortController();
    const heard: Event[] = [];
    const following = (async () => {
      for await (const event of merchant.events({ follow: true, signal: stop.signal })) {
        heard.push(event);
        if (event.type === 'order.paid') return;
      }
    })();
    await paidCoffee();
    await following;
    expect(heard.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    stop.abort();
    await expect(all(merchant.events({ follow: true, signal: stop.signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('following', () => {
  /** Away for so many requests, as a server that is put in place of an older one. */
  const awayFor = (count: number) => {
    let asked = 0;
    const away: typeof fetch = async (url, init) => {
      asked += 1;
      if (asked > count) return fetch(url, init);
      return asked % 2 === 0 ? new Response('<html>', { status: 502 }) : Promise.reject(new TypeError('fetch failed'));
    };
    return away;
  };

  it('outlives a server that is away for long', async () => {
    const { merchant, paused } = await openShop({ fetch: awayFor(10) });
    const following = merchant.events({ follow: true })[Symbol.asyncIterator]();
    const first = following.next();
    await expect.poll(() => paused.length).toBe(10);
    expect(paused).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    await merchant.orders.create(COFFEE);
    expect((await first).value).toMatchObject({ type: 'order.created' });
    await following.return();
  });

  it('ends at once for whoever has heard enough, also while the server is away', async () => {
    const { client } = await openShop();
    const stop = new AbortController();
    const away: typeof fetch = async () => {
      setTimeout(() => stop.abort(), 10);
      return Response.json({ code: 'overloaded' }, { status: 503, headers: { 'retry-after': '30' } });
    };
    const merchant = createMerchantClient({ baseUrl: client.url, key: MERCHANT_KEY, fetch: away });
    await expect(all(merchant.events({ follow: true, signal: stop.signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('ends where it would never be otherwise', async () => {
    const { merchant } = await openShop({ key: 'another-key-that-nobody-has-ever-seen-here' });
    await expect(all(merchant.events({ follow: true }))).rejects.toMatchObject({ code: 'merchant-not-authenticated' });
  });
});

describe('webhooks', () => {
  it('are listed, read, and told again, one or many', async () => {
    const { container, merchant, paidCoffee } = await openShop();
    await paidCoffee();
    await resolve(container, T.takeUpEvents).execute();
    const listed = await all(merchant.webhooks.list({ limit: 1 }));
    expect(listed.map(({ sequence, state }) => [sequence, state])).toEqual([1, 2, 3, 4].map((one) => [one, 'waiting']));
    const { id: from } = listed[0]!;
    const { id: to } = listed[3]!;
    expect(await merchant.webhooks.get(from)).toEqual(listed[0]);
    expect(await merchant.webhooks.replay(from)).toMatchObject({ id: from, state: 'waiting' });
    expect(await merchant.webhooks.replayRange({ from, to })).toBe(0);
    expect(await merchant.webhooks.enable()).toBeUndefined();
    await expect(merchant.webhooks.get('evt_9999999999999999')).rejects.toMatchObject({ code: 'webhook-not-found' });
  });
});

describe('a call that does not end well', () => {
  it('is made again, with the same key, and done once', async () => {
    const { client, merchant } = await openShop();
    const { asked, fetch } = losing(2);
    const paused: number[] = [];
    const pause = async (milliseconds: number): Promise<void> => void paused.push(milliseconds);
    const lossy = createMerchantClient({ baseUrl: client.url, key: MERCHANT_KEY, fetch, pause });
    const order = await lossy.orders.create(COFFEE);
    expect(asked.map(({ headers }) => headers.get('idempotency-key'))).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^[\da-f-]{36}$/)),
    );
    expect(paused).toEqual([500, 1_000]);
    expect(await all(merchant.orders.list())).toEqual([order]);
  });

  it('is one wish under the key that the merchant names, today and tomorrow', async () => {
    const { merchant } = await openShop();
    const options = { idempotencyKey: 'pickup-1' };
    const order = await merchant.orders.create(COFFEE, options);
    expect(await merchant.orders.create(COFFEE, options)).toEqual(order);
    const other = merchant.orders.create({ ...COFFEE, amount: { total: 1 } }, options);
    await expect(other).rejects.toMatchObject({ code: 'idempotency-key-reused', status: 422 });
  });

  it('is given up after some tries, and is a problem with a code', async () => {
    const { asked, fetch } = losing(Infinity);
    const { client } = await openShop();
    const options = { baseUrl: client.url, key: MERCHANT_KEY, fetch, pause: async () => {}, retries: 2 };
    await expect(createMerchantClient(options).orders.get('coffee-0001')).rejects.toMatchObject({
      code: 'network-failed',
    });
    expect(asked).toHaveLength(3);
  });

  it('waits as long as the server says, and not at all for what would end the same', async () => {
    const answers: [number, Record<string, string>, object][] = [
      [503, { 'retry-after': '7' }, { code: 'overloaded', detail: 'Too much.' }],
      [429, { 'retry-after': '2' }, { code: 'too-many-requests', detail: 'Slow down.' }],
      [409, { 'retry-after': '1' }, { code: 'idempotency-key-in-flight', detail: 'Wait.' }],
      [404, {}, { code: 'order-not-found', detail: 'There is no such order.' }],
    ];
    const fetch: typeof globalThis.fetch = async () => {
      const [status, headers, body] = answers.shift()!;
      return Response.json(body, { status, headers });
    };
    const { merchant, paused } = await openShop({ fetch });
    const asked = merchant.orders.get('coffee-0001');
    await expect(asked).rejects.toMatchObject({
      code: 'order-not-found',
      message: 'There is no such order.',
      status: 404,
    });
    expect(paused).toEqual([7_000, 2_000, 1_000]);
    expect(answers).toEqual([]);
  });

  it('tells of a wrong key, and shows it nobody', async () => {
    const key = 'another-key-that-nobody-has-ever-seen-here';
    const { merchant } = await openShop({ key });
    const error = await merchant.orders.get('coffee-0001').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'merchant-not-authenticated', status: 401 });
    expect(JSON.stringify(error) + String(error)).not.toContain(key);
  });

  it('follows nobody elsewhere, and takes no page for an answer', async () => {
    const seen: string[] = [];
    const server = await listen(
      async (request, response) => {
        seen.push(request.url!);
        if (request.url === '/v1/merchant/orders/coffee-0001')
          response.writeHead(302, { location: '/elsewhere' }).end();
        else response.end('<html>');
      },
      '127.0.0.1',
      0,
    );
    onTestFinished(() => server.close(0));
    const options = {
      baseUrl: `http://127.0.0.1:${server.port}`,
      key: MERCHANT_KEY,
      pause: async () => {},
      retries: 0,
    };
    const merchant = createMerchantClient(options);
    await expect(merchant.orders.get('coffee-0001')).rejects.toMatchObject({ code: 'network-failed' });
    await expect(merchant.orders.get('coffee-0002')).rejects.toMatchObject({ code: 'unreadable-answer' });
    expect(seen).toEqual(['/v1/merchant/orders/coffee-0001', '/v1/merchant/orders/coffee-0002']);
  });

  it('takes no longer than it may', async () => {
    const server = await listen(() => new Promise(() => {}), '127.0.0.1', 0);
    onTestFinished(() => server.close(0));
    const options = { baseUrl: `http://127.0.0.1:${server.port}`, key: MERCHANT_KEY, timeout: 50, retries: 0 };
    await expect(createMerchantClient(options).orders.get('coffee-0001')).rejects.toMatchObject({
      code: 'network-failed',
    });
  });
});
