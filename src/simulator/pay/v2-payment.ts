import { compactTime } from '../../adapters/wechat/protocol/compact-time.ts';
import { type Coupon, worth } from './coupon.ts';
import type { Payment, Trade } from './trade.ts';

/** A payment as orderquery and notices both tell it. */
export function paymentFields({ terms }: Trade, { transactionId, openid, at, coupons }: Payment): [string, string][] {
  const { total } = terms;
  const unsettled = worth(coupons, 'NO_CASH');
  return [
    ['openid', openid],
    ['is_subscribe', 'N'],
    ['trade_type', terms.tradeType],
    ['bank_type', 'OTHERS'],
    ['total_fee', String(total)],
    ...(unsettled > 0 ? [['settlement_total_fee', String(total - unsettled)] as [string, string]] : []),
    ['fee_type', 'CNY'],
    ['cash_fee', String(total - worth(coupons))],
    ['cash_fee_type', 'CNY'],
    ...couponFields(coupons),
    ['transaction_id', transactionId],
    ...orderFields(terms),
    ['time_end', compactTime(at)],
  ];
}

/** All that is told about an order that is not paid. */
export const orderFields = ({ outTradeNo, attach }: Trade['terms']): [string, string][] => [
  ['out_trade_no', outTradeNo],
  ...(attach === undefined ? [] : [['attach', attach] as [string, string]]),
];

function couponFields(coupons: readonly Coupon[]): [string, string][] {
  if (coupons.length === 0) return [];
  const each = coupons.flatMap(({ id, type, fee }, index): [string, string][] => [
    [`coupon_type_${index}`, type],
    [`coupon_id_${index}`, id],
    [`coupon_fee_${index}`, String(fee)],
  ]);
  return [['coupon_fee', String(worth(coupons))], ['coupon_count', String(coupons.length)], ...each];
}
