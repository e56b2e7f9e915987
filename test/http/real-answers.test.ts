import { describe, expect, it } from 'vitest';
import { acknowledgeV2 } from '../../src/adapters/wechat/pay-v2/v2-notice.ts';
import { acknowledgeV3 } from '../../src/adapters/wechat/pay-v3/v3-notice.ts';
import { HOUR, later, MINUTE } from '../../src/domain/clock.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import { resolve } from '../../src/main/container.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { apiDocument, operationsOf, SchemaCheck } from '../support/api-document.ts';
import type { Answer, Client } from '../support/client.ts';
import { readFakeNotice } from '../support/fake-notices.ts';
import { FakeStatements, sampleFundRow, sampleTradeRow } from '../support/fake-statements.ts';
import { runningApp } from '../support/running-app.ts';
import { NOON, sampleDifference, sampleReconciliation } from '../support/samples.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';
import { ToldAnswers } from '../support/told-answers.ts';

const document = apiDocument();
const operations = operationsOf(document);
const told = new ToldAnswers(document);

/** A client that holds every answer it gets against the document, closed: not a field more than is told. */
class Witness {
  readonly seen = new Set<string>();
  readonly faults: string[] = [];
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async send(method: string, path: string, request: Parameters<Client['send']>[2] = {}): Promise<Answer> {
    const answer = await this.#client.send(method, path, request);
    const name = told.operationAt(method, path.split('?')[0]!);
    if (name === undefined) throw new Error(`nothing is told of ${method} ${path}`);
    this.seen.add(`${name} ${answer.status}`);
    const type = (answer.headers.get('content-type') ?? '').split(';')[0]!;
    const faults = told.faultsOf(name, { ...answer, type });
    this.faults.push(...faults.map((fault) => `${name} ${answer.status}: ${fault} in ${answer.text}`));
    return answer;
  }

  post = (path: string, json: unknown, token = MERCHANT_KEY) => this.send('POST', path, { json, token });
  get = (path: string, token = MERCHANT_KEY) => this.send('GET', path, { token });
}

/** The fake WeChat's notices, and the real adapters' answers to them. */
const READERS = {
  v2: { readNotice: async (raw: RawNotice) => readFakeNotice(raw), acknowledge: acknowledgeV2 },
  v3: { readNotice: async (raw: RawNotice) => readFakeNotice(raw), acknowledge: acknowledgeV3 },
};

const DAY = '2026-11-21' as Day;

/** Nobody calls it here. */
const RECEIVER = {
  WEBHOOK_URL: 'https://shop.example/webhooks',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
};

async function openHouse() {
  const statements = new FakeStatements();
  const refunded = { refundId: '5030', outRefundNo: 'r-1', refundAmount: 100, refundState: 'SUCCESS', total: null };
  statements.trades.set(DAY, [sampleTradeRow(), sampleTradeRow(refunded)]);
  statements.funds.set(DAY, [sampleFundRow()]);
  statements.said = [{ at: NOON, transactionId: '4200000000000000000000000001', stars: 5, text: '好喝' }];
  statements.text = '﻿交易时间\n';
  const app = await runningApp({ statements, noticeReaders: READERS, environment: RECEIVER });
  const witness = new Witness(app.client);
  const notify = ({ headers, body }: RawNotice, path: string) =>
    witness.send('POST', path, { raw: body, headers: Object.fromEntries(headers) });
  return { ...app, notify, statements, witness };
}

type House = Awaited<ReturnType<typeof openHouse>>;

async function logIn({ gateway, witness }: House): Promise<string> {
  await witness.post('/miniprogram_auth/login', { code: gateway.issueCode('alice') });
  const { body } = await witness.post('/v1/login', { code: gateway.issueCode('alice') });
  return body.token;
}

async function useAccount({ gateway, witness }: House, token: string): Promise<void> {
  await witness.get('/v1/me', token);
  await witness.post('/v1/me', { nickName: '爱丽丝', avatarUrl: 'https://cdn.example.com/a.png' }, token);
  await witness.send('PATCH', '/v1/me', { json: { nickName: null }, token });
  await witness.post('/v1/me/profile', gateway.seal('alice', { profile: { gender: 1 } }), token);
  await witness.post('/miniprogram_auth/updateUserInfo', gateway.seal('alice'), token);
  await witness.get('/v1/sessions', token);
}

