import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { weaknessOf } from '../adapters/mongoose/write-concern.ts';
import type { MerchantKey } from '../adapters/koa/merchant-keys.ts';
import type { RingKey } from '../adapters/system/key-ring-vault.ts';
import { type AllowList, readAllowList } from '../adapters/webhook/allow-list.ts';
import { secretBytes } from '../adapters/webhook/signature.ts';
import type { AppId } from '../domain/account/account.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import type { MchId } from '../domain/order/order.ts';
import { Secret } from '../domain/secret.ts';

/*
 * How each kind of variable is written. No message ever repeats the value: it may be a secret in the wrong place.
 */

const UNITS = { d: DAY, h: HOUR, m: MINUTE, s: SECOND } as const;

/** `30d`, `12h`, `5m`, `2s` -> milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[dhms]$/, 'must be a number with d, h, m or s behind it, like 30d or 5m')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]);

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`);

const oneOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, { error: `must be one of ${words.join(', ')}` });

const yesOrNo = oneOf('true', 'false').transform((word) => word === 'true');

/** So many calls a minute; `off` counts none. */
const perMinute = z.union([z.literal('off').transform(() => null), wholeNumber(1, 1_000_000)], {
  error: 'must be a whole number from 1 to 1000000, or off',
});

const secret = z.string().transform((text) => new Secret(text));

/** A secret, for it mostly has a password in it. */
const databaseUrl = (shape: RegExp, help: string) =>
  z
    .string()
    .regex(shape, help)
    .transform((text) => new Secret(text));

