import type { Brand } from '../brand.ts';
import type { Outage } from '../outage.ts';
import type { KeptNotice } from './order-event.ts';
import type { Merchant, Order, PaidOrder, PrepayingOrder, Ticket } from './order.ts';
import type { PaymentReport } from './payment-report.ts';
import type { RefundReport } from './refund-report.ts';
import type { Refund } from './refund.ts';

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

/** What a notice of a refund is good for: a reason to ask. */
export type RefundNoticeReading =
  | { readonly kind: 'refund'; readonly outTradeNo: string; readonly outRefundNo: string }
  | { readonly kind: 'forged' | 'malformed'; readonly why: string };

/** The parameters of `wx.requestPayment`, under its own names. */
export interface PaymentRequest {
  /** Whole Unix seconds. */
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: string;
  readonly paySign: string;
}

/** A notice as the wire brought it; nobody has looked at it yet. */
export interface RawNotice {
  /** Names and values as they came, in their order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** Who holds one holds a verified notice: only a gateway makes them. */
export type PaymentNotice = Brand<
  {
    readonly outTradeNo: string | null;
    readonly transactionId: string | null;
    readonly result:
      | { readonly kind: 'paid'; readonly report: PaymentReport }
      | { readonly kind: 'failed'; readonly reason: string; readonly appid: string; readonly mchid: string }
      /** The key is right and a field cannot be. */
      | { readonly kind: 'unreadable'; readonly field: string };
    readonly kept: KeptNotice;
  },
  'PaymentNotice'
>;

export type NoticeReading =
  | { readonly kind: 'payment'; readonly notice: PaymentNotice }
  /** Signed with our key by another algorithm than the one agreed on. */
  | { readonly kind: 'downgraded'; readonly notice: PaymentNotice }
  | { readonly kind: 'forged'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string };

/** What became of a notice. */
export type NoticeVerdict =
  | 'paid'
  | 'duplicate'
  /** A failed payment was noted. */
  | 'recorded'
  | 'forged'
  | 'malformed'
  | 'downgraded'
  | 'mismatch'
  | 'unknown-order'
  /** A refund's notice: WeChat will be asked. */
  | 'noted'
  | 'not-now';

/** What WeChat is to read. */
export interface Acknowledgement {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The way to WeChat Pay, whichever version of its API: nobody above can tell. */
export interface PaymentGateway {
  readonly merchant: Merchant;

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
  paymentRequest(ticket: Ticket): PaymentRequest;

  /**
   * Verifies and reads a notice in one step.
   * Answers the notice of a payment with the whole report and the very bytes that came.
   * Answers forged for a notice that is unsigned or not signed with our key, and malformed for what is no notice at all.
   * Answers downgraded for our key with another algorithm than the one agreed on.
   */
  readNotice(raw: RawNotice): NoticeReading;

  /**
   * Asks WeChat to pay back (申请退款) and answers accepted, which is not yet refunded.
   * Asked again with the same number, WeChat refunds once all the same.
   * Answers refused for a definite no, abnormal where a person has to act, and later where the same may succeed.
   * Answers unknown when WeChat fails before or after it took the refund.
   */
  refund(order: PaidOrder, refund: Refund): Promise<RefundAnswer>;

  /**
   * Asks WeChat for the refunds of the order (查询退款), and answers a report of each, however many there are.
   * Tells of refunds that were made at WeChat's console, too, where WeChat tells of them.
   * Answers absent where WeChat knows of none.
   * Answers unknown when WeChat cannot be understood.
   */
  queryRefunds(order: PaidOrder): Promise<RefundsAnswer>;

  /**
   * Reads which refund a notice is about (退款结果通知); it proves nothing and moves nothing.
   * Answers forged for a notice that was not sealed with our key, and malformed for what is no notice at all.
   */
  readRefundNotice(raw: RawNotice): RefundNoticeReading;

  /** Answers what WeChat takes for a yes when the notice was dealt with, and for "send it again" when it was not. */
  acknowledge(verdict: NoticeVerdict): Acknowledgement;
}
