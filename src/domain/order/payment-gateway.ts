import type { AppId } from '../account/account.ts';
import type { Outage } from '../outage.ts';
import type { Merchant, Order, PaidOrder, PrepaidOrder, PrepayingOrder, Ticket } from './order.ts';
import type { PayApi } from './pay-api.ts';
import type { PaymentReport } from './payment-report.ts';
import type { RefundReport } from './refund-report.ts';
import type { AbnormalRefund, OutRefundNo, Refund } from './refund.ts';

/** Nobody can tell whether it was done: neither a yes nor a no, and never a reason to take another number. */
export interface Unknown {
  readonly kind: 'unknown';
  /** What to tell whoever waits for it. */
  readonly outage: Outage;
}

export type PrepayAnswer =
  | { readonly kind: 'ready'; readonly ticket: Ticket }
  | { readonly kind: 'already-paid' }
  /** WeChat has the number with other words, and that order may still be paid. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly reason: string }
  | Unknown;

export type QueryAnswer =
  | { readonly kind: 'paid'; readonly report: PaymentReport }
  | { readonly kind: 'unpaid' }
  | { readonly kind: 'closed' }
  /** WeChat has never heard of it. */
  | { readonly kind: 'absent' }
  | Unknown;

export type CloseAnswer =
  | { readonly kind: 'closed' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'already-paid' }
  /** WeChat will not say why: only a query can tell. */
  | { readonly kind: 'refused'; readonly reason: string }
  | Unknown;

export type RefundAnswer =
  | { readonly kind: 'accepted'; readonly refundId: string }
  /** A definite no. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** WeChat cannot do it, and a person has to. */
  | { readonly kind: 'abnormal'; readonly reason: string }
  | NotNow
  | Unknown;

/** The same again, once some time has passed. */
export interface NotNow {
  readonly kind: 'later';
  /** WeChat's code; null where it was not even asked. */
  readonly reason: string | null;
  /** In milliseconds. */
  readonly wait: number;
}

export type RefundsAnswer =
  | { readonly kind: 'refunds'; readonly reports: readonly RefundReport[] }
  /** WeChat knows no refund of the order. */
  | { readonly kind: 'absent' }
  | Unknown;

/** The parameters of `wx.requestPayment`, under its own names. */
export interface PaymentRequest {
  /** Whole Unix seconds. */
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: string;
  readonly paySign: string;
}

/** The parameters with which an app calls WeChat (APP 调起支付), under the SDK's own names. */
export interface AppPaymentRequest {
  readonly appid: string;
  readonly partnerid: string;
  readonly prepayid: string;
  readonly package: string;
  readonly noncestr: string;
  /** Whole Unix seconds. */
  readonly timestamp: string;
  readonly sign: string;
}

/** Where the money of an abnormal refund is to go instead (异常退款). */
export type AbnormalRefundWish =
  | { readonly type: 'MERCHANT_BANK_CARD' }
  | {
      readonly type: 'USER_BANK_CARD';
      /** WeChat's code of the bank, like ICBC_DEBIT. */
      readonly bankType: string;
      readonly bankAccount: string;
      readonly realName: string;
    };

/** The way to WeChat Pay, whichever version of its API: nobody above can tell. */
export interface PaymentGateway {
  readonly merchant: Merchant;
  /** The version in which new orders are put to WeChat. */
  readonly api: PayApi;
  /** In whose name apps pay; null where no app does. */
  readonly appAppid: AppId | null;

  /**
   * Puts the order to WeChat (统一下单) and answers a ticket that the payer can pay with.
   * Asked again for the same order, answers a ticket again, and WeChat has one order all the same.
   * Answers already-paid for an order that is paid, and conflict for one that WeChat has in other words.
   * Answers refused, with WeChat's code, when WeChat definitely did not take it.
   * Answers unknown when WeChat fails before or after it took the order.
   */
  prepay(order: PrepayingOrder): Promise<PrepayAnswer>;

  /**
   * Asks WeChat how the order stands (查询订单).
   * Answers paid with the whole report once it is paid, and unpaid before.
   * Answers closed for an order that is closed, and absent for one that WeChat has never heard of.
   * Answers unknown when WeChat cannot be understood.
   */
  query(order: Order): Promise<QueryAnswer>;

  /**
   * Has WeChat close the order (关闭订单).
   * Answers closed, also for an order that was closed before.
   * Answers absent for an order that WeChat has never heard of, and already-paid for one that is paid.
   * Answers unknown when WeChat fails before or after it closed the order.
   */
  close(order: Order): Promise<CloseAnswer>;

  /** Answers what `wx.requestPayment` takes, signed so that the payer's phone accepts it. */
  paymentRequest(order: PrepaidOrder): PaymentRequest;

  /** Answers what an app calls WeChat with, signed so that WeChat's app accepts it. */
  appRequest(order: PrepaidOrder): AppPaymentRequest;

  /** Whether money can be sent back at all: version 2 needs the merchant's certificate for it. */
  mayRefund(order: PaidOrder): boolean;

  /**
   * Asks WeChat to pay back (申请退款) and answers accepted, which is not yet refunded.
   * Asked again with the same number, WeChat refunds once all the same.
   * Answers refused for a definite no, abnormal where a person has to act, and later where the same may succeed.
   * Answers unknown when WeChat fails before or after it took the refund.
   */
  refund(order: PaidOrder, refund: Refund): Promise<RefundAnswer>;

  /**
   * Asks WeChat for the refunds of the order (查询退款), and answers a report of each, however many there are.
   * Tells of refunds that were made at WeChat's console, too, where WeChat tells of them or they are named.
   * Answers absent where WeChat knows of none.
   * Answers unknown when WeChat cannot be understood.
   */
  queryRefunds(order: PaidOrder, named?: readonly OutRefundNo[]): Promise<RefundsAnswer>;

  /**
   * Has WeChat send the money of an abnormal refund to a bank card (发起异常退款); only version 3 can.
   * Answers accepted when WeChat took it on, and refused with its code for a definite no.
   * Answers unknown when WeChat fails before or after it took it on.
   * Throws AbnormalRefundsOff where there is no way to do it.
   */
  sendAbnormalRefund(order: PaidOrder, refund: AbnormalRefund, wish: AbnormalRefundWish): Promise<RefundAnswer>;
}
