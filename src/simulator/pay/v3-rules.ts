import { isIP } from 'node:net';
import { z } from 'zod';
import { readRfc3339 } from '../../adapters/wechat/protocol/rfc3339.ts';
import { failed, type V3Answer } from './v3-answer.ts';

/** WeChat counts the bytes of UTF-8. */
const text = (bytes: number) => z.string().refine((value) => Buffer.byteLength(value) <= bytes);
const needed = (bytes: number) => text(bytes).min(1);
const mchid = needed(32);
const FEN = z.int().min(1).max(9_999_999_999);
const OUT_TRADE_NO = z.string().regex(/^[0-9A-Za-z_\-|*]{6,32}$/);
const OUT_REFUND_NO = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,64}$/);
const currency = z.literal('CNY');

/** HTTPS, but for a server on this machine, and neither query nor fragment. */
const NOTIFY_URL = needed(255).refine((value) => {
  if (!/^https?:\/\/[^?#\s]+$/.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (
    protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
  );
});

/** Without parts of a second. */
const TIME = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/)
  .transform((value, context) => readRfc3339(value) ?? (context.addIssue('no time'), z.NEVER));

const SCENE = z.looseObject({
  payer_client_ip: z.string().refine((value) => isIP(value) !== 0),
  device_id: text(32).optional(),
});

const H5_SCENE = SCENE.extend({ h5_info: z.looseObject({ type: z.enum(['iOS', 'Android', 'Wap']) }) });

/** What they have in common. Fields without a rule are ignored, as WeChat does. */
const ORDER = z.looseObject({
  appid: needed(32),
  mchid,
  description: needed(127),
  out_trade_no: OUT_TRADE_NO,
  time_expire: TIME.optional(),
  attach: text(128).optional(),
  notify_url: NOTIFY_URL,
  goods_tag: text(32).optional(),
  support_fapiao: z.boolean().optional(),
  amount: z.looseObject({ total: FEN, currency: currency.optional() }),
  detail: z.looseObject({}).optional(),
  scene_info: SCENE.optional(),
  settle_info: z.looseObject({ profit_sharing: z.boolean().optional() }).optional(),
});

/** JSAPI 下单, Native 下单, APP 下单, H5 下单 */
export const ORDERS = {
  JSAPI: ORDER.extend({ payer: z.looseObject({ openid: needed(128) }) }),
  NATIVE: ORDER,
  APP: ORDER,
  MWEB: ORDER.extend({ scene_info: H5_SCENE }),
} as const;

export type Order = z.output<typeof ORDER>;

export const CLOSE = z.looseObject({ mchid });

export const REFUND = z
  .looseObject({
    transaction_id: z
      .string()
      .regex(/^\d{28,32}$/)
      .optional(),
    out_trade_no: OUT_TRADE_NO.optional(),
    out_refund_no: OUT_REFUND_NO,
    reason: text(80).optional(),
    notify_url: NOTIFY_URL.optional(),
    funds_account: z.enum(['AVAILABLE', 'UNSETTLED']).optional(),
    amount: z.looseObject({ refund: FEN, total: FEN, currency }),
  })
  .refine((refund) => refund.transaction_id !== undefined || refund.out_trade_no !== undefined, {
    path: ['out_trade_no'],
  });

export const ABNORMAL_REFUND = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('MERCHANT_BANK_CARD'), out_refund_no: OUT_REFUND_NO }),
  z.looseObject({
    type: z.literal('USER_BANK_CARD'),
    out_refund_no: OUT_REFUND_NO,
    bank_type: needed(16),
    bank_account: needed(1_024),
    real_name: needed(1_024),
  }),
]);

const DATE = z.string().regex(/^\d{4}-\d\d-\d\d$/);
const tar_type = z.literal('GZIP').optional();

export const TRADE_BILL = z.looseObject({
  bill_date: DATE,
  bill_type: z.enum(['ALL', 'SUCCESS', 'REFUND']).default('ALL'),
  tar_type,
});

export const FUND_FLOW_BILL = z.looseObject({
  bill_date: DATE,
  account_type: z.enum(['BASIC', 'OPERATION', 'FEES']).default('BASIC'),
  tar_type,
});

export const OF_MERCHANT = z.looseObject({ mchid });

/** What was said as the schema has it, or the answer that it is wrong. */
export function understood<Schema extends z.ZodType>(
  schema: Schema,
  said: unknown,
  location: 'body' | 'query',
): { readonly said: z.output<Schema> } | { readonly wrong: V3Answer } {
  const { success, data, error } = schema.safeParse(said);
  if (success) return { said: data };
  const path = error.issues[0]?.path ?? [];
  const value = path.reduce<unknown>(
    (within, name) => (within as Record<PropertyKey, unknown> | undefined)?.[name],
    said,
  );
  const field = `/${[location, ...path].join('/')}`;
  const issue = value === undefined ? '必填性规则校验失败，此字段为必填项' : '规则校验失败';
  return { wrong: failed('PARAM_ERROR', `输入源“${field}”${issue}`, { field, value, issue, location }) };
}
