import { type Coupon, worth } from './coupon.ts';

/** CHANGE: the bank would not take the money back, and a person has to act. */
export type RefundState = 'PROCESSING' | 'SUCCESS' | 'CHANGE' | 'REFUNDCLOSE';

export const REFUND_ACCOUNTS = ['REFUND_SOURCE_UNSETTLED_FUNDS', 'REFUND_SOURCE_RECHARGE_FUNDS'] as const;

/** What the merchant pays a refund from. */
export type RefundAccount = (typeof REFUND_ACCOUNTS)[number];

/** What was asked for. */
export interface RefundTerms {
  readonly outRefundNo: string;
  /** Fen. */
  readonly amount: number;
  readonly account: RefundAccount;
  /** By whom: the merchant's server, or a person at the merchant console. */
  readonly source: 'API' | 'VENDOR_PLATFORM';
  readonly notifyUrl: string | undefined;
  readonly reason: string | undefined;
  /** The version in which it was asked for, and is told of; of a console's refund, that of the trade. */
  readonly api: 'v2' | 'v3';
}

/** Where the money of a refund went that the bank would not take back. */
export interface BankCard {
  readonly type: 'USER_BANK_CARD' | 'MERCHANT_BANK_CARD';
  readonly bank_type?: string;
  readonly bank_account?: string;
  readonly real_name?: string;
}

export interface Refund {
  readonly terms: RefundTerms;
  readonly refundId: string;
  /** What goes back into coupons; the rest goes back in cash. */
  readonly coupons: readonly Coupon[];
  requestedAt: Date;
  state: RefundState;
  succeededAt: Date | undefined;
  card: BankCard | undefined;
}

/** What is reserved or gone: everything but what came to nothing. */
export const reserved = (refunds: readonly Refund[]): number =>
  total(refunds.filter(({ state }) => state !== 'REFUNDCLOSE'));

export const refunded = (refunds: readonly Refund[]): number =>
  total(refunds.filter(({ state }) => state === 'SUCCESS'));

/** What the merchant gives back, who never had what NO_CASH coupons were worth. */
export const settledFee = ({ terms, coupons }: Refund): number => terms.amount - worth(coupons, 'NO_CASH');

const total = (refunds: readonly Refund[]): number => refunds.reduce((sum, { terms }) => sum + terms.amount, 0);
