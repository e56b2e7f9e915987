import type { RefundDenial } from './merchant-refunds.ts';
import type { Pay } from './pay.ts';
import type { RefundAccount, RefundTerms } from './refund.ts';
import { isPaid, type RefundNews, type Trade } from './trade.ts';
import type { V2Answer } from './v2-answer.ts';
import type { V2Scene } from './v2-orders.ts';
import { acceptedFields, listedFields, tradeFields } from './v2-refund-fields.ts';
import type { V2Request } from './v2-request.ts';
import { type FieldFault, faultIn, REFUND, REFUND_QUERY } from './v2-rules.ts';

const PAGE = 10;

type Failure = readonly [code: string, description: string];

export const REFUND_DENIALS: Readonly<Record<RefundDenial, Failure>> = {
  unpaid: ['ORDERNOTEXIST', '订单不存在'],
  'other terms': ['PARAM_ERROR', '退款单号重复，退款金额与之前请求不一致'],
  overdue: ['TRADE_OVERDUE', '订单已经超过退款期限'],
  'nothing left': ['ERROR', '订单已全额退款'],
  'too much': ['PARAM_ERROR', '申请退款金额大于订单可退金额'],
  'too many': ['PARAM_ERROR', '单笔订单部分退款次数超过50次'],
  'too soon': ['FREQUENCY_LIMITED', '频率限制，请1分钟后再试'],
  'payer gone': ['USER_ACCOUNT_ABNORMAL', '退款请求失败，用户帐号注销'],
  'no funds': ['NOTENOUGH', '基本账户余额不足，请充值后重新发起'],
};

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_4 */
export function refund(request: V2Request, { pay, answers }: V2Scene): V2Answer {
  const { fields } = request;
  const wrong = faultIn(fields, REFUND) ?? nameless(fields, ['transaction_id', 'out_trade_no']);
  if (wrong) return answers.failed(request, wrong.code, wrong.description);
  const trade = tradeIn(request, pay);
  if (!trade) return answers.failed(request, ...REFUND_DENIALS.unpaid);
  if (fields.get('total_fee') !== String(trade.terms.total))
    return answers.failed(request, 'PARAM_ERROR', '订单金额与之前请求不一致');
  const accepted = pay.refundDesk.ask(trade, termsOf(request));
  if (typeof accepted === 'string') return answers.failed(request, ...REFUND_DENIALS[accepted]);
  return answers.done(request, acceptedFields(accepted));
}

/** The rules have been kept by now, so what they need is there. */
const termsOf = ({ fields }: V2Request): RefundTerms => ({
  outRefundNo: fields.get('out_refund_no') ?? '',
  amount: Number(fields.get('refund_fee')),
  account: (fields.get('refund_account') ?? 'REFUND_SOURCE_UNSETTLED_FUNDS') as RefundAccount,
  source: 'API',
  notifyUrl: fields.get('notify_url'),
  reason: fields.get('refund_desc'),
  api: 'v2',
});

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_5 */
export function queryRefund(request: V2Request, { pay, answers }: V2Scene): V2Answer {
  const { fields } = request;
  const wrong =
    faultIn(fields, REFUND_QUERY) ?? nameless(fields, ['refund_id', 'out_refund_no', 'transaction_id', 'out_trade_no']);
  if (wrong) return answers.failed(request, wrong.code, wrong.description);
  const found = refundsIn(request, pay);
  const [first] = found;
  if (!first) return answers.failed(request, 'REFUNDNOTEXIST', '不存在退款单');
  const offset = fields.get('offset');
  const page = found.slice(Number(offset ?? 0)).slice(0, PAGE);
  return answers.done(request, [
    ...tradeFields(first.trade),
    ...(offset === undefined ? [] : [['total_refund_count', String(found.length)] as const]),
    ['refund_count', String(page.length)],
    ...page.flatMap(({ refund }, index) => listedFields(refund, index)),
  ]);
}

/** The most telling of the numbers decides; the others are not looked at. */
function refundsIn(request: V2Request, pay: Pay): readonly RefundNews[] {
  const refundId = request.fields.get('refund_id');
  const outRefundNo = request.fields.get('out_refund_no');
  if (refundId !== undefined) return listOf(pay.refunds.findById(refundId));
  if (outRefundNo !== undefined) return listOf(pay.refunds.find(outRefundNo));
  const trade = tradeIn(request, pay);
  return trade && isPaid(trade) ? trade.refunds.map((refund) => ({ trade, refund })) : [];
}

const listOf = (found: RefundNews | undefined): readonly RefundNews[] => (found ? [found] : []);

function tradeIn({ fields }: V2Request, { orders }: Pay): Trade | undefined {
  const transactionId = fields.get('transaction_id');
  if (transactionId !== undefined) return orders.findByTransaction(transactionId);
  return orders.find(fields.get('out_trade_no') ?? '');
}

const nameless = (fields: V2Request['fields'], names: readonly string[]): FieldFault | undefined =>
  names.some((name) => fields.has(name)) ? undefined : { code: 'LACK_PARAMS', description: `缺少参数${names.at(-1)}` };
