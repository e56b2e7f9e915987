import type { Outage } from '../../../domain/outage.ts';
import { busy, misconfigured } from '../pay-client/outages.ts';
import { type V3Failure, withoutCode } from './v3-answer.ts';

/** Codes that settle nothing: whether it was done, only asking again can tell. */
type Unsettled = 'try-again' | 'too-often' | 'operator';

type Table<Settled extends string> = Readonly<Record<string, Settled | Unsettled>>;

/** Of any call. A signature that WeChat refuses is a clock or a key of ours: the operator's to mend, and no order's fault. */
const ANY = {
  SYSTEM_ERROR: 'try-again',
  BANK_ERROR: 'try-again',
  SIGN_ERROR: 'operator',
  REQUEST_BLOCKED: 'operator',
} as const satisfies Table<never>;

/** 下单, of whichever trade type. */
export const PREPAY_CODES = {
  ...ANY,
  ORDER_PAID: 'already-paid',
  OUT_TRADE_NO_USED: 'conflict',
  // Of a number that it has in other words, too; what it means then, a query tells.
  INVALID_REQUEST: 'conflict',
  ORDER_CLOSED: 'refused',
  PARAM_ERROR: 'refused',
  MCH_NOT_EXISTS: 'refused',
  APPID_MCHID_NOT_MATCH: 'refused',
  NO_AUTH: 'refused',
  TRADE_ERROR: 'refused',
  ACCOUNT_ERROR: 'refused',
  RULE_LIMIT: 'refused',
  NOT_ENOUGH: 'refused',
  USER_ACCOUNT_ABNORMAL: 'refused',
  // Comes with a 500, and is for good all the same.
  OPENID_MISMATCH: 'refused',
} as const satisfies Table<'already-paid' | 'conflict' | 'refused'>;

/** 查询订单 */
export const QUERY_CODES = {
  ...ANY,
  ORDER_NOT_EXIST: 'absent',
  RESOURCE_NOT_EXISTS: 'absent',
  NOT_FOUND: 'absent',
  USER_PAYING: 'unpaid',
  PARAM_ERROR: 'operator',
  INVALID_REQUEST: 'operator',
  MCH_NOT_EXISTS: 'operator',
  APPID_MCHID_NOT_MATCH: 'operator',
  NO_AUTH: 'operator',
} as const satisfies Table<'absent' | 'unpaid'>;

/** 关闭订单 */
export const CLOSE_CODES = {
  ...ANY,
  ORDER_PAID: 'already-paid',
  ORDER_CLOSED: 'closed',
  ORDER_NOT_EXIST: 'absent',
  RESOURCE_NOT_EXISTS: 'absent',
  NOT_FOUND: 'absent',
  USER_PAYING: 'refused',
  TRADE_STATE_ERROR: 'refused',
  TRADE_ERROR: 'refused',
  INVALID_REQUEST: 'refused',
  PARAM_ERROR: 'refused',
  MCH_NOT_EXISTS: 'refused',
  APPID_MCHID_NOT_MATCH: 'refused',
  NO_AUTH: 'refused',
} as const satisfies Table<'already-paid' | 'closed' | 'absent' | 'refused'>;

/** 申请退款 */
export const REFUND_CODES = {
  ...ANY,
  FREQUENCY_LIMITED: 'slower',
  FREQUENCY_LIMIT_EXCEED: 'slower',
  RATELIMIT_EXCEEDED: 'slower',
  NOT_ENOUGH: 'top-up',
  USER_ACCOUNT_ABNORMAL: 'abnormal',
  ACCOUNT_ERROR: 'abnormal',
  TRADE_OVERDUE: 'abnormal',
  // Of a number that it has, too.
  INVALID_REQUEST: 'look',
  // Of a serial number that WeChat does not take, too: then it does not take a query's either.
  PARAM_ERROR: 'look',
  ORDER_NOT_EXIST: 'refused',
  RESOURCE_NOT_EXISTS: 'refused',
  NOT_FOUND: 'refused',
  // Comes with a 500, and is for good all the same.
  INVALID_TRANSACTIONID: 'refused',
  MCH_NOT_EXISTS: 'refused',
  APPID_MCHID_NOT_MATCH: 'refused',
  TRADE_ERROR: 'refused',
  RULE_LIMIT: 'refused',
  NO_AUTH: 'operator',
} as const satisfies Table<'slower' | 'top-up' | 'abnormal' | 'look' | 'refused'>;

