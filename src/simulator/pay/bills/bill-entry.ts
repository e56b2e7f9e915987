import { worth } from '../coupon.ts';
import { type Refund, type RefundAccount, type RefundState, settledFee } from '../refund.ts';
import type { PaidTrade, TradeType } from '../trade.ts';
import { type Day, isIn } from './day.ts';
import { feeOn } from './yuan.ts';

/** One row of a trade bill. Amounts are fen. */
export interface BillEntry {
  readonly at: Date;
  readonly transactionId: string;
  readonly outTradeNo: string;
  readonly appid: string;
  readonly tradeType: TradeType;
  readonly openid: string;
  readonly deviceInfo: string;
  readonly description: string;
  readonly attach: string;
  /** What the merchant gets, and what the order costs; nothing of a refund. */
  readonly settled: number;
  readonly coupons: number;
  readonly total: number;
  readonly fee: number;
  readonly refund: RefundEntry | undefined;
}

export interface RefundEntry {
  readonly refundId: string;
  readonly outRefundNo: string;
  readonly account: RefundAccount;
  readonly state: RefundState;
  readonly succeededAt: Date | undefined;
  readonly settled: number;
  readonly coupons: number;
  readonly asked: number;
}

/** A payment is of the day when it was paid, a refund of the day when it was asked for. */
export function* entriesOf(day: Day, trades: Iterable<PaidTrade>): Generator<BillEntry> {
  for (const trade of trades) {
    if (isIn(day, trade.payment.at)) yield paymentEntry(trade);
    for (const refund of trade.refunds) if (isIn(day, refund.requestedAt)) yield refundEntry(trade, refund);
  }
}

function paymentEntry(trade: PaidTrade): BillEntry {
  const { terms, payment } = trade;
  const settled = terms.total - worth(payment.coupons, 'NO_CASH');
  return {
    ...orderOf(trade),
    at: payment.at,
    settled,
    coupons: worth(payment.coupons),
    total: terms.total,
    fee: feeOn(settled),
    refund: undefined,
  };
}

function refundEntry(trade: PaidTrade, refund: Refund): BillEntry {
  const { terms, coupons, refundId, state, succeededAt } = refund;
  const settled = settledFee(refund);
  return {
    ...orderOf(trade),
    at: refund.requestedAt,
    settled: 0,
    coupons: 0,
    total: 0,
    // The fee is given back with the money.
    fee: -feeOn(settled),
    refund: {
      refundId,
      outRefundNo: terms.outRefundNo,
      account: terms.account,
      state,
      succeededAt,
      settled,
      coupons: worth(coupons, 'CASH'),
      asked: terms.amount,
    },
  };
}

const orderOf = ({ terms, payment }: PaidTrade) => ({
  transactionId: payment.transactionId,
  outTradeNo: terms.outTradeNo,
  appid: terms.appid,
  tradeType: terms.tradeType,
  openid: payment.openid,
  deviceInfo: terms.deviceInfo,
  description: terms.description,
  attach: terms.attach ?? '',
});
