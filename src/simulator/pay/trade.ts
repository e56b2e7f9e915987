import type { Coupon } from './coupon.ts';
import type { Wish } from './notice-wishes.ts';
import type { Refund } from './refund.ts';

/** A trade that was refunded stays paid. */
export type TradeState = 'NOTPAY' | 'PAYERROR' | 'SUCCESS' | 'REFUND' | 'CLOSED';

export interface Payment {
  readonly transactionId: string;
  readonly at: Date;
  readonly coupons: readonly Coupon[];
}

/** What the merchant asked for. */
export interface Terms {
  readonly outTradeNo: string;
  /** Fen. */
  readonly total: number;
  readonly openid: string;
  readonly notifyUrl: string;
  readonly description: string;
  readonly deviceInfo: string;
  readonly attach: string | undefined;
  readonly expiresAt: Date;
  /** All that was asked for, in one text: the same again is the same order. */
  readonly fingerprint: string;
  readonly dialect: Dialect;
}

export interface Trade {
  readonly terms: Terms;
  readonly createdAt: Date;
  state: TradeState;
  payment: Payment | undefined;
  closedAt: Date | undefined;
  /** In the order of their requests. */
  readonly refunds: Refund[];
  prepayCount: number;
  queries: number;
}

export interface PaidTrade extends Trade {
  payment: Payment;
}

export const isPaid = (trade: Trade): trade is PaidTrade => trade.payment !== undefined;

/** That a trade was paid, or, without a payment, that the bank refused it. */
export interface PaymentNews {
  readonly trade: Trade;
  readonly payment: Payment | undefined;
}

/** What became of a refund. */
export interface RefundNews {
  readonly trade: PaidTrade;
  readonly refund: Refund;
}

/** What a notice tells. */
export type News = PaymentNews | RefundNews;

/** How WeChat talks about a trade: as the version of the API does that the trade was placed with. */
export interface Dialect {
  writeNotice(news: News, wish: Wish): Message;
  /** Whether the server took the notice, by what it answered. */
  isTaken(answer: string): boolean;
  /** What WeChat's client would refuse about a payment request, if anything. */
  wrongWith(request: PaymentRequest): string | undefined;
}

export interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** What `wx.requestPayment` takes. */
export interface PaymentRequest {
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: string;
  readonly paySign: string;
}