/** Plain http only where nobody can listen in: the app secret travels in the URL. */
const wechatUrl = z
  .string()
  .refine((text) => URL.canParse(text), 'must be an address like https://api.weixin.qq.com')
  .refine(
    (text) => !URL.canParse(text) || isSafe(new URL(text)),
    'must begin with https:// (http:// only for this machine)',
  )
  .transform((text) => text.replace(/\/+$/, ''));

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** The notices of WeChat Pay come here, and WeChat takes no query in the address. */
const publicUrl = wechatUrl.refine((text) => !/[?#]/.test(text), 'must have no ? and no # in it');

/** `name:secret,…` -> the keys of merchant backends. */
const merchantKeys = z.string().transform((text, context): readonly MerchantKey[] => {
  const keys = text.split(',').map((entry) => /^([0-9A-Za-z._-]{1,32}):([\x21-\x7e]{32,256})$/.exec(entry.trim()));
  const names = new Set(keys.map((key) => key?.[1]));
  if (!keys.includes(null) && names.size === keys.length) {
    return keys.map((key) => ({ name: key?.[1] ?? '', secret: new Secret(key?.[2] ?? '') }));
  }
  const message = 'must be name:secret, comma-separated, each name once, each secret of 32 to 256 characters';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const KEY_SHAPE = /^([0-9A-Za-z._-]{1,32}):([0-9A-Za-z+/]{43}=)$/;
const KEY_HELP = 'must be id:base64 of 32 bytes, comma-separated';

/** `k2:…,k1:…` -> the ring; the first key seals, all open. */
const keyRing = z.string().transform((text, context): readonly [RingKey, ...RingKey[]] => {
  const keys = text.split(',').map((entry) => ringKey(entry.trim()));
  const [first, ...rest] = keys.filter((key) => key !== undefined);
  const ids = new Set(keys.map((key) => key?.id));
  if (first && rest.length === keys.length - 1 && ids.size === keys.length) return [first, ...rest];
  context.addIssue({ code: 'custom', message: ids.size < keys.length ? `${KEY_HELP}, each id once` : KEY_HELP });
  return z.NEVER;
});

function ringKey(entry: string): RingKey | undefined {
  const [, id, key] = KEY_SHAPE.exec(entry) ?? [];
  return id !== undefined && key !== undefined ? { id, key: createSecretKey(key, 'base64') } : undefined;
}

const WEBHOOK_SECRET_HELP = 'must be whsec_ and base64 of 24 to 64 bytes; several, comma-separated, while they change';

/** `whsec_…,whsec_…` -> the keys that sign, all of them. */
const webhookKeys = z.string().transform((text, context): readonly KeyObject[] => {
  const keys = text.split(',').map((entry) => secretBytes(entry.trim()));
  const known = keys.filter((bytes) => bytes !== undefined);
  if (known.length === keys.length) return known.map((bytes) => createSecretKey(bytes));
  context.addIssue({ code: 'custom', message: WEBHOOK_SECRET_HELP });
  return z.NEVER;
});

/** Which address it may have depends on what is allowed besides, and is judged with that. */
const webhookUrl = z
  .string()
  .refine((text) => URL.canParse(text), 'must be an address like https://shop.example/webhooks');

const allowList = z.string().transform((text, context): AllowList => {
  const allowed = readAllowList(text);
  if (allowed) return allowed;
  const message = 'must be host[:port] or a network like 10.1.0.0/16, comma-separated';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const appId = z
  .string()
  .regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be letters and digits, as WeChat gave it')
  .transform((text) => text as AppId);

/** Every variable there is, as it comes from the environment; README's table is checked against this one. */
export const VARIABLES = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).prefault('3000'),
  PUBLIC_BASE_URL: publicUrl.optional(),
  TRUSTED_PROXY_HOPS: wholeNumber(0, 10).prefault('0'),
  STORAGE: oneOf('memory', 'sqlite', 'postgres', 'mongo').default('sqlite'),
  STORAGE_MEMORY_IN_PRODUCTION: yesOrNo.prefault('false'),
  SQLITE_PATH: z
    .string()
    .refine((path) => path !== ':memory:', 'must be a file; STORAGE=memory keeps things in memory')
    .default('./data/wexagon.db'),
  POSTGRES_URL: databaseUrl(/^postgres(ql)?:\/\/./, 'must begin with postgres://').optional(),
  MONGODB_URL: databaseUrl(
    /^mongodb(\+srv)?:\/\/[^/?]+\/[^/?]/,
    'must be like mongodb://hosts/database, with the name of a database',
  )
    .superRefine((url, context) => {
      const message = weaknessOf(url.reveal());
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  SECRET_KEYS: keyRing.optional(),
  MERCHANT_API_KEYS: merchantKeys.optional(),
  WECHAT_APPID: appId.optional(),
  WECHAT_SECRET: secret.optional(),
  WECHAT_API_BASE_URL: wechatUrl.prefault('https://api.weixin.qq.com'),
  WECHAT_PAY_API: oneOf('off', 'v2', 'v3').default('off'),
  WECHAT_PAY_MCHID: z
    .string()
    .regex(/^\d{1,32}$/, 'must be digits, as WeChat Pay gave it')
    .transform((text) => text as MchId)
    .optional(),
  WECHAT_PAY_BASE_URL: wechatUrl.prefault('https://api.mch.weixin.qq.com'),
  WECHAT_PAY_BACKUP_BASE_URL: wechatUrl.prefault('https://api2.mch.weixin.qq.com'),
  WECHAT_PAY_V2_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{32}$/, 'must be the 32 characters that were set at WeChat Pay (API密钥)')
    .transform((text) => new Secret(text))
    .optional(),
  WECHAT_PAY_V2_SIGN_TYPE: oneOf('HMAC-SHA256', 'MD5').default('HMAC-SHA256'),
  WECHAT_PAY_V2_REPORT: yesOrNo.prefault('false'),
  WECHAT_PAY_V3_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{32}$/, 'must be the 32 characters that were set at WeChat Pay (APIv3密钥)')
    .transform((text) => new Secret(text))
    .optional(),
  WECHAT_PAY_PUBLIC_KEY_ID: z
    .string()
    .regex(/^PUB_KEY_ID_\d{1,64}$/, 'must begin with PUB_KEY_ID_, as WeChat Pay gave it')
    .optional(),
  WECHAT_PAY_PUBLIC_KEY_FILE: z.string().optional(),
  WECHAT_PAY_APP_APPID: appId.optional(),
  WECHAT_PAY_CERT_FILE: z.string().optional(),
  WECHAT_PAY_KEY_FILE: z.string().optional(),
  LATE_PAYMENT: oneOf('accept', 'refund').default('accept'),
  WEBHOOK_URL: webhookUrl.optional(),
  WEBHOOK_SECRET: webhookKeys.optional(),
  WEBHOOK_ALLOW_INTERNAL: allowList.optional(),
  SESSION_TTL: duration.prefault('30d'),
  SESSION_IDLE_TTL: duration.prefault('7d'),
  SESSION_SINGLE_DEVICE: yesOrNo.prefault('false'),
  WATERMARK_MAX_AGE: z
    .union([z.literal('off').transform(() => Infinity), duration], { error: 'must be a duration like 5m, or off' })
    .prefault('5m'),
  RATE_LIMIT_LOGIN: perMinute.prefault('10'),
  RATE_LIMIT_LOGIN_TOTAL: perMinute.prefault('3000'),
  RATE_LIMIT_API: perMinute.prefault('120'),
  SANDBOX: oneOf('auto', 'on', 'off').default('auto'),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
});

export type Variables = z.output<typeof VARIABLES>;

/** The variables whose value may also be given as a file, by the name with `_FILE` behind it. */
export const SECRETS = [
  'POSTGRES_URL',
  'MONGODB_URL',
  'SECRET_KEYS',
  'MERCHANT_API_KEYS',
  'WECHAT_SECRET',
  'WECHAT_PAY_V2_KEY',
  'WECHAT_PAY_V3_KEY',
  'WEBHOOK_SECRET',
] as const satisfies readonly (keyof Variables)[];
