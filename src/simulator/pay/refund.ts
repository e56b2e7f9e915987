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
}

export interface Refund {
  readonly terms: RefundTerms;
  readonly refundId: string;
  /** What goes back into coupons; the rest goes back in cash. */
  readonly coupons: readonly Coupon[];
  requestedAt: Date;
  state: RefundState;
  succeededAt: Date | undefined;
}

/** What is reserved or gone: everything but what came to nothing. */
export const reserved = (refunds: readonly Refund[]): number =>
  total(refunds.filter(({ state }) => state !== 'REFUNDCLOSE'));

export const refunded = (refunds: readonly Refund[]): number =>
  total(refunds.filter(({ state }) => state === 'SUCCESS'));

/** What the merchant gives back, who never had what NO_CASH coupons were worth. */
export const settledFee = ({ terms, coupons }: Refund): number => terms.amount - worth(coupons, 'NO_CASH');

const total = (refunds: readonly Refund[]): number => refunds.reduce((sum, { terms }) => sum + terms.amount, 0);
