import { dirname } from 'node:path';
import type { MerchantKey } from '../adapters/koa/merchant-keys.ts';
import type { SqliteSettings } from '../adapters/kysely/open-sqlite.ts';
import type { RingKey } from '../adapters/system/key-ring-vault.ts';
import type { WebhookSettings } from '../adapters/webhook/standard-webhooks.ts';
import type { MiniProgramSettings } from '../adapters/wechat/mini-program/wechat-mini-program.ts';
import { SECOND } from '../domain/clock.ts';
import type { Secret } from '../domain/secret.ts';
import type { SessionPolicy } from '../domain/session/session.ts';
import { type Environment, type Fault, withFiles } from './environment.ts';
import { type PaymentConfig, paymentConfig } from './payment-config.ts';
import { paymentFaults } from './payment-faults.ts';
import { type Variables, VARIABLES } from './variables.ts';
import { webhookConfig, webhookFaults } from './webhook-config.ts';

export type StorageSettings =
  | { readonly kind: 'memory' }
  | ({ readonly kind: 'sqlite' } & SqliteSettings)
  | { readonly kind: 'postgres' | 'mongo'; readonly url: Secret };

interface CommonConfig {
  readonly host: string;
  readonly port: number;
  readonly trustedProxyHops: number;
  readonly storage: StorageSettings;
  /** Where this machine keeps what is ours: the folder of SQLITE_PATH. */
  readonly dataFolder: string;
  readonly sessions: SessionPolicy;
  /** Calls a minute; null for no limit. */
  readonly rateLimits: {
    readonly login: number | null;
    readonly loginTotal: number | null;
    readonly api: number | null;
  };
  readonly merchantKeys: readonly MerchantKey[];
  readonly latePayment: Variables['LATE_PAYMENT'];
  /** Where the merchant is told what happens; null where nowhere. */
  readonly webhooks: WebhookSettings | null;
  readonly logLevel: Variables['LOG_LEVEL'];
}

/** What it takes to serve. */
export interface LiveConfig extends CommonConfig {
  readonly sandbox: false;
  readonly wechat: MiniProgramSettings;
  /** How payments are taken; null when they are not. */
  readonly payments: PaymentConfig | null;
  /** Where the world reaches us; WeChat Pay sends its notices there. */
  readonly publicBaseUrl: string | null;
  readonly secretKeys: readonly [RingKey, ...RingKey[]];
}

/** What there is of it before a sandbox has made its own WeChat and its own secrets. */
export interface SandboxConfig extends CommonConfig {
  readonly sandbox: true;
}

/** Everything that is wrong with the environment, by variable and never by value. */
export class BadConfiguration extends Error {
  override readonly name = 'BadConfiguration';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(['The configuration is not right:', ...faults.map((f) => `  ${f.variable} ${f.message}`)].join('\n'));
    this.faults = faults;
  }
}

/** Reads the whole configuration out of the environment, or throws one BadConfiguration with all its faults. */
export function parseConfig(environment: Environment): LiveConfig | SandboxConfig {
  const { environment: given, faults: badFiles } = withFiles(environment);
  const { values, faults: badValues } = parseEach(given);
  const faults = [...badFiles, ...badValues, ...contradictions(given)];
  if (faults.length > 0) throw new BadConfiguration(faults);
  return isSandbox(given) ? { ...commonConfig(values), sandbox: true } : liveConfig(values, given);
}

/** One by one, so that a fault in one variable hides none in another. */
function parseEach(given: Environment): { values: Variables; faults: Fault[] } {
  const parsed = Object.entries(VARIABLES.shape).map(([name, kind]) => ({ name, ...kind.safeParse(given[name]) }));
  const faults = parsed.flatMap(({ name, error }) =>
    error ? [{ variable: name, message: error.issues[0]!.message }] : [],
  );
  return { values: Object.fromEntries(parsed.map(({ name, data }) => [name, data])) as Variables, faults };
}

const isProduction = (given: Environment): boolean => given.NODE_ENV === 'production';

/** By itself a sandbox begins only where nothing says that this is meant for real. */
function isSandbox(given: Environment): boolean {
  const { SANDBOX = 'auto', WECHAT_APPID } = given;
  return SANDBOX === 'on' || (SANDBOX === 'auto' && WECHAT_APPID === undefined && !isProduction(given));
}

const LIVE_NEEDS = ['WECHAT_APPID', 'WECHAT_SECRET', 'SECRET_KEYS'] as const satisfies readonly (keyof Variables)[];

