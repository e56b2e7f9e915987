import { rfc3339 } from '../../adapters/wechat/protocol/rfc3339.ts';
import { type Coupon, worth } from './coupon.ts';
import { DESCRIPTIONS } from './trade-states.ts';
import type { Payment, Trade, TradeState } from './trade.ts';

/** A trade as queries and notices both tell it. */
export const transactionOf = (trade: Trade, mchid: string, state: TradeState) => ({
  ...namesOf(trade, mchid),
  ...(trade.payment
    ? paymentOf(trade, trade.payment)
    : { amount: { payer_currency: 'CNY', total: trade.terms.total } }),
  trade_state: state,
  trade_state_desc: DESCRIPTIONS[state],
});

const namesOf = ({ terms }: Trade, mchid: string) => ({
  appid: terms.appid,
  mchid,
  out_trade_no: terms.outTradeNo,
  ...(terms.attach !== undefined && { attach: terms.attach }),
});

const paymentOf = ({ terms }: Trade, { transactionId, openid, at, coupons }: Payment) => ({
  transaction_id: transactionId,
  trade_type: terms.tradeType,
  bank_type: 'OTHERS',
  // Empty, where the merchant had nothing to attach.
  attach: terms.attach ?? '',
  success_time: rfc3339(at),
  payer: { openid },
  amount: {
    total: terms.total,
    payer_total: terms.total - worth(coupons),
    currency: 'CNY',
    payer_currency: 'CNY',
  },
  ...(coupons.length > 0 && { promotion_detail: coupons.map(promotionOf) }),
});

const promotionOf = ({ id, type, fee }: Coupon) => ({
  coupon_id: id,
  name: '优惠券',
  scope: 'GLOBAL',
  type: type === 'CASH' ? 'CASH' : 'NOCASH',
  amount: fee,
  wechatpay_contribute: type === 'CASH' ? fee : 0,
  merchant_contribute: type === 'CASH' ? 0 : fee,
  other_contribute: 0,
  currency: 'CNY',
});
