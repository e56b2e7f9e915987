import { rfc3339 } from '../../adapters/wechat/protocol/rfc3339.ts';
import { type Coupon, worth } from './coupon.ts';
import { type Refund, type RefundAccount, type RefundState, settledFee } from './refund.ts';
import type { PaidTrade, RefundNews } from './trade.ts';

const STATUSES: Readonly<Record<RefundState, string>> = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  CHANGE: 'ABNORMAL',
  REFUNDCLOSE: 'CLOSED',
};

const ACCOUNTS: Readonly<Record<RefundAccount, string>> = {
  REFUND_SOURCE_UNSETTLED_FUNDS: 'UNSETTLED',
  REFUND_SOURCE_RECHARGE_FUNDS: 'AVAILABLE',
};

/** A refund as answers tell it. */
export const refundOf = ({ trade, refund }: RefundNews) => ({
  ...numbersOf(trade, refund),
  channel: refund.card ? 'OTHER_BANKCARD' : 'ORIGINAL',
  user_received_account: receiverOf(refund),
  ...successOf(refund),
  create_time: rfc3339(refund.requestedAt),
  status: STATUSES[refund.state],
  funds_account: ACCOUNTS[refund.terms.account],
  amount: {
    ...amountOf(trade, refund),
    from: [],
    settlement_refund: settledFee(refund),
    settlement_total: trade.terms.total - worth(trade.payment.coupons, 'NO_CASH'),
    discount_refund: worth(refund.coupons),
    currency: 'CNY',
    refund_fee: 0,
  },
  promotion_detail: refund.coupons.map(promotionOf),
});

/** The same as notices tell it: in other words, and with less about the money. */
export const refundNoticeOf = ({ trade, refund }: RefundNews, mchid: string) => ({
  mchid,
  ...numbersOf(trade, refund),
  refund_status: STATUSES[refund.state],
  ...successOf(refund),
  user_received_account: receiverOf(refund),
  amount: amountOf(trade, refund),
});

const numbersOf = ({ terms, payment }: PaidTrade, refund: Refund) => ({
  transaction_id: payment.transactionId,
  out_trade_no: terms.outTradeNo,
  refund_id: refund.refundId,
  out_refund_no: refund.terms.outRefundNo,
});

const successOf = ({ succeededAt }: Refund) => (succeededAt ? { success_time: rfc3339(succeededAt) } : {});

const amountOf = ({ terms, payment }: PaidTrade, refund: Refund) => ({
  total: terms.total,
  refund: refund.terms.amount,
  payer_total: terms.total - worth(payment.coupons),
  payer_refund: refund.terms.amount - worth(refund.coupons),
});

const receiverOf = ({ card }: Refund): string => (card ? '退款到银行卡' : '支付用户零钱');

const promotionOf = ({ id, type, fee }: Coupon) => ({
  promotion_id: id,
  scope: 'GLOBAL',
  type: type === 'CASH' ? 'COUPON' : 'DISCOUNT',
  amount: fee,
  refund_amount: fee,
});
