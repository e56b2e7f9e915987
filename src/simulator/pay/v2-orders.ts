import { readCompactTime } from '../../adapters/wechat/protocol/compact-time.ts';
import type { V2Fields } from '../../adapters/wechat/protocol/v2-signature.ts';
import type { Users } from '../users.ts';
import type { Denial, Ticket } from './merchant-orders.ts';
import type { Pay } from './pay.ts';
import type { Terms, Trade, TradeType } from './trade.ts';
import { DESCRIPTIONS } from './trade-states.ts';
import type { V2Answer, V2Answers } from './v2-answer.ts';
import { orderFields, paymentFields } from './v2-payment.ts';
import type { V2Request } from './v2-request.ts';
import { CLOSE_ORDER, faultIn, type FieldFault, ORDER_QUERY, UNIFIED_ORDER } from './v2-rules.ts';

export interface V2Scene {
  readonly users: Users;
  readonly pay: Pay;
  readonly answers: V2Answers;
}

const MINUTE = 60_000;
const DEFAULT_LIFETIME = 120 * MINUTE;

const DENIALS: Readonly<Record<Denial, readonly [code: string, description: string]>> = {
  paid: ['ORDERPAID', '该订单已支付'],
  closed: ['ORDERCLOSED', '该订单已关闭'],
  'other terms': ['OUT_TRADE_NO_USED', '商户订单号重复'],
};

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_1 */
export function unifiedOrder(request: V2Request, { users, pay, answers }: V2Scene): V2Answer {
  const { fields } = request;
  const wrong = faultIn(fields, UNIFIED_ORDER) ?? wrongPayer(fields, users) ?? wrongScene(fields);
  if (wrong) return answers.failed(request, wrong.code, wrong.description);
  const terms = termsOf(request, pay);
  if (!pay.takes(terms.tradeType)) return answers.failed(request, 'NOAUTH', '商户无此接口权限');
  if (terms.appid !== pay.appidOf(terms.tradeType))
    return answers.failed(request, 'APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配');
  if (!pay.orders.find(terms.outTradeNo) && terms.expiresAt.getTime() - Date.now() <= MINUTE)
    return answers.failed(request, 'PARAM_ERROR', 'time_expire时间过短');
  const placed = pay.orders.place(terms);
  if (typeof placed === 'string') return answers.failed(request, ...DENIALS[placed]);
  return answers.done(request, ticketFields(terms.tradeType, placed));
}

const ticketFields = (tradeType: TradeType, { prepayId, codeUrl, h5Url }: Ticket): [string, string][] => [
  ['trade_type', tradeType],
  ['prepay_id', prepayId],
  ...(tradeType === 'NATIVE' ? [['code_url', codeUrl] as [string, string]] : []),
  ...(tradeType === 'MWEB' ? [['mweb_url', h5Url] as [string, string]] : []),
];

function wrongPayer(fields: V2Fields, users: Users): FieldFault | undefined {
  const openid = fields.get('openid');
  if (fields.get('trade_type') !== 'JSAPI') return undefined;
  if (openid === undefined) return { code: 'LACK_PARAMS', description: '缺少参数openid' };
  return users.isOpenid(openid) ? undefined : { code: 'PARAM_ERROR', description: '无效的openid' };
}

/** What is scanned says what it is for, and a browser's order says where it comes from. */
function wrongScene(fields: V2Fields): FieldFault | undefined {
  const needed = { NATIVE: 'product_id', MWEB: 'scene_info' }[fields.get('trade_type') ?? ''];
  if (needed === undefined || fields.has(needed)) return undefined;
  return { code: 'LACK_PARAMS', description: `缺少参数${needed}` };
}

/** The rules have been kept by now, so what they need is there. */
function termsOf({ fields, signType, appid }: V2Request, { v2 }: Pay): Terms {
  const field = (name: string): string => fields.get(name) ?? '';
  const tradeType = field('trade_type') as TradeType;
  return {
    outTradeNo: field('out_trade_no'),
    tradeType,
    appid,
    total: Number(field('total_fee')),
    openid: tradeType === 'JSAPI' ? field('openid') : '',
    notifyUrl: field('notify_url'),
    description: field('body'),
    deviceInfo: field('device_info'),
    attach: fields.get('attach'),
    expiresAt: readCompactTime(field('time_expire')) ?? new Date(Date.now() + DEFAULT_LIFETIME),
    fingerprint: fingerprint(fields),
    dialect: v2[signType],
  };
}

const fingerprint = (fields: V2Fields): string => {
  const asked = [...fields].filter(([name]) => name !== 'nonce_str' && name !== 'sign');
  return JSON.stringify(asked.toSorted(([one], [other]) => (one < other ? -1 : 1)));
};

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_2 */
export function queryOrder(request: V2Request, { pay, answers }: V2Scene): V2Answer {
  const { fields } = request;
  const wrong = faultIn(fields, ORDER_QUERY);
  if (wrong) return answers.failed(request, wrong.code, wrong.description);
  const transactionId = fields.get('transaction_id');
  const outTradeNo = fields.get('out_trade_no');
  if (!transactionId && !outTradeNo) return answers.failed(request, 'LACK_PARAMS', '缺少参数out_trade_no');
  const { orders } = pay;
  const trade = transactionId ? orders.findByTransaction(transactionId) : orders.find(outTradeNo ?? '');
  if (!trade) return answers.failed(request, 'ORDERNOTEXIST', '订单不存在');
  trade.queries += 1;
  return answers.done(request, stateFields(trade));
}

const stateFields = (trade: Trade): [string, string][] => [
  ...(trade.payment ? paymentFields(trade, trade.payment) : orderFields(trade.terms)),
  ['trade_state', trade.state],
  ['trade_state_desc', DESCRIPTIONS[trade.state]],
];

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_3 */
export function closeOrder(request: V2Request, { pay, answers }: V2Scene): V2Answer {
  const { fields } = request;
  const wrong = faultIn(fields, CLOSE_ORDER);
  if (wrong) return answers.failed(request, wrong.code, wrong.description);
  const trade = pay.orders.find(fields.get('out_trade_no') ?? '');
  if (!trade) return answers.failed(request, 'ORDERNOTEXIST', '订单不存在');
  const denial = pay.orders.close(trade);
  return denial ? answers.failed(request, ...DENIALS[denial]) : answers.done(request, []);
}
