import { openOaep, UnreadableOaep } from '../../adapters/wechat/protocol/oaep.ts';
import type { RefundDenial } from './merchant-refunds.ts';
import type { BankCard, RefundAccount, RefundTerms } from './refund.ts';
import type { RefundNews } from './trade.ts';
import { done, failed, type V3Answer } from './v3-answer.ts';
import { refundOf } from './v3-refund-fields.ts';
import type { V3Request } from './v3-request.ts';
import { ABNORMAL_REFUND, REFUND, understood } from './v3-rules.ts';
import type { Execute, V3Scene } from './v3-scene.ts';

const DENIALS: Readonly<Record<RefundDenial, readonly [code: string, message: string]>> = {
  unpaid: ['RESOURCE_NOT_EXISTS', '订单不存在'],
  'other terms': ['INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试'],
  overdue: ['INVALID_REQUEST', '订单已经超过可退款的最大期限'],
  'nothing left': ['INVALID_REQUEST', '订单已全额退款'],
  'too much': ['INVALID_REQUEST', '申请退款金额大于订单可退金额'],
  'too many': ['INVALID_REQUEST', '单笔订单部分退款次数超过50次'],
  'too soon': ['FREQUENCY_LIMITED', '频率限制，请1分钟后再试'],
  'payer gone': ['USER_ACCOUNT_ABNORMAL', '退款请求失败，用户帐号注销'],
  'no funds': ['NOT_ENOUGH', '基本账户余额不足，请充值后重新发起'],
};

/** 退款申请 https://pay.weixin.qq.com/doc/v3/merchant/4012556457 */
export const refund: Execute = ({ body, signer }, { pay }) => {
  const read = understood(REFUND, body, 'body');
  if ('wrong' in read) return read.wrong;
  const { transaction_id, out_trade_no, amount } = read.said;
  const trade =
    transaction_id === undefined ? pay.orders.find(out_trade_no ?? '') : pay.orders.findByTransaction(transaction_id);
  if (!trade) return failed(...DENIALS.unpaid);
  if (amount.total !== trade.terms.total) return failed('INVALID_REQUEST', '订单金额与之前请求不一致');
  const accepted = pay.refundDesk.ask(trade, termsOf(read.said));
  return typeof accepted === 'string' ? failed(...DENIALS[accepted]) : done(signer, refundOf(accepted));
};

type Asked = Extract<ReturnType<typeof understood<typeof REFUND>>, { said: unknown }>['said'];

const termsOf = (asked: Asked): RefundTerms => ({
  outRefundNo: asked.out_refund_no,
  amount: asked.amount.refund,
  account: ACCOUNTS[asked.funds_account ?? 'UNSETTLED'],
  source: 'API',
  notifyUrl: asked.notify_url,
  reason: asked.reason,
  api: 'v3',
});

const ACCOUNTS: Readonly<Record<'AVAILABLE' | 'UNSETTLED', RefundAccount>> = {
  AVAILABLE: 'REFUND_SOURCE_RECHARGE_FUNDS',
  UNSETTLED: 'REFUND_SOURCE_UNSETTLED_FUNDS',
};

/** 查询单笔退款 */
export const queryRefund: Execute = ({ params, signer }, { pay }) => {
  const news = pay.refunds.find(params.number ?? '');
  return news ? done(signer, refundOf(news)) : failed('RESOURCE_NOT_EXISTS', '退款单不存在');
};

/** 发起异常退款 */
export const sendAbnormalRefund: Execute = (request, scene) => {
  const read = understood(ABNORMAL_REFUND, request.body, 'body');
  if ('wrong' in read) return read.wrong;
  const news = scene.pay.refunds.findById(request.params.id ?? '');
  if (!news) return failed('RESOURCE_NOT_EXISTS', '退款单不存在');
  if (news.refund.terms.outRefundNo !== read.said.out_refund_no)
    return failed('INVALID_REQUEST', '商户退款单号与微信支付退款单号不一致');
  const card = read.said.type === 'USER_BANK_CARD' ? opened(read.said, request, scene) : { type: read.said.type };
  if ('status' in card) return card;
  return sent(news, card, request, scene);
};

/** Sending it where it was sent already is the same again. */
function sent(news: RefundNews, card: BankCard, { signer }: V3Request, { pay }: V3Scene): V3Answer {
  const isSame = JSON.stringify(news.refund.card) === JSON.stringify(card);
  if (!isSame && !pay.refundDesk.sendTo(news, card)) return failed('INVALID_REQUEST', '退款单状态不是退款异常');
  if (isSame && news.refund.state === 'CHANGE') pay.refundDesk.sendTo(news, card);
  return done(signer, refundOf(news));
}

interface SealedCard {
  readonly bank_type: string;
  readonly bank_account: string;
  readonly real_name: string;
}

/** The number and the name are sealed with the key that the request names. */
function opened(
  { bank_type, bank_account, real_name }: SealedCard,
  { sealedFor }: V3Request,
  { platform }: V3Scene,
): BankCard | V3Answer {
  const key = sealedFor === undefined ? undefined : platform.openerOf(sealedFor);
  if (!key) return failed('PARAM_ERROR', 'Http头缺少Wechatpay-Serial');
  try {
    const open = (sealed: string): string => openOaep(sealed, key);
    return { type: 'USER_BANK_CARD', bank_type, bank_account: open(bank_account), real_name: open(real_name) };
  } catch (error) {
    if (error instanceof UnreadableOaep) return failed('PARAM_ERROR', '敏感信息解密失败');
    throw error;
  }
}
