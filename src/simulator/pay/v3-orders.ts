import type { Denial, Ticket } from './merchant-orders.ts';
import type { Terms, Trade, TradeType } from './trade.ts';
import { done, doneSilently, failed, type V3Answer } from './v3-answer.ts';
import type { V3Request } from './v3-request.ts';
import { CLOSE, OF_MERCHANT, type Order, ORDERS, understood } from './v3-rules.ts';
import { type Execute, type V3Scene, wrongMerchant } from './v3-scene.ts';
import { transactionOf } from './v3-transaction.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DEFAULT_LIFETIME = 7 * DAY;
const LONGEST_LIFETIME = 90 * DAY;

const DENIALS: Readonly<Record<Denial, readonly [code: string, message: string]>> = {
  paid: ['ORDERPAID', '该订单已支付'],
  closed: ['ORDER_CLOSED', '该订单已关闭'],
  'other terms': ['OUT_TRADE_NO_USED', '商户订单号重复'],
};

const TICKETS: Readonly<Record<TradeType, (ticket: Ticket) => object>> = {
  JSAPI: ({ prepayId }) => ({ prepay_id: prepayId }),
  APP: ({ prepayId }) => ({ prepay_id: prepayId }),
  NATIVE: ({ codeUrl }) => ({ code_url: codeUrl }),
  MWEB: ({ h5Url }) => ({ h5_url: h5Url }),
};

/** 下单 */
export const placeOrder =
  (tradeType: TradeType): Execute =>
  ({ body, signer }, scene) => {
    const read = understood(ORDERS[tradeType], body, 'body');
    if ('wrong' in read) return read.wrong;
    const { said } = read;
    const openid = 'payer' in said ? (said.payer as { openid: string }).openid : '';
    const terms = termsOf(said, tradeType, openid, scene.dialect, body);
    const wrong = wrongMerchant(said.mchid, scene) ?? wrongApp(terms, scene) ?? wrongPayer(terms, scene);
    if (wrong) return wrong;
    const placed = wrongTime(terms, scene) ?? scene.pay.orders.place(terms);
    if (typeof placed === 'string') return failed(...DENIALS[placed]);
    return 'status' in placed ? placed : done(signer, TICKETS[tradeType](placed));
  };

function wrongApp({ tradeType, appid }: Terms, { pay }: V3Scene): V3Answer | undefined {
  if (!pay.takes(tradeType)) return failed('NO_AUTH', '商户号该产品权限未开通，请前往商户平台>产品中心检查后重试');
  return appid === pay.appidOf(tradeType) ? undefined : failed('APPID_MCHID_NOT_MATCH', 'appid和mchid不匹配');
}

const wrongPayer = ({ tradeType, openid }: Terms, { users }: V3Scene): V3Answer | undefined =>
  tradeType !== 'JSAPI' || users.isOpenid(openid) ? undefined : failed('PARAM_ERROR', '无效的openid');

/** An order that is known already has the time that it has. */
function wrongTime({ outTradeNo, expiresAt }: Terms, { pay }: V3Scene): V3Answer | undefined {
  const left = expiresAt.getTime() - Date.now();
  if (pay.orders.find(outTradeNo) || (left > MINUTE && left <= LONGEST_LIFETIME)) return undefined;
  return failed('PARAM_ERROR', `time_expire时间过${left > MINUTE ? '长' : '短'}`);
}

const termsOf = (
  order: Order,
  tradeType: TradeType,
  openid: string,
  dialect: Terms['dialect'],
  body: unknown,
): Terms => ({
  outTradeNo: order.out_trade_no,
  tradeType,
  appid: order.appid,
  total: order.amount.total,
  openid,
  notifyUrl: order.notify_url,
  description: order.description,
  deviceInfo: order.scene_info?.device_id ?? '',
  attach: order.attach,
  expiresAt: order.time_expire ?? new Date(Date.now() + DEFAULT_LIFETIME),
  fingerprint: `${tradeType} ${JSON.stringify(sorted(body))}`,
  dialect,
});

/** Whatever order the names came in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]));
}

/** 查询订单 */
export const queryByNumber: Execute = (request, scene) =>
  queried(scene.pay.orders.find(request.params.number ?? ''), request, scene);

export const queryByTransaction: Execute = (request, scene) =>
  queried(scene.pay.orders.findByTransaction(request.params.id ?? ''), request, scene);

function queried(trade: Trade | undefined, { query, signer }: V3Request, scene: V3Scene): V3Answer {
  const read = understood(OF_MERCHANT, Object.fromEntries(query), 'query');
  if ('wrong' in read) return read.wrong;
  const wrong = wrongMerchant(read.said.mchid, scene);
  if (wrong) return wrong;
  if (!trade) return failed('ORDER_NOT_EXIST', '订单不存在');
  trade.queries += 1;
  return done(signer, transactionOf(trade, scene.mchid, trade.state));
}

/** 关闭订单 */
export const closeOrder: Execute = ({ params, body, signer }, scene) => {
  const read = understood(CLOSE, body, 'body');
  if ('wrong' in read) return read.wrong;
  const wrong = wrongMerchant(read.said.mchid, scene);
  if (wrong) return wrong;
  const { orders } = scene.pay;
  const trade = orders.find(params.number ?? '');
  if (!trade) return failed('ORDER_NOT_EXIST', '订单不存在');
  const denial = orders.close(trade);
  return denial ? failed(...DENIALS[denial]) : doneSilently(signer);
};
