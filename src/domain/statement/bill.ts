/** Which trades a bill has (账单类型). */
export type TradeBillType = 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND';

/** Which of the merchant's accounts a bill of money is about (资金账户类型). */
export type FundAccount = 'BASIC' | 'OPERATION' | 'FEES';

/** One line of a trade bill (交易账单): a payment, or a refund. Amounts are whole fen but for the fee. */
export interface TradeRow {
  readonly at: Date;
  readonly appid: string;
  readonly mchid: string;
  readonly transactionId: string;
  readonly outTradeNo: string;
  readonly openid: string;
  readonly tradeType: string;
  /** SUCCESS, REFUND, REVOKED …, in WeChat's words. */
  readonly tradeState: string;
  readonly currency: string;
  /** 订单金额: what the order was for. Null in old layouts and where it is not a payment. */
  readonly total: number | null;
  /** 应结订单金额 */
  readonly settlementTotal: number;
  readonly refundId: string | null;
  readonly outRefundNo: string | null;
  /** 申请退款金额, or 退款金额 where there is none. */
  readonly refundAmount: number | null;
  /** SUCCESS, PROCESSING …, as it was when the bill was made; it is never brought up to date. */
  readonly refundState: string | null;
  readonly description: string;
  readonly attach: string;
  /** In 1/100,000 yuan: fees are billed to that. */
  readonly fee: bigint;
}

/** One line of a bill of money (资金账单). */
export interface FundRow {
  readonly at: Date;
  /** 微信支付业务单号 */
  readonly transactionId: string;
  readonly flowId: string;
  readonly businessName: string;
  readonly businessType: string;
  readonly direction: 'in' | 'out';
  /** Fen. */
  readonly amount: number;
  readonly balance: number;
  readonly applicant: string;
  readonly note: string;
  readonly voucherNo: string;
}

/** What the rows of a bill come to, counted by us and equal to what WeChat wrote under them. */
export interface BillTotals {
  readonly count: number;
  /** WeChat's names of its sums, and the sums as exact decimals of yuan. */
  readonly sums: Readonly<Record<string, string>>;
}

/** A bill on its way to us: it can be read once, by its bytes or by its rows. */
export interface Bill<Row> {
  /** WeChat's own file, unpacked. Throws an Outage where it ends before its totals, or they are wrong. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The rows, and in the end the totals. Throws an Outage where the file ends before its totals, or they are wrong. */
  rows(): AsyncGenerator<Row, BillTotals>;
}

/** What a payer said about an order (订单评价). */
export interface Comment {
  readonly at: Date;
  readonly transactionId: string;
  /** 1 to 5. */
  readonly stars: number;
  readonly text: string;
}
