import { expect, it } from 'vitest';
import type { Bill, Comment, FundRow, TradeRow } from '../../src/domain/statement/bill.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import type { BillAnswer, StatementGateway } from '../../src/domain/statement/statement-gateway.ts';

/** A gateway, and a hand on the WeChat behind it, which knows nothing at first. */
export interface StatementGatewayHarness {
  readonly gateway: StatementGateway;
  readonly trade: (day: Day, rows: readonly TradeRow[]) => Promise<void>;
  /** Of the account BASIC. */
  readonly flow: (day: Day, rows: readonly FundRow[]) => Promise<void>;
  readonly say: (comments: readonly Comment[]) => Promise<void>;
  /** The bills of the day are not made yet. */
  readonly putOff: (day: Day) => Promise<void>;
  /** WeChat gives no usable answer from now on. */
  readonly breakDown: () => Promise<void>;
}

const DAY = '2026-11-21' as Day;
const ANOTHER_DAY = '2026-11-20' as Day;
const at = new Date('2026-11-21T10:00:00+08:00');
const UNKNOWN = { kind: 'unknown', outage: expect.objectContaining({ name: 'Outage' }) };

const PAYMENT: TradeRow = {
  at,
  appid: 'wx4f4bc4dec97d474b',
  mchid: '1900000109',
  transactionId: '4200000263202611210000000001',
  outTradeNo: 'coffee-0001',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  tradeType: 'JSAPI',
  tradeState: 'SUCCESS',
  currency: 'CNY',
  total: 1_888,
  settlementTotal: 1_788,
  refundId: null,
  outRefundNo: null,
  refundAmount: null,
  refundState: null,
  description: '拿铁,大杯',
  attach: '取餐号 42',
  fee: 10_728n,
};

const REFUND: TradeRow = {
  ...PAYMENT,
  tradeState: 'REFUND',
  total: null,
  settlementTotal: 0,
  refundId: '50300000012026112100000000001',
  outRefundNo: 'refund-0001',
  refundAmount: 300,
  refundState: 'PROCESSING',
  fee: -1_800n,
};

const INCOME: FundRow = {
  at,
  transactionId: '4200000263202611210000000001',
  flowId: '1900009231202611210000000001',
  businessName: '交易',
  businessType: '交易',
  direction: 'in',
  amount: 1_788,
  balance: 20_000,
  applicant: 'system',
  note: '',
  voucherNo: '4200000263202611210000000001',
};

const OUTGO: FundRow = { ...INCOME, businessName: '退款', direction: 'out', amount: 300, balance: 19_700 };

const comments: readonly Comment[] = [0, 1, 2, 3, 4].map((n) => ({
  at: new Date(at.getTime() + n * 60_000),
  transactionId: `420000026320261121000000000${n}`,
  stars: n + 1,
  text: `赞 ${n}`,
}));

/** What StatementGateway promises, a case for every sentence. */
export function statementGatewayContract(open: () => Promise<StatementGatewayHarness>): void {
  it('Fetches the trades of a day (下载交易账单) as a stream', async () => {
    const { gateway, trade } = await open();
    await trade(DAY, [PAYMENT, REFUND]);
    await trade(ANOTHER_DAY, []);
    const { rows, count } = await readAll(billIn(await gateway.tradeBill(DAY, 'ALL')));
    expect(rows).toEqual([PAYMENT, REFUND]);
    expect(count).toBe(2);
  });

  it('Answers empty for a day without trades, and not-ready for one whose bill is not made yet', async () => {
    const { gateway, putOff } = await open();
    await putOff(ANOTHER_DAY);
    expect(await gateway.tradeBill(DAY, 'ALL')).toEqual({ kind: 'empty' });
    expect(await gateway.tradeBill(ANOTHER_DAY, 'ALL')).toEqual({ kind: 'not-ready' });
  });

  it("Fetches the movements of a day's money (下载资金账单) as a stream", async () => {
    const { gateway, flow } = await open();
    await flow(DAY, [INCOME, OUTGO]);
    const { rows, count } = await readAll(billIn(await gateway.fundFlow(DAY, 'BASIC')));
    expect(rows).toEqual([INCOME, OUTGO]);
    expect(count).toBe(2);
  });

  it('Answers empty for a day without any, and not-ready for one whose bill is not made yet', async () => {
    const { gateway, putOff } = await open();
    await putOff(ANOTHER_DAY);
    expect(await gateway.fundFlow(DAY, 'BASIC')).toEqual({ kind: 'empty' });
    expect(await gateway.fundFlow(ANOTHER_DAY, 'BASIC')).toEqual({ kind: 'not-ready' });
  });

  it('Fetches what payers said from `begin` to `end` (拉取订单评价数据), all pages of it', async () => {
    const { gateway, say } = await open();
    await say(comments);
    const all = await gateway.comments(comments[0]!.at, comments[4]!.at);
    expect(all).toEqual({ kind: 'comments', comments });
    const some = await gateway.comments(comments[1]!.at, comments[2]!.at);
    expect(some).toEqual({ kind: 'comments', comments: comments.slice(1, 3) });
  });

  it('Answers unknown when WeChat cannot be understood', async () => {
    const { gateway, breakDown } = await open();
    await breakDown();
    expect(await gateway.tradeBill(DAY, 'ALL')).toEqual(UNKNOWN);
    expect(await gateway.fundFlow(DAY, 'BASIC')).toEqual(UNKNOWN);
    expect(await gateway.comments(at, comments[4]!.at)).toEqual(UNKNOWN);
  });
}

function billIn<Row>(answer: BillAnswer<Row>): Bill<Row> {
  if (answer.kind !== 'bill') throw new Error(`the answer was ${answer.kind}`);
  return answer.bill;
}

async function readAll<Row>(bill: Bill<Row>): Promise<{ rows: Row[]; count: number }> {
  const reading = bill.rows();
  const rows: Row[] = [];
  for (;;) {
    const next = await reading.next();
    if (next.done) return { rows, count: next.value.count };
    rows.push(next.value);
  }
}
