import Router from '@koa/router';
import fc from 'fast-check';
import Koa from 'koa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { problemDetails } from '../../src/adapters/koa/problem-details.ts';
import { InFlight } from '../../src/adapters/koa/in-flight.ts';
import { guarded, guardedText } from '../../src/adapters/koa/formula-guard.ts';
import { merchant } from '../../src/adapters/koa/guards/merchant.ts';
import { MerchantKeys } from '../../src/adapters/koa/merchant-keys.ts';
import { listen } from '../../src/adapters/koa/server.ts';
import { serveStatements } from '../../src/adapters/koa/statement-routes.ts';
import type { State } from '../../src/adapters/koa/context.ts';
import { MemoryReconciliationRepository } from '../../src/adapters/memory/reconciliation-repository.ts';
import { FindReconciliation } from '../../src/application/find-reconciliation.ts';
import { ReadBill } from '../../src/application/read-bill.ts';
import { ReadComments } from '../../src/application/read-comments.ts';
import { HOUR, later } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import {
  beginReconciliation,
  comparedMore,
  failOnce,
  finishReconciliation,
  MOST_FAILURES,
  type Reconciliation,
} from '../../src/domain/statement/reconciliation.ts';
import { createLogger } from '../../src/main/logger.ts';
import { Client } from '../support/client.ts';
import { FakeStatements, sampleFundRow, sampleTradeRow } from '../support/fake-statements.ts';
import { NOON } from '../support/samples.ts';
import { TestClock } from '../support/test-clock.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

const MERCHANT = { token: MERCHANT_KEY };
const CSV = { ...MERCHANT, headers: { accept: 'text/csv' } };
const DAY = '2026-11-21' as Day;
const TRADE = `/v1/merchant/bills/trade?date=${DAY}`;
const FUNDS = `/v1/merchant/bills/fund-flow?date=${DAY}`;

async function office() {
  const [statements, reconciliations] = [new FakeStatements(), new MemoryReconciliationRepository()];
  const router = new Router<State>({ sensitive: true });
  serveStatements(router, merchant(new MerchantKeys([{ name: 'shop', secret: new Secret(MERCHANT_KEY) }])), {
    readBill: new ReadBill({ statements, clock: new TestClock() }),
    readComments: new ReadComments({ statements }),
    findReconciliation: new FindReconciliation({ reconciliations }),
  });
  const app = new Koa<State>();
  app.silent = true;
  app.use((ctx, next) => {
    ctx.state.inFlight = new InFlight(10);
    ctx.state.requestId = 'r1';
    return next();
  });
  app.use(problemDetails(createLogger('silent')));
  app.use(router.routes());
  const server = await listen(app.callback(), '127.0.0.1', 0);
  onTestFinished(() => server.close(0));
  return { client: new Client(`http://127.0.0.1:${server.port}`), reconciliations, statements };
}

