import type { Wish } from './notice-wishes.ts';

/** A trade that was refunded stays paid. */
export type TradeState = 'NOTPAY' | 'PAYERROR' | 'SUCCESS' | 'REFUND' | 'CLOSED';

export interface Coupon {
  readonly id: string;
  /** CASH was bought by the merchant; NO_CASH lessens what the merchant is paid. */
  readonly type: 'CASH' | 'NO_CASH';
  /** Fen. */
  readonly fee: number;
}

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
  prepayCount: number;
  queries: number;
}

/** What a notice tells: that a trade was paid, or, without a payment, that the bank refused it. */
export interface News {
  readonly trade: Trade;
  readonly payment: Payment | undefined;
}

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
