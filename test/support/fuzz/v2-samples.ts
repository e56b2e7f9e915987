import { APPID, MCHID } from '../samples.ts';

/*
 * What WeChat Pay says in version 2, not signed yet.
 */

type Fields = Readonly<Record<string, string>>;

const HEAD: Fields = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  appid: APPID,
  mch_id: MCHID,
  nonce_str: '5d2b6c2a8db53831f7eda20af46e531c',
};

/** 支付结果通知 */
export const PAYMENT_FIELDS: Fields = {
  ...HEAD,
  result_code: 'SUCCESS',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  is_subscribe: 'N',
  trade_type: 'JSAPI',
  bank_type: 'CFT',
  total_fee: '888',
  fee_type: 'CNY',
  cash_fee: '788',
  coupon_fee: '100',
  coupon_count: '1',
  coupon_id_0: '10000',
  coupon_fee_0: '100',
  transaction_id: '4200000000000000000000000001',
  out_trade_no: 'coffee-0001',
  attach: '支付测试',
  time_end: '20261122120003',
};

/** 查询订单 */
export const QUERY_FIELDS: Fields = { ...PAYMENT_FIELDS, trade_state: 'SUCCESS', trade_state_desc: '支付成功' };

/** 查询退款 */
export const REFUND_QUERY_FIELDS: Fields = {
  ...HEAD,
  result_code: 'SUCCESS',
  out_trade_no: 'coffee-0001',
  transaction_id: '4200000000000000000000000001',
  total_fee: '888',
  refund_count: '2',
  total_refund_count: '2',
  out_refund_no_0: 'back-1',
  refund_id_0: '50300000000000000000000000001',
  refund_fee_0: '100',
  refund_status_0: 'SUCCESS',
  refund_success_time_0: '2026-11-22 12:10:00',
  coupon_refund_fee_0_0: '10',
  out_refund_no_1: 'back-2',
  refund_id_1: '50300000000000000000000000002',
  refund_fee_1: '200',
  refund_status_1: 'PROCESSING',
};

/** 退款结果通知, as it is inside of `req_info`. */
export const REFUND_FIELDS: Fields = {
  out_trade_no: 'coffee-0001',
  transaction_id: '4200000000000000000000000001',
  out_refund_no: 'back-1',
  refund_id: '50300000000000000000000000001',
  total_fee: '888',
  refund_fee: '100',
  settlement_refund_fee: '100',
  refund_status: 'SUCCESS',
  success_time: '2026-11-22 12:10:00',
  refund_recv_accout: '支付用户零钱',
  refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS',
  refund_request_source: 'API',
};

/** Around it. */
export const REFUND_NOTICE_FIELDS: Fields = {
  return_code: 'SUCCESS',
  appid: APPID,
  mch_id: MCHID,
  nonce_str: '5d2b6c2a8db53831f7eda20af46e531c',
};