describe('GET /v1/merchant/bills/trade', () => {
  it('answers the rows and what they come to', async () => {
    const { client, statements } = await office();
    const refund = { refundId: '5030', outRefundNo: 'r-1', refundAmount: 100, refundState: 'SUCCESS', total: null };
    statements.trades.set(DAY, [sampleTradeRow(), sampleTradeRow({ ...refund, settlementTotal: 0, fee: -600n })]);
    const { status, body, headers } = await client.get(TRADE, MERCHANT);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    const payment = {
      trade_time: '2026-11-21T04:00:00.000Z',
      appid: 'wx4f4bc4dec97d474b',
      mchid: '1900000109',
      transaction_id: '4200000000000000000000000001',
      out_trade_no: 'coffee-0001',
      openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
      trade_type: 'JSAPI',
      trade_state: 'SUCCESS',
      currency: 'CNY',
      total: 888,
      settlement_total: 888,
      refund_id: null,
      out_refund_no: null,
      refund_amount: null,
      refund_state: null,
      description: '拿铁',
      attach: '',
      fee: '0.05328',
    };
    const paidBack = { refund_id: '5030', out_refund_no: 'r-1', refund_amount: 100, refund_state: 'SUCCESS' };
    expect(body).toEqual({
      date: DAY,
      type: 'ALL',
      rows: [payment, { ...payment, ...paidBack, total: null, settlement_total: 0, fee: '-0.00600' }],
      totals: { count: 2, sums: { 总交易单数: '2' } },
    });
  });

  it('answers an empty bill for a day without trades', async () => {
    const { client } = await office();
    const none = { rows: [], totals: { count: 0, sums: {} } };
    expect((await client.get(`${TRADE}&type=REFUND`, MERCHANT)).body).toEqual({ date: DAY, type: 'REFUND', ...none });
    expect(await client.get(TRADE, CSV)).toMatchObject({ status: 200, text: '' });
  });

  it('answers many rows while they come', async () => {
    const { client, statements } = await office();
    const rows = Array.from({ length: 5_000 }, (_, n) => sampleTradeRow({ outTradeNo: `coffee-${n}` }));
    statements.trades.set(DAY, rows);
    const seen = Promise.withResolvers<void>();
    statements.beforeRow = (place) => (place === 4_000 ? seen.promise : undefined);
    const response = await fetch(client.url + TRADE, { headers: { authorization: `Bearer ${MERCHANT_KEY}` } });
    const body = response.body as unknown as AsyncIterable<Uint8Array>;
    let text = '';
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString('latin1');
      if (text.includes('coffee-3000')) seen.resolve();
    }
    const { rows: told } = JSON.parse(text) as { rows: { out_trade_no: string }[] };
    expect(told.map(({ out_trade_no }) => out_trade_no)).toEqual(rows.map(({ outTradeNo }) => outTradeNo));
  });

  it('is WeChat’s own file for who asks for CSV', async () => {
    const { client, statements } = await office();
    statements.text =
      '\uFEFF交易时间,商品名称\r\n`2026-11-21 10:00:00,`=茶, @大杯,-小杯\r\n总交易单数\r\n`1.0\r\n'.repeat(9);
    statements.trades.set(DAY, []);
    const response = await fetch(client.url + TRADE, {
      headers: { authorization: `Bearer ${MERCHANT_KEY}`, ...CSV.headers },
    });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="2026-11-21-ALL.csv"');
    expect(response.headers.get('vary')).toBe('Accept');
    const guardedFile = statements.text.replaceAll(', @', ",' @").replaceAll(',-', ",'-");
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(guardedFile);
  });

  it.each([
    ['JSON', MERCHANT],
    ['CSV', CSV],
  ])('is visibly cut off where %s turns out not to be whole', async (_kind, request) => {
    const { client, statements } = await office();
    statements.trades.set(
      DAY,
      Array.from({ length: 2_000 }, () => sampleTradeRow()),
    );
    statements.text = '`a,`b\n'.repeat(5_000);
    statements.breaksAfter = 1_900;
    await expect(client.get(TRADE, request)).rejects.toThrow('terminated');
  });

  it('is an outage where WeChat is not understood from the beginning', async () => {
    const { client, statements } = await office();
    statements.trades.set(DAY, [sampleTradeRow()]);
    statements.breaksAfter = 0;
    expect(await client.get(TRADE, MERCHANT)).toMatchObject({ status: 502, body: { code: 'wechat-unreadable' } });
    statements.outage = new Outage('wechat-timeout', 'Not in time.');
    expect(await client.get(TRADE, CSV)).toMatchObject({ status: 504, body: { code: 'wechat-timeout' } });
  });

  it('is not ready for a day that is not over', async () => {
    const { client, statements } = await office();
    const answer = await client.get('/v1/merchant/bills/trade?date=2026-11-22', MERCHANT);
    expect(answer).toMatchObject({ status: 409, body: { code: 'bill-not-ready' } });
    expect(answer.headers.get('retry-after')).toBe('1800');
    statements.notReady.add(DAY);
    expect(await client.get(TRADE, MERCHANT)).toMatchObject({ status: 409, body: { code: 'bill-not-ready' } });
  });

  it.each(['', '?date=2026-02-30', '?date=20261121', '?date=2026-11-21&type=NONE', '?date=2026-11-21&page=2'])(
    'refuses %j with 400',
    async (query) => {
      const { client } = await office();
      const answer = await client.get(`/v1/merchant/bills/trade${query}`, MERCHANT);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    },
  );
});

describe('GET /v1/merchant/bills/fund-flow', () => {
  it('answers the rows and what they come to', async () => {
    const { client, statements } = await office();
    statements.funds.set(DAY, [sampleFundRow()]);
    const { body } = await client.get(FUNDS, MERCHANT);
    expect(body).toMatchObject({ date: DAY, account: 'BASIC', totals: { count: 1 } });
    expect(body.rows).toEqual([
      {
        booked_at: NOON.toISOString(),
        transaction_id: '4200000000000000000000000001',
        flow_id: '1900009231201802015884652186',
        business_name: '交易',
        business_type: '交易',
        direction: 'in',
        amount: 888,
        balance: 8_880,
        applicant: 'system',
        note: '',
        voucher_no: '4200000000000000000000000001',
      },
    ]);
    await client.get(`${FUNDS}&account=FEES`, MERCHANT);
    expect(statements.asked).toEqual([`${DAY} BASIC`, `${DAY} FEES`]);
  });
});

