import type { Brand } from '../brand.ts';
import type { KeptNotice } from './order-event.ts';
import type { PaymentReport } from './payment-report.ts';
import type { RefundReport } from './refund-report.ts';

/** A notice as the wire brought it; nobody has looked at it yet. */
export interface RawNotice {
  /** Names and values as they came, in their order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** Who holds one holds a verified notice: only a reader makes them. */
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

/** What a notice tells of a refund. */
export interface RefundNotice {
  readonly outTradeNo: string;
  readonly outRefundNo: string;
  /** Null where nobody signs such notices: then it is only a reason to ask. */
  readonly signed: { readonly transactionId: string; readonly report: RefundReport; readonly kept: KeptNotice } | null;
}

/** Why a notice is not even looked at. */
export type NoticeFault =
  | 'forged'
  /** Deliberately wrong: WeChat tries whether we look (WECHATPAY/SIGNTEST/). */
  | 'probe'
  /** From another time than now. */
  | 'stale'
  /** Signed with a key that WeChat has not told us of. */
  | 'unknown-key'
  | 'malformed';

export type NoticeReading =
  | { readonly kind: 'payment'; readonly notice: PaymentNotice }
  /** Signed with our key by another algorithm than the one agreed on. */
  | { readonly kind: 'downgraded'; readonly notice: PaymentNotice }
  | { readonly kind: 'refund'; readonly notice: RefundNotice }
  /** WeChat's own, of a kind that is no concern of ours. */
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: NoticeFault; readonly why: string };

/** What became of a notice. */
export type NoticeVerdict =
  | 'paid'
  | 'duplicate'
  /** A failed payment was noted. */
  | 'recorded'
  | 'ignored'
  | NoticeFault
  | 'downgraded'
  | 'mismatch'
  | 'unknown-order'
  /** A refund's notice was taken in, or WeChat will be asked. */
  | 'noted'
  | 'not-now';

/** What WeChat is to read. */
export interface Acknowledgement {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The ear for WeChat Pay's notices, in one version of its API. */
export interface NoticeReader {
  /**
   * Verifies and reads a notice in one step.
   * Answers the notice of a payment with the whole report and the very bytes that came.
   * Answers the notice of a refund with its numbers, and with a report of it only where WeChat signs such notices.
   * Answers forged for a notice that is unsigned or not signed with WeChat's key, and malformed for what is no notice at all.
   */
  readNotice(raw: RawNotice): Promise<NoticeReading>;

  /** Answers what WeChat takes for a yes when the notice was dealt with, and for "send it again" when it was not. */
  acknowledge(verdict: NoticeVerdict): Acknowledgement;
}