const COFFEE = { description: 'Wexagon-拿铁咖啡', amount: { total: 1_800 }, attach: 'x', metadata: { table: '7' } };

async function buy({ notify, payments, witness }: House, token: string): Promise<string> {
  const { out_trade_no } = (await witness.post('/v1/merchant/orders', COFFEE)).body;
  await witness.post(`/v1/orders/${out_trade_no}/pay`, {}, token);
  await witness.post(`/v1/orders/${out_trade_no}/sync`, {}, token);
  payments.payAt(out_trade_no);
  for (const path of ['v3', 'v2/payment', 'v2/refund'])
    await notify(payments.noticeOf(out_trade_no), `/notify/wechat-pay/${path}`);
  await notify(payments.noticeOf(out_trade_no), '/miniprogram_auth/wechatPayCallback');
  await witness.get(`/v1/orders/${out_trade_no}`, token);
  await witness.get(`/v1/merchant/orders/${out_trade_no}`);
  return `/v1/merchant/orders/${out_trade_no}`;
}

async function payBack({ clock, notify, payments, witness }: House, order: string): Promise<void> {
  for (const [number, state] of [
    ['r-1', 'succeeded'],
    ['r-2', 'abnormal'],
  ] as const) {
    await witness.post(`${order}/refunds`, { amount: 300, out_refund_no: number, reason: 'no milk' });
    payments.settleRefundAt(number, state);
    await notify(payments.signedRefundNoticeOf(order.split('/').at(-1)!, number), '/notify/wechat-pay/v3');
    await witness.get(`${order}/refunds/${number}`);
    clock.pass(2 * MINUTE);
  }
  await witness.post(`${order}/refunds/r-2/abnormal`, { type: 'MERCHANT_BANK_CARD' });
  await witness.get(order);
}

async function payElsewhere({ witness }: House): Promise<void> {
  for (const wish of [
    { trade_type: 'NATIVE' },
    { trade_type: 'H5', payer_client_ip: '198.51.100.7' },
    { trade_type: 'APP' },
  ]) {
    const { out_trade_no } = (await witness.post('/v1/merchant/orders', COFFEE)).body;
    await witness.post(`/v1/merchant/orders/${out_trade_no}/pay`, wish);
    await witness.post(`/v1/merchant/orders/${out_trade_no}/sync`, undefined);
    await witness.post(`/v1/merchant/orders/${out_trade_no}/close`, undefined);
  }
}

async function readStatements({ persistence, witness }: House): Promise<void> {
  await persistence.reconciliations.begin(
    sampleReconciliation({ id: DAY, differences: [sampleDifference()], differenceCount: 1 }),
  );
  await witness.get(`/v1/merchant/reconciliations/${DAY}`);
  await witness.get(`/v1/merchant/bills/trade?date=${DAY}`);
  await witness.get(`/v1/merchant/bills/fund-flow?date=${DAY}`);
  const headers = { accept: 'text/csv' };
  await witness.send('GET', `/v1/merchant/bills/trade?date=${DAY}`, { token: MERCHANT_KEY, headers });
  const [begin, end] = [later(NOON, -HOUR).toISOString(), later(NOON, HOUR).toISOString()];
  await witness.get(`/v1/merchant/comments?begin=${begin}&end=${end}`);
  await witness.get('/v1/merchant/events?limit=500');
  await witness.get('/v1/merchant/orders?limit=2');
}

async function replayWebhooks({ clock, container, persistence, witness }: House): Promise<void> {
  await resolve(container, T.takeUpEvents).execute();
  const [first, second] = (await witness.get('/v1/merchant/events?limit=2')).body.events;
  const waiting = await persistence.webhooks.find(first.id);
  const attempts = [
    { at: clock.now(), status: 503, fault: null, milliseconds: 12 },
    { at: clock.now(), status: null, fault: 'timeout', milliseconds: 15_000 },
  ] as const;
  await persistence.webhooks.save({ ...waiting!, attempts, state: 'dead' });
  await witness.get('/v1/merchant/webhooks?limit=200');
  await witness.get(`/v1/merchant/webhooks/${first.id}`);
  await witness.post('/v1/merchant/webhooks/replay', { from: first.id, to: second.id });
  await witness.post(`/v1/merchant/webhooks/${first.id}/replay`, undefined);
  await witness.post('/v1/merchant/webhooks/enable', undefined);
}

