import { Outage } from '../../src/domain/outage.ts';
import type {
  Bill,
  BillTotals,
  Comment,
  FundAccount,
  FundRow,
  TradeBillType,
  TradeRow,
} from '../../src/domain/statement/bill.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import type { BillAnswer, CommentsAnswer, StatementGateway } from '../../src/domain/statement/statement-gateway.ts';
import { APPID, MCHID, NOON } from './samples.ts';

/** A payment of 8.88 yuan, a day before noon. */
export const sampleTradeRow = (differences: Partial<TradeRow> = {}): TradeRow => ({
  at: new Date(NOON.getTime() - 24 * 3_600_000),
  appid: APPID,
  mchid: MCHID,
  transactionId: '4200000000000000000000000001',
  outTradeNo: 'coffee-0001',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  tradeType: 'JSAPI',
  tradeState: 'SUCCESS',
  currency: 'CNY',
  total: 888,
  settlementTotal: 888,
  refundId: null,
  outRefundNo: null,
  refundAmount: null,
  refundState: null,
  description: '拿铁',
  attach: '',
  fee: 5_328n,
  ...differences,
});

export const sampleFundRow = (differences: Partial<FundRow> = {}): FundRow => ({
  at: NOON,
  transactionId: '4200000000000000000000000001',
  flowId: '1900009231201802015884652186',
  businessName: '交易',
  businessType: '交易',
  direction: 'in',
  amount: 888,
  balance: 8_880,
  applicant: 'system',
  note: '',
  voucherNo: '4200000000000000000000000001',
  ...differences,
});

/** Bills as lists of rows, for tests of what stands above the port. */
export class FakeStatements implements StatementGateway {
  readonly trades = new Map<Day, readonly TradeRow[]>();
  readonly funds = new Map<Day, readonly FundRow[]>();
  /** What WeChat's own file would say. */
  text = '';
  said: readonly Comment[] = [];
  /** Whatever is asked for is answered so. */
  outage: Outage | undefined;
  /** Days whose bills are not made yet. */
  readonly notReady = new Set<Day>();
  /** After so many rows the next bill breaks off, and this is why. */
  breaksAfter = Infinity;
  breaksWith = unreadable();
  /** Days whose bills are not what their own sums say. */
  readonly useless = new Set<Day>();
  /** Is done before each row is given. */
  beforeRow: (place: number) => unknown = () => {};
  asked: string[] = [];

  async tradeBill(day: Day, type: TradeBillType): Promise<BillAnswer<TradeRow>> {
    return this.#answer(day, type, this.trades);
  }

  async fundFlow(day: Day, account: FundAccount): Promise<BillAnswer<FundRow>> {
    return this.#answer(day, account, this.funds);
  }

  async comments(begin: Date, end: Date): Promise<CommentsAnswer> {
    this.asked.push(`${begin.toISOString()} ${end.toISOString()}`);
    if (this.outage) return { kind: 'unknown', outage: this.outage };
    return { kind: 'comments', comments: this.said.filter(({ at }) => begin <= at && at <= end) };
  }

  #answer<Row>(day: Day, what: string, bills: ReadonlyMap<Day, readonly Row[]>): BillAnswer<Row> {
    this.asked.push(`${day} ${what}`);
    const rows = bills.get(day);
    if (this.outage) return { kind: 'unknown', outage: this.outage };
    if (this.notReady.has(day)) return { kind: 'not-ready' };
    return rows ? { kind: 'bill', bill: this.#billOf(rows, this.useless.has(day)) } : { kind: 'empty' };
  }

  #billOf<Row>(rows: readonly Row[], isUseless: boolean): Bill<Row> {
    const end = this.breaksAfter;
    this.breaksAfter = Infinity;
    return { bytes: this.#bytes(end), rows: () => this.#rows(rows, end, isUseless) };
  }

  async *#rows<Row>(rows: readonly Row[], end: number, isUseless: boolean): AsyncGenerator<Row, BillTotals> {
    for (const [place, row] of rows.entries()) {
      if (place >= end) throw this.breaksWith;
      await this.beforeRow(place);
      yield row;
    }
    if (isUseless) throw unreadable();
    return { count: rows.length, sums: { 总交易单数: String(rows.length) } };
  }

  async *#bytes(end: number): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(this.text);
    for (let place = 0; place < bytes.length; place += 100) {
      if (place >= end) throw this.breaksWith;
      yield bytes.subarray(place, place + 100);
    }
  }
}

const unreadable = (): Outage =>
  new Outage('wechat-unreadable', 'WeChat Pay gave an answer that we do not understand.');
