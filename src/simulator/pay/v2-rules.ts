import { isIP } from 'node:net';
import { readCompactTime } from '../../adapters/wechat/protocol/compact-time.ts';
import { readFen } from '../../adapters/wechat/protocol/fen-text.ts';
import type { V2Fields } from '../../adapters/wechat/protocol/v2-signature.ts';
import { readDay } from './bills/day.ts';
import { REFUND_ACCOUNTS } from './refund.ts';

export interface Rule {
  readonly isNeeded?: boolean;
  readonly fits: (value: string) => boolean;
}

type Rules = Readonly<Record<string, Rule>>;

export interface FieldFault {
  readonly field?: string;
  readonly code: 'LACK_PARAMS' | 'PARAM_ERROR';
  readonly description: string;
}

export const needed = (rule: Rule): Rule => ({ ...rule, isNeeded: true });

/** WeChat counts the bytes of UTF-8. */
export const text = (bytes: number): Rule => ({ fits: (value) => Buffer.byteLength(value) <= bytes });

const pattern = (form: RegExp): Rule => ({ fits: (value) => form.test(value) });
const oneOf = (...values: readonly string[]): Rule => ({ fits: (value) => values.includes(value) });
const OUT_TRADE_NO = pattern(/^[0-9A-Za-z_\-|*@]{6,32}$/);
const TIME: Rule = { fits: (value) => readCompactTime(value) !== undefined };
const ADDRESS: Rule = { fits: (value) => isIP(value) !== 0 && value.length <= 64 };
const FEN: Rule = { fits: (value) => (readFen(value) ?? 0) > 0 };
const OUT_REFUND_NO = pattern(/^[0-9A-Za-z_\-|*@]{1,64}$/);
const TRANSACTION_ID = pattern(/^\d{28,32}$/);
const NOTIFY_URL: Rule = {
  fits: (value) => Buffer.byteLength(value) <= 256 && /^https?:\/\/[^?#\s]+$/.test(value) && URL.canParse(value),
};

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_1 */
export const UNIFIED_ORDER: Rules = {
  device_info: text(32),
  body: needed(text(128)),
  detail: text(6_000),
  attach: text(127),
  out_trade_no: needed(OUT_TRADE_NO),
  fee_type: oneOf('CNY'),
  total_fee: needed(FEN),
  spbill_create_ip: needed(ADDRESS),
  time_start: TIME,
  time_expire: TIME,
  goods_tag: text(32),
  notify_url: needed(NOTIFY_URL),
  trade_type: needed(oneOf('JSAPI', 'NATIVE', 'APP', 'MWEB')),
  product_id: text(32),
  limit_pay: oneOf('no_credit'),
  openid: text(128),
  receipt: oneOf('Y'),
  profit_sharing: oneOf('Y', 'N'),
  scene_info: text(256),
};

export const ORDER_QUERY: Rules = { transaction_id: TRANSACTION_ID, out_trade_no: OUT_TRADE_NO };

export const CLOSE_ORDER: Rules = { out_trade_no: needed(OUT_TRADE_NO) };

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_4 */
export const REFUND: Rules = {
  transaction_id: TRANSACTION_ID,
  out_trade_no: OUT_TRADE_NO,
  out_refund_no: needed(OUT_REFUND_NO),
  total_fee: needed(FEN),
  refund_fee: needed(FEN),
  refund_fee_type: oneOf('CNY'),
  refund_desc: text(80),
  refund_account: oneOf(...REFUND_ACCOUNTS),
  notify_url: NOTIFY_URL,
};

export const REFUND_QUERY: Rules = {
  refund_id: pattern(/^\d{28,32}$/),
  out_refund_no: OUT_REFUND_NO,
  transaction_id: TRANSACTION_ID,
  out_trade_no: OUT_TRADE_NO,
  offset: pattern(/^\d{1,4}$/),
};

export const DOWNLOAD_BILL: Rules = {
  bill_date: needed({ fits: (value) => readDay(value) !== undefined }),
  bill_type: needed(oneOf('ALL', 'SUCCESS', 'REFUND', 'RECHARGE_REFUND')),
  tar_type: oneOf('GZIP'),
};

export const DOWNLOAD_FUND_FLOW: Rules = {
  bill_date: needed({ fits: (value) => readDay(value) !== undefined }),
  account_type: needed(oneOf('Basic', 'Operation', 'Fees')),
  tar_type: oneOf('GZIP'),
};

export const QUERY_COMMENTS: Rules = {
  begin_time: needed(TIME),
  end_time: needed(TIME),
  offset: needed(pattern(/^\d{1,15}$/)),
  limit: { fits: (value) => /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= 200 },
};

/** The underscore at the end of `execute_time_` is WeChat's. */
export const REPORT: Rules = {
  device_info: text(32),
  interface_url: needed(text(127)),
  execute_time_: needed(pattern(/^\d{1,9}$/)),
  return_code: needed(oneOf('SUCCESS', 'FAIL')),
  return_msg: text(128),
  result_code: needed(oneOf('SUCCESS', 'FAIL')),
  err_code: text(32),
  err_code_des: text(128),
  out_trade_no: OUT_TRADE_NO,
  user_ip: needed(ADDRESS),
  time: TIME,
};

/** The first field that breaks its rule. Fields without a rule are ignored, as WeChat does. */
export function faultIn(fields: V2Fields, rules: Rules): FieldFault | undefined {
  for (const [name, { isNeeded = false, fits }] of Object.entries(rules)) {
    const value = fields.get(name);
    if (value === undefined && isNeeded) return { field: name, code: 'LACK_PARAMS', description: `缺少参数${name}` };
    if (value !== undefined && !fits(value))
      return { field: name, code: 'PARAM_ERROR', description: `${name}参数格式错误` };
  }
  return undefined;
}