describe('GET /v1/merchant/reconciliations/{day}', () => {
  it('answers what the comparison came to', async () => {
    const { client, reconciliations } = await office();
    const difference = {
      kind: 'paid-there-only',
      outTradeNo: 'coffee-0001',
      transactionId: '4200',
      outRefundNo: null,
      there: 888,
      here: null,
      healed: true,
    } as const;
    const more = { matched: 7, compared: 8, differences: [difference] };
    const done = finishReconciliation(comparedMore(beginReconciliation(DAY, NOON), more, NOON), NOON);
    await reconciliations.begin(done);
    expect((await client.get(`/v1/merchant/reconciliations/${DAY}`, MERCHANT)).body).toEqual({
      date: DAY,
      state: 'done',
      started_at: NOON.toISOString(),
      finished_at: NOON.toISOString(),
      compared: 8,
      matched: 7,
      difference_count: 1,
      differences: [
        {
          kind: 'paid-there-only',
          out_trade_no: 'coffee-0001',
          transaction_id: '4200',
          out_refund_no: null,
          there: 888,
          here: null,
          healed: true,
        },
      ],
    });
  });

  it('answers of a day whose bill was of no use too often that it has failed, and when', async () => {
    const { client, reconciliations } = await office();
    const tried = (state: Reconciliation) => failOnce(state, later(NOON, HOUR));
    let kept = beginReconciliation(DAY, NOON);
    for (let failures = 0; failures < MOST_FAILURES; failures += 1) kept = tried(kept);
    await reconciliations.begin(kept);
    expect((await client.get(`/v1/merchant/reconciliations/${DAY}`, MERCHANT)).body).toMatchObject({
      state: 'failed',
      started_at: NOON.toISOString(),
      finished_at: later(NOON, HOUR).toISOString(),
      compared: 0,
      differences: [],
    });
  });

  it.each(['2026-11-20', '2026-02-30', 'today', '..%2f..%2fetc'])('knows nothing of %s', async (day) => {
    const { client } = await office();
    const answer = await client.get(`/v1/merchant/reconciliations/${day}`, MERCHANT);
    expect(answer).toMatchObject({ status: 404, body: { code: 'reconciliation-not-found' } });
  });
});

describe('GET /v1/merchant/comments', () => {
  const RANGE = '?begin=2026-11-01T08:00:00%2B08:00&end=2026-11-02T00:00:00Z';

  it('answers what was said', async () => {
    const { client, statements } = await office();
    const at = new Date('2026-11-01T12:00:00Z');
    statements.said = [{ at, transactionId: '4200', stars: 4, text: '=好,\n<b>' }];
    expect((await client.get(`/v1/merchant/comments${RANGE}`, MERCHANT)).body).toEqual({
      comments: [{ created_at: at.toISOString(), transaction_id: '4200', stars: 4, comment: '=好,\n<b>' }],
    });
    expect(statements.asked).toEqual(['2026-11-01T00:00:00.000Z 2026-11-02T00:00:00.000Z']);
    statements.outage = new Outage('wechat-busy', 'Busy.');
    expect(await client.get(`/v1/merchant/comments${RANGE}`, MERCHANT)).toMatchObject({ status: 503 });
  });

  it.each(['', '?begin=2026-11-01T00:00:00Z', '?begin=2026-11-01&end=2026-11-02', RANGE.replace('11-02', '10-02')])(
    'refuses %j with 400',
    async (query) => {
      const { client } = await office();
      const answer = await client.get(`/v1/merchant/comments${query}`, MERCHANT);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    },
  );
});

it.each([TRADE, FUNDS, `/v1/merchant/reconciliations/${DAY}`, '/v1/merchant/comments'])(
  'GET %s asks for the merchant key before anything else',
  async (path) => {
    const { client } = await office();
    expect(await client.get(path)).toMatchObject({ status: 401, body: { code: 'merchant-not-authenticated' } });
  },
);

describe('a cell that a spreadsheet would calculate', () => {
  /** The cells of a line as a spreadsheet cuts it: at commas, at tabs, at semicolons, whatever WeChat meant. */
  const cells = (text: string) => text.split(/[,;\t\r\n]/).map((cell) => cell.trimStart());

  it.each([
    "=cmd|'/c calc'!A1",
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM(A1)',
    ' =1+1',
    '\u00A0=1+1',
    '\u3000@SUM(A1)',
    '"=1+1"',
    '"x',
    '\t=1',
    '\r=1',
    '=HYPERLINK("http://example.com")',
    '-2+3+cmd',
    '+-=@',
    '=',
  ])('gets a mark in front: %j', (cell) => {
    for (const separator of [',', ';', '\t']) {
      const file = `名称,备注\n\`茶${separator}${cell},\`ok\n`;
      const opened = guardedText(file);
      expect(opened).not.toBe(file);
      for (const seen of cells(opened)) expect(seen).not.toMatch(/^[=+\-@＝＋－＠"]/);
      expect(opened.replaceAll("'", '')).toBe(file.replaceAll("'", ''));
    }
  });

  it('is all that is touched', () => {
    const file =
      '\uFEFF交易时间,收支金额(元)\r\n`2026-11-21,`-0.02,`=茶,`+,`@,`"x",`a-b\r\n总交易单数\r\n`1.0,`-0.02\r\n';
    expect(guardedText(file)).toBe(file);
  });

  it('is found however the file is cut', async () => {
    const part = fc.constantFrom(',', '`', '=', ' ', '\n', '\r\n', '茶', '🍵', '-', '"', '\t', 'x');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (parts, size) => {
        const file = parts.join('');
        async function* pieces() {
          const bytes = Buffer.from(file);
          for (let place = 0; place < bytes.length; place += size) yield bytes.subarray(place, place + size);
        }
        let text = '';
        for await (const piece of guarded(pieces())) text += piece;
        expect(text).toBe(guardedText(file));
      }),
    );
  });
});
