/** What the server is sent and answers, as its OpenAPI document has it. Times are RFC 3339, amounts whole fen. */

export interface LoggedIn {
  readonly token: string;
  readonly user_id: string;
  readonly expires_at: string;
}

export interface Account {
  readonly user_id: string;
  readonly openid: string;
  readonly unionid: string | null;
  readonly profile: {
    readonly nickName: string | null;
    readonly avatarUrl: string | null;
    readonly gender: number | null;
    readonly city: string | null;
    readonly province: string | null;
    readonly country: string | null;
  };
  readonly created_at: string;
  readonly linked_user_ids: readonly string[];
}

/** What is not named stays; `null` takes a value away. */
export interface ProfileChange {
  readonly nickName?: string | null | undefined;
  readonly avatarUrl?: string | null | undefined;
}

/** As `wx.getUserInfo` gives it. */
export interface UserData {
  readonly encryptedData: string;
  readonly iv: string;
  readonly rawData?: string | undefined;
  readonly signature?: string | undefined;
}

export type OrderState = 'created' | 'prepaying' | 'prepaid' | 'closing' | 'closed' | 'failed' | 'paid';
export type RefundState = 'requested' | 'processing' | 'succeeded' | 'closed' | 'abnormal';

export interface Refund {
  readonly out_refund_no: string;
  readonly state: RefundState;
  readonly amount: number;
  readonly reason?: string | undefined;
  readonly origin: 'merchant' | 'late-payment' | 'outside';
  readonly refund_id?: string | undefined;
  readonly trouble?: string | undefined;
  readonly created_at: string;
  readonly succeeded_at?: string | undefined;
  readonly closed_at?: string | undefined;
}

export interface Order {
  readonly out_trade_no: string;
  readonly state: OrderState;
  readonly description: string;
  readonly amount: { readonly total: number; readonly currency: 'CNY' };
  readonly payer: { readonly openid?: string | undefined; readonly user_id?: string | undefined };
  readonly attach?: string | undefined;
  readonly late: boolean;
  readonly created_at: string;
  readonly time_expire: string;
  readonly transaction_id?: string | undefined;
  readonly paid_at?: string | undefined;
  readonly closed_at?: string | undefined;
  readonly failed_at?: string | undefined;
  readonly failure_reason?: string | undefined;
  readonly refunded_total: number;
  readonly refunds: readonly Refund[];
}

/** What `wx.requestPayment` takes. */
export interface PaymentRequest {
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: 'MD5' | 'HMAC-SHA256' | 'RSA';
  readonly paySign: string;
}