async function lookAround({ witness }: House): Promise<void> {
  for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/docs/page.js', '/docs/page.css'])
    await witness.get(path);
}

async function logOut({ witness }: House, token: string): Promise<void> {
  const { body } = await witness.get('/v1/sessions', token);
  const other = body.sessions.find(({ current }: { current: boolean }) => !current);
  await witness.send('DELETE', `/v1/sessions/${other.id}`, { token });
  await witness.send('DELETE', '/v1/sessions', { token });
}

describe('real answers', () => {
  it('are as the document says, the good one of every route', async () => {
    const house = await openHouse();
    const token = await logIn(house);
    await useAccount(house, token);
    await payBack(house, await buy(house, token));
    await payElsewhere(house);
    await readStatements(house);
    await replayWebhooks(house);
    await lookAround(house);
    await logOut(house, token);
    const good = operations.flatMap(([name, { responses }]) =>
      Object.keys(responses)
        .filter((status) => status < '300')
        .map((status) => `${name} ${status}`),
    );
    const unseen = good.filter((one) => !house.witness.seen.has(one));
    expect(unseen).toEqual([]);
    expect(house.witness.faults).toEqual([]);
  });

  it('are as the document says when they are problems', async () => {
    const house = await openHouse();
    const { gateway, notify, payments, witness } = house;
    const token = await logIn(house);
    await witness.post('/v1/login', { code: 'spent' });
    await witness.post('/v1/login', {});
    await witness.send('POST', '/v1/login', { raw: '{', headers: { 'content-type': 'application/json' } });
    await witness.send('POST', '/v1/login', { raw: 'x', headers: { 'content-type': 'text/plain' } });
    await witness.post('/v1/me/profile', { ...gateway.seal('bob') }, token);
    await witness.send('DELETE', '/v1/sessions/none', { token });
    await witness.get('/v1/orders/none-0001', token);
    await witness.get('/v1/merchant/orders', token);
    await witness.get('/v1/merchant/orders?limit=0');
    const order = await buy(house, token);
    await witness.post(`${order}/close`, undefined);
    await witness.post(order.replace('/merchant', '') + '/pay', {}, token);
    await witness.post(`${order}/refunds`, { amount: 1_801 });
    await witness.get(`${order}/refunds/none`);
    await witness.post(`${order}/pay`, { trade_type: 'NATIVE' });
    await witness.get('/v1/merchant/reconciliations/2026-02-30');
    await witness.get('/v1/merchant/bills/trade?date=2020-01-01');
    await witness.get('/v1/merchant/bills/trade?date=2026-11-22');
    await notify(payments.noticeOf(order.split('/').at(-1)!, {}, 'foreign'), '/notify/wechat-pay/v3');
    await notify({ headers: [['content-type', 'text/xml']], body: Buffer.from('<') }, '/notify/wechat-pay/v3');
    expect(witness.faults).toEqual([]);
    const bad = [...witness.seen].filter((one) => !/ 2\d\d$/.test(one));
    expect(bad.length).toBeGreaterThan(16);
  });

  it('would be noticed if they were otherwise', () => {
    const check = new SchemaCheck(document, { closed: true });
    const schema = { $ref: '#/components/schemas/Refund' };
    const refund = {
      out_refund_no: 'r',
      state: 'closed',
      amount: 1,
      origin: 'merchant',
      created_at: NOON.toISOString(),
    };
    expect(check.faults(schema, refund)).toEqual([]);
    expect(check.faults(schema, { ...refund, more: 1 })).not.toEqual([]);
    expect(check.faults(schema, { ...refund, state: 'lost' })).not.toEqual([]);
    expect(check.faults(schema, { ...refund, created_at: 'today' })).not.toEqual([]);
  });
});
