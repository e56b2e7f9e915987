import type { Order, OrderState, RefundState } from './types.ts';

export interface MerchantOrder extends Order {
  /** Grows with each change: what an event of this version or of an older one tells is in here. */
  readonly version: number;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface OrderWish {
  readonly description: string;
  readonly amount: { readonly total: number; readonly currency?: 'CNY' | undefined };
  readonly out_trade_no?: string | null | undefined;
  readonly payer?: { readonly user_id: string } | { readonly openid: string } | null | undefined;
  readonly attach?: string | null | undefined;
  readonly time_expire?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
}

export interface PayElsewhereWish {
  readonly trade_type: 'NATIVE' | 'H5' | 'APP';
  readonly payer_client_ip?: string | null | undefined;
}

export type PaymentPass =
  | { readonly trade_type: 'NATIVE'; readonly code_url: string; readonly expires_at: string }
  | { readonly trade_type: 'H5'; readonly h5_url: string; readonly expires_at: string }
  | {
      readonly trade_type: 'APP';
      readonly appid: string;
      readonly partnerid: string;
      readonly prepayid: string;
      readonly package: string;
      readonly noncestr: string;
      readonly timestamp: string;
      readonly sign: string;
    };

export interface RefundWish {
  readonly amount: number;
  readonly reason?: string | null | undefined;
  readonly out_refund_no?: string | null | undefined;
}

export type AbnormalRefundWish =
  | { readonly type: 'MERCHANT_BANK_CARD' }
  | {
      readonly type: 'USER_BANK_CARD';
      readonly bank_type: string;
      readonly bank_account: string;
      readonly real_name: string;
    };

export type EventType =
  | `order.${'created' | 'prepaying' | 'prepaid' | 'closing' | 'closed' | 'failed' | 'paid'}`
  | 'payment.failed'
  | `refund.${RefundState}`
  | 'anomaly.raised';

export interface Event {
  readonly id: string;
  readonly type: EventType;
  readonly out_trade_no: string;
  readonly sequence: number;
  /** Of the order, since this event; null where there is no order of ours, and in events from before they had one. */
  readonly version: number | null;
  readonly state: OrderState | null;
  readonly created_at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What became of telling the receiver of webhooks one event. */
export interface WebhookDelivery {
  readonly id: string;
  readonly type: string;
  readonly out_trade_no: string;
  readonly sequence: number;
  readonly created_at: string;
  readonly state: 'waiting' | 'delivered' | 'dead';
  readonly due_at: string | null;
  readonly attempts: readonly {
    readonly at: string;
    readonly status: number | null;
    readonly fault: 'timeout' | 'unreachable' | 'forbidden-address' | 'untrusted-certificate' | 'unreadable' | null;
    readonly milliseconds: number;
  }[];
}

/** From one id to another, both included. */
export interface ReplayRange {
  readonly from: string;
  readonly to: string;
  readonly state?: 'dead' | 'delivered' | undefined;
}

export interface Trade {
  readonly trade_time: string;
  readonly appid: string;
  readonly mchid: string;
  readonly transaction_id: string;
  readonly out_trade_no: string;
  readonly openid: string;
  readonly trade_type: string;
  readonly trade_state: string;
  readonly currency: string;
  readonly total: number | null;
  readonly settlement_total: number;
  readonly refund_id: string | null;
  readonly out_refund_no: string | null;
  readonly refund_amount: number | null;
  readonly refund_state: string | null;
  readonly description: string;
  readonly attach: string;
  readonly fee: string;
}

export interface Movement {
  readonly booked_at: string;
  readonly transaction_id: string;
  readonly flow_id: string;
  readonly business_name: string;
  readonly business_type: string;
  readonly direction: 'in' | 'out';
  readonly amount: number;
  readonly balance: number;
  readonly applicant: string;
  readonly note: string;
  readonly voucher_no: string;
}

interface Bill<Row> {
  readonly date: string;
  readonly rows: readonly Row[];
  readonly totals: { readonly count: number; readonly sums: Readonly<Record<string, string>> };
}

export interface TradeBill extends Bill<Trade> {
  readonly type: string;
}

export interface FundFlowBill extends Bill<Movement> {
  readonly account: string;
}

export interface Reconciliation {
  readonly date: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly compared: number;
  readonly matched: number;
  readonly difference_count: number;
  readonly differences: readonly {
    readonly kind: string;
    readonly out_trade_no: string;
    readonly transaction_id: string | null;
    readonly out_refund_no: string | null;
    readonly there: number | null;
    readonly here: number | null;
    readonly healed: boolean;
  }[];
}

export interface Comment {
  readonly created_at: string;
  readonly transaction_id: string;
  readonly stars: number;
  readonly comment: string;
}