/** Settings that are right each by itself and wrong together. */
function contradictions(given: Environment): Fault[] {
  return [
    ...(isSandbox(given) ? wrongInSandbox(given) : missingForLive(given)),
    ...missingForStorage(given),
    ...paymentFaults(given, isSandbox(given)),
    ...webhookFaults(given),
    ...(isForgetful(given)
      ? [{ variable: 'STORAGE', message: 'must not be memory where NODE_ENV is production: it forgets everything' }]
      : []),
  ];
}

function missingForLive(given: Environment): Fault[] {
  const missing = LIVE_NEEDS.filter((name) => given[name] === undefined);
  return missing.map((variable) => ({ variable, message: 'is needed outside the sandbox' }));
}

const STORAGE_NEEDS: ReadonlyMap<string | undefined, string> = new Map([
  ['postgres', 'POSTGRES_URL'],
  ['mongo', 'MONGODB_URL'],
]);

function missingForStorage(given: Environment): Fault[] {
  const variable = STORAGE_NEEDS.get(given.STORAGE);
  if (variable === undefined || given[variable] !== undefined) return [];
  return [{ variable, message: `is needed where STORAGE is ${given.STORAGE}` }];
}

const SANDBOX_BRINGS = [
  'WECHAT_API_BASE_URL',
  'WECHAT_PAY_BASE_URL',
  'WECHAT_PAY_BACKUP_BASE_URL',
  'WECHAT_PAY_PUBLIC_KEY_ID',
  'WECHAT_PAY_PUBLIC_KEY_FILE',
] as const;

function wrongInSandbox(given: Environment): Fault[] {
  const message = 'has no use in the sandbox, which brings its own WeChat; set SANDBOX=off';
  const faults: Fault[] = SANDBOX_BRINGS.filter((name) => given[name] !== undefined).map((variable) => ({
    variable,
    message,
  }));
  if (isProduction(given)) faults.push({ variable: 'SANDBOX', message: 'must not be on where NODE_ENV is production' });
  return faults;
}

const isForgetful = (given: Environment): boolean =>
  given.STORAGE === 'memory' && isProduction(given) && given.STORAGE_MEMORY_IN_PRODUCTION !== 'true';

const CALL_DEADLINE = 5 * SECOND;

function liveConfig(values: Variables, given: Environment): LiveConfig {
  const { WECHAT_APPID: appid, WECHAT_SECRET: secret, SECRET_KEYS: secretKeys } = values;
  if (!appid || !secret || !secretKeys) throw new Error('a variable that is needed was not asked for');
  const { WECHAT_API_BASE_URL: baseUrl, WATERMARK_MAX_AGE: watermarkMaxAge } = values;
  const wechat = { appid, secret, baseUrl, deadline: CALL_DEADLINE, watermarkMaxAge };
  const payments = paymentConfig(values, appid, given);
  const publicBaseUrl = values.PUBLIC_BASE_URL ?? null;
  return { ...commonConfig(values), sandbox: false, wechat, secretKeys, payments, publicBaseUrl };
}

function storageSettings({ STORAGE: kind, SQLITE_PATH, POSTGRES_URL, MONGODB_URL }: Variables): StorageSettings {
  if (kind === 'memory') return { kind };
  if (kind === 'sqlite') return { kind, path: SQLITE_PATH };
  const url = kind === 'postgres' ? POSTGRES_URL : MONGODB_URL;
  if (!url) throw new Error('a variable that is needed was not asked for');
  return { kind, url };
}

const commonConfig = (values: Variables): CommonConfig => ({
  host: values.HOST,
  port: values.PORT,
  trustedProxyHops: values.TRUSTED_PROXY_HOPS,
  storage: storageSettings(values),
  dataFolder: dirname(values.SQLITE_PATH),
  sessions: { ttl: values.SESSION_TTL, idleTtl: values.SESSION_IDLE_TTL, singleDevice: values.SESSION_SINGLE_DEVICE },
  rateLimits: { login: values.RATE_LIMIT_LOGIN, loginTotal: values.RATE_LIMIT_LOGIN_TOTAL, api: values.RATE_LIMIT_API },
  merchantKeys: values.MERCHANT_API_KEYS ?? [],
  latePayment: values.LATE_PAYMENT,
  webhooks: webhookConfig(values),
  logLevel: values.LOG_LEVEL,
});
