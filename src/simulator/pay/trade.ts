import type { Coupon } from './coupon.ts';
import type { Wish } from './notice-wishes.ts';
import type { Refund } from './refund.ts';

/** A trade that was refunded stays paid. */
export type TradeState = 'NOTPAY' | 'PAYERROR' | 'SUCCESS' | 'REFUND' | 'CLOSED';

/** Where it is paid, in WeChat's words of both versions: in a mini program, by a code, in an app, in a browser. */
export type TradeType = 'JSAPI' | 'NATIVE' | 'APP' | 'MWEB';

export interface Payment {
  readonly transactionId: string;
  /** Who paid, by the name that the trade's app knows them by. */
  readonly openid: string;
  readonly at: Date;
  readonly coupons: readonly Coupon[];
}

/** What the merchant asked for. */
export interface Terms {
  readonly outTradeNo: string;
  readonly tradeType: TradeType;
  /** The mini program's; an app's for a trade that is paid in one. */
  readonly appid: string;
  /** Fen. */
  readonly total: number;
  /** Who alone may pay; empty where whoever comes may. */
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

/** How WeChat talks about a trade or a refund: as the version of the API does in which it was asked for. */
export interface Dialect {
  readonly api: 'v2' | 'v3';
  writeNotice(news: News, wish: Wish): Message;
  /** Whether the server took the notice, by what it answered. */
  isTaken(answer: { readonly status: number; readonly body: string }): boolean;
  /** What WeChat's client would refuse about a payment request, if anything. */
  wrongWith(request: PaymentRequest, terms: Terms): string | undefined;
  /** The same of what an app calls WeChat with. */
  wrongWithApp(request: AppRequest, terms: Terms): string | undefined;
}

export interface Message {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
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

/** What an app calls WeChat with. */
export interface AppRequest {
  readonly appid: string;
  readonly partnerid: string;
  readonly prepayid: string;
  readonly package: string;
  readonly noncestr: string;
  readonly timestamp: string;
  readonly sign: string;
}
