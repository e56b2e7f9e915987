import type { Outage } from '../../../domain/outage.ts';
import { busy, misconfigured, unreadable } from '../pay-client/outages.ts';

/** Codes that settle nothing: whether it was done, only asking again can tell. */
type Unsettled = 'try-again' | 'too-often' | 'operator';

type Table<Settled extends string> = Readonly<Record<string, Settled | Unsettled>>;

/** 统一下单 */
export const UNIFIEDORDER_CODES = {
  SYSTEMERROR: 'try-again',
  ORDERPAID: 'already-paid',
  OUT_TRADE_NO_USED: 'conflict',
  ORDERCLOSED: 'refused',
  NOTENOUGH: 'refused',
  NOAUTH: 'refused',
  APPID_NOT_EXIST: 'refused',
  MCHID_NOT_EXIST: 'refused',
  APPID_MCHID_NOT_MATCH: 'refused',
  LACK_PARAMS: 'refused',
  PARAM_ERROR: 'refused',
  SIGNERROR: 'refused',
  XML_FORMAT_ERROR: 'refused',
  REQUIRE_POST_METHOD: 'refused',
  POST_DATA_EMPTY: 'refused',
  NOT_UTF8: 'refused',
} as const satisfies Table<'already-paid' | 'conflict' | 'refused'>;

/** 查询订单 */
export const ORDERQUERY_CODES = {
  ORDERNOTEXIST: 'absent',
  SYSTEMERROR: 'try-again',
  NOAUTH: 'operator',
  APPID_NOT_EXIST: 'operator',
  MCHID_NOT_EXIST: 'operator',
  APPID_MCHID_NOT_MATCH: 'operator',
  LACK_PARAMS: 'operator',
  PARAM_ERROR: 'operator',
  SIGNERROR: 'operator',
  XML_FORMAT_ERROR: 'operator',
  REQUIRE_POST_METHOD: 'operator',
  POST_DATA_EMPTY: 'operator',
  NOT_UTF8: 'operator',
} as const satisfies Table<'absent'>;

/** 关闭订单 */
export const CLOSEORDER_CODES = {
  ORDERPAID: 'already-paid',
  ORDERCLOSED: 'closed',
  ORDERNOTEXIST: 'absent',
  TRADE_STATE_ERROR: 'refused',
  SYSTEMERROR: 'try-again',
  NOAUTH: 'refused',
  APPID_NOT_EXIST: 'refused',
  MCHID_NOT_EXIST: 'refused',
  APPID_MCHID_NOT_MATCH: 'refused',
  LACK_PARAMS: 'refused',
  PARAM_ERROR: 'refused',
  SIGNERROR: 'refused',
  XML_FORMAT_ERROR: 'refused',
  REQUIRE_POST_METHOD: 'refused',
  POST_DATA_EMPTY: 'refused',
  NOT_UTF8: 'refused',
} as const satisfies Table<'already-paid' | 'closed' | 'absent' | 'refused'>;

/** 申请退款 */
export const REFUND_CODES = {
  SYSTEMERROR: 'try-again',
  BIZERR_NEED_RETRY: 'try-again',
  // Says anything, and of an order that is refunded already, that it is: only a query can tell.
  ERROR: 'try-again',
  FREQUENCY_LIMITED: 'slower',
  INVALID_REQ_TOO_MUCH: 'slower',
  NOTENOUGH: 'top-up',
  USER_ACCOUNT_ABNORMAL: 'abnormal',
  TRADE_OVERDUE: 'abnormal',
  ORDERNOTEXIST: 'refused',
  INVALID_TRANSACTIONID: 'refused',
  PARAM_ERROR: 'refused',
  SIGNERROR: 'refused',
  XML_FORMAT_ERROR: 'refused',
  REQUIRE_POST_METHOD: 'refused',
  APPID_NOT_EXIST: 'refused',
  MCHID_NOT_EXIST: 'refused',
} as const satisfies Table<'slower' | 'top-up' | 'abnormal' | 'refused'>;

/** 查询退款 */
export const REFUNDQUERY_CODES = {
  REFUNDNOTEXIST: 'absent',
  SYSTEMERROR: 'try-again',
  BIZERR_NEED_RETRY: 'try-again',
  NOAUTH: 'operator',
  INVALID_TRANSACTIONID: 'operator',
  PARAM_ERROR: 'operator',
  APPID_NOT_EXIST: 'operator',
  MCHID_NOT_EXIST: 'operator',
  SIGNERROR: 'operator',
  XML_FORMAT_ERROR: 'operator',
  REQUIRE_POST_METHOD: 'operator',
} as const satisfies Table<'absent'>;

/** What a code settles. Throws an Outage for one that settles nothing, and for one that the table does not know. */
export function settledBy<Settled extends string>(table: Table<Settled>, code: string): Settled {
  const meaning = Object.hasOwn(table, code) ? table[code] : undefined;
  if (meaning === undefined) throw unlisted(code);
  if (isUnsettled(meaning)) throw OUTAGES[meaning](code);
  return meaning;
}

const OUTAGES = {
  'try-again': (code) => busy('err_code', { code, isPassing: true }),
  'too-often': (code) => busy('err_code', { code, isPassing: false }),
  operator: (code) => misconfigured('err_code', code),
} satisfies Record<Unsettled, (code: string) => Outage>;

const isUnsettled = (meaning: string): meaning is Unsettled => Object.hasOwn(OUTAGES, meaning);

/** WeChat spells "too often" in more ways than its pages list. */
const unlisted = (code: string): Outage =>
  code.startsWith('FREQUENCY') ? OUTAGES['too-often'](code) : unreadable('err_code', { code, isPassing: false });
