export interface Coupon {
  readonly id: string;
  /** CASH was bought by the merchant; NO_CASH lessens what the merchant is paid. */
  readonly type: 'CASH' | 'NO_CASH';
  /** Fen. */
  readonly fee: number;
}

export const worth = (coupons: readonly Coupon[], type?: Coupon['type']): number =>
  coupons.reduce((sum, coupon) => (type === undefined || coupon.type === type ? sum + coupon.fee : sum), 0);
