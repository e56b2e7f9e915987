import { type Coupon, worth } from './coupon.ts';
import { clockTime } from './clock-time.ts';
import { type Refund, settledFee } from './refund.ts';
import type { PaidTrade, RefundNews } from './trade.ts';

type Fields = [string, string][];

/** What the answer to a refund tells: that it was accepted. */
export const acceptedFields = ({ trade, refund }: RefundNews): Fields => [
  ...tradeFields(trade),
  ['out_refund_no', refund.terms.outRefundNo],
  ['refund_id', refund.refundId],
  ...feeFields(refund, ''),
  ['cash_refund_fee', String(refund.terms.amount - worth(refund.coupons))],
];

/** What every answer about the refunds of a trade begins with. */
export const tradeFields = ({ terms, payment }: PaidTrade): Fields => {
  const unsettled = worth(payment.coupons, 'NO_CASH');
  return [
    ['transaction_id', payment.transactionId],
    ['out_trade_no', terms.outTradeNo],
    ['total_fee', String(terms.total)],
    ...(unsettled > 0 ? [['settlement_total_fee', String(terms.total - unsettled)] as [string, string]] : []),
    ['fee_type', 'CNY'],
    ['cash_fee', String(terms.total - worth(payment.coupons))],
  ];
};

/** One refund of many, by its place in the answer. */
export const listedFields = (refund: Refund, index: number): Fields => [
  [`out_refund_no_${index}`, refund.terms.outRefundNo],
  [`refund_id_${index}`, refund.refundId],
  [`refund_channel_${index}`, 'ORIGINAL'],
  ...feeFields(refund, `_${index}`),
  [`refund_account_${index}`, refund.terms.account],
  [`refund_status_${index}`, refund.state],
  [`refund_recv_accout_${index}`, RECEIVER],
  ...(refund.succeededAt ? [[`refund_success_time_${index}`, clockTime(refund.succeededAt)] as [string, string]] : []),
];

/** What is sealed in a notice. */
export const noticeFields = ({ trade, refund }: RefundNews): Fields => [
  ['out_refund_no', refund.terms.outRefundNo],
  ['out_trade_no', trade.terms.outTradeNo],
  ['refund_account', refund.terms.account],
  ['refund_fee', String(refund.terms.amount)],
  ['refund_id', refund.refundId],
  ['refund_recv_accout', RECEIVER],
  ['refund_request_source', refund.terms.source],
  ['refund_status', refund.state],
  ['settlement_refund_fee', String(settledFee(refund))],
  ['settlement_total_fee', String(trade.terms.total - worth(trade.payment.coupons, 'NO_CASH'))],
  ['success_time', refund.succeededAt ? clockTime(refund.succeededAt) : ''],
  ['total_fee', String(trade.terms.total)],
  ['transaction_id', trade.payment.transactionId],
];

const RECEIVER = '支付用户零钱';

function feeFields(refund: Refund, suffix: string): Fields {
  const { terms, coupons } = refund;
  const settled = settledFee(refund);
  return [
    [`refund_fee${suffix}`, String(terms.amount)],
    ...(settled < terms.amount ? [[`settlement_refund_fee${suffix}`, String(settled)] as [string, string]] : []),
    [`coupon_refund_fee${suffix}`, String(worth(coupons))],
    [`coupon_refund_count${suffix}`, String(coupons.length)],
    ...coupons.flatMap((coupon, index) => couponFields(coupon, `${suffix}_${index}`)),
  ];
}

const couponFields = ({ id, type, fee }: Coupon, suffix: string): Fields => [
  [`coupon_type${suffix}`, type],
  [`coupon_refund_id${suffix}`, id],
  [`coupon_refund_fee${suffix}`, String(fee)],
];
