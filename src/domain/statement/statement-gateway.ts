import type { Unknown } from '../order/payment-gateway.ts';
import type { Bill, Comment, FundAccount, FundRow, TradeBillType, TradeRow } from './bill.ts';
import type { Day } from './day.ts';

export type BillAnswer<Row> =
  | { readonly kind: 'bill'; readonly bill: Bill<Row> }
  /** Nothing happened on that day. */
  | { readonly kind: 'empty' }
  /** WeChat is still making it: it is there from 10 in the morning of the day after. */
  | { readonly kind: 'not-ready' }
  | Unknown;

export type CommentsAnswer = { readonly kind: 'comments'; readonly comments: readonly Comment[] } | Unknown;

/** What WeChat Pay writes down about a merchant's days. */
export interface StatementGateway {
  /**
   * Fetches the trades of a day (下载交易账单) as a stream.
   * Answers empty for a day without trades, and not-ready for one whose bill is not made yet.
   * Answers unknown when WeChat cannot be understood.
   */
  tradeBill(day: Day, type: TradeBillType): Promise<BillAnswer<TradeRow>>;

  /**
   * Fetches the movements of a day's money (下载资金账单) as a stream.
   * Answers empty for a day without any, and not-ready for one whose bill is not made yet.
   * Answers unknown when WeChat cannot be understood.
   */
  fundFlow(day: Day, account: FundAccount): Promise<BillAnswer<FundRow>>;

  /**
   * Fetches what payers said from `begin` to `end` (拉取订单评价数据), all pages of it.
   * Answers unknown when WeChat cannot be understood.
   */
  comments(begin: Date, end: Date): Promise<CommentsAnswer>;
}