/** 查询单笔退款 */
export const REFUND_QUERY_CODES = {
  ...ANY,
  RESOURCE_NOT_EXISTS: 'absent',
  REFUND_NOT_EXIST: 'absent',
  ORDER_NOT_EXIST: 'absent',
  NOT_FOUND: 'absent',
  PARAM_ERROR: 'operator',
  INVALID_REQUEST: 'operator',
  MCH_NOT_EXISTS: 'operator',
  NO_AUTH: 'operator',
} as const satisfies Table<'absent'>;

/** 发起异常退款 */
export const ABNORMAL_REFUND_CODES = {
  ...ANY,
  INVALID_REQUEST: 'refused',
  PARAM_ERROR: 'refused',
  RESOURCE_NOT_EXISTS: 'refused',
  NOT_FOUND: 'refused',
  MCH_NOT_EXISTS: 'refused',
  NO_AUTH: 'refused',
  NOT_ENOUGH: 'refused',
  USER_ACCOUNT_ABNORMAL: 'refused',
  ACCOUNT_ERROR: 'refused',
  RULE_LIMIT: 'refused',
} as const satisfies Table<'refused'>;

/** 申请交易账单, 申请资金账单 */
export const BILL_CODES = {
  ...ANY,
  NO_STATEMENT_EXIST: 'empty',
  STATEMENT_CREATING: 'not-ready',
  INVALID_REQUEST: 'operator',
  PARAM_ERROR: 'operator',
  MCH_NOT_EXISTS: 'operator',
  NO_AUTH: 'operator',
} as const satisfies Table<'empty' | 'not-ready'>;

/** 下载账单: what it says of a place that is over, no page lists. */
export const BILL_FILE_CODES = { ...ANY, NO_AUTH: 'operator' } as const satisfies Table<never>;

/** 下载平台证书 */
export const CERTIFICATES_CODES = {
  ...ANY,
  RESOURCE_NOT_EXISTS: 'none',
  PARAM_ERROR: 'operator',
  INVALID_REQUEST: 'operator',
  MCH_NOT_EXISTS: 'operator',
  NO_AUTH: 'operator',
} as const satisfies Table<'none'>;

/**
 * What a code settles, whichever status it came with: some are for good though they come with a 500.
 * Throws an Outage for one that settles nothing, and for one that the table does not know.
 */
export function settledBy<Settled extends string>(table: Table<Settled>, failure: V3Failure): Settled {
  const { code } = failure;
  const meaning = Object.entries(table).find(([listed]) => plain(listed) === plain(code))?.[1];
  if (meaning === undefined) throw unlisted(failure);
  if (isUnsettled(meaning)) throw OUTAGES[meaning](code);
  return meaning;
}

/** WeChat spells each of them with underscores and without, on its pages and on the wire. */
const plain = (code: string): string => code.replaceAll('_', '');

const OUTAGES = {
  'try-again': (code) => busy('code', { code, isPassing: true }),
  'too-often': (code) => busy('code', { code, isPassing: false }),
  operator: (code) => misconfigured('code', code),
} satisfies Record<Unsettled, (code: string) => Outage>;

const isUnsettled = (meaning: string): meaning is Unsettled => Object.hasOwn(OUTAGES, meaning);

/** WeChat says "too often" in more ways than its pages list. */
const unlisted = ({ status, code }: V3Failure): Outage =>
  /^(?:FREQUENCY|RATELIMIT)/.test(plain(code)) ? OUTAGES['too-often'](code) : withoutCode(status, code);
