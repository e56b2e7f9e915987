import type { Anomaly } from './anomaly.ts';
import type { OrderState } from './order.ts';
import type { RefundState } from './refund.ts';

/** A notice as it came, kept on the event that it caused. */
export interface KeptNotice {
  /** Names and values in their order. */
  readonly headers: readonly (readonly [string, string])[];
  /** Verified, so it is UTF-8 to the byte. */
  readonly body: string;
}

/** What happened. */
export type Happening =
  | { readonly type: 'order.created' }
  | { readonly type: 'order.prepaying' }
  | { readonly type: 'order.prepaid' }
  | { readonly type: 'order.closing' }
  | { readonly type: 'order.closed' }
  | { readonly type: 'order.failed'; readonly reason: string }
  | { readonly type: 'order.paid'; readonly transactionId: string; readonly late: boolean }
  /** A payer's bank said no; the order can still be paid. */
  | { readonly type: 'payment.failed'; readonly reason: string }
  | {
      readonly type: `refund.${RefundState}`;
      readonly outRefundNo: string;
      readonly amount: number;
      /** WeChat's code, where it says why. */
      readonly reason: string | null;
    }
  | ({ readonly type: 'anomaly.raised' } & Anomaly);

/** One change of an order, written together with it. */
export interface OrderEvent {
  /** The same for the same event wherever it is told. */
  readonly id: string;
  readonly orderId: string;
  /** 1, 2, 3 … within its order; 0 for what happened to no order of ours. */
  readonly sequence: number;
  /** The one that its order was saved as with it; null where there is no order, and in events from before they had one. */
  readonly version: number | null;
  readonly at: Date;
  /** The state it left the order in; null where there is no order. */
  readonly state: OrderState | null;
  readonly happening: Happening;
  readonly notice: KeptNotice | null;
}
