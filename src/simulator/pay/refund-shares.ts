import { type Coupon, worth } from './coupon.ts';
import { type Refund, reserved } from './refund.ts';
import type { Trade } from './trade.ts';

/** The coupons' shares of a refund: in proportion to what is left of the cash and of each coupon, to the fen. */
export function couponShares({ terms, payment, refunds }: Trade, amount: number): readonly Coupon[] {
  const coupons = payment?.coupons ?? [];
  const alive = refunds.filter(({ state }) => state !== 'REFUNDCLOSE');
  const left = coupons.map((coupon) => ({ ...coupon, fee: coupon.fee - returned(coupon, alive) }));
  const rest = terms.total - reserved(refunds);
  const upTo = (fen: number): number => Math.floor((fen * amount) / rest);
  let before = rest - worth(left);
  const shares = left.map((coupon) => {
    const fee = upTo(before + coupon.fee) - upTo(before);
    before += coupon.fee;
    return { ...coupon, fee };
  });
  return shares.filter(({ fee }) => fee > 0);
}

const returned = ({ id }: Coupon, refunds: readonly Refund[]): number =>
  worth(refunds.flatMap(({ coupons }) => coupons.filter((coupon) => coupon.id === id)));
