import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadConfiguration, parseConfig } from '../../../src/main/config.ts';
import { type Environment, type Fault, withoutBlanks } from '../../../src/main/environment.ts';
import { SECRETS, VARIABLES } from '../../../src/main/variables.ts';
import type { Chance } from '../storm/chance.ts';
import { MERCHANT_KEY, V2_KEY } from '../test-config.ts';
import { V3_KEY, v3Environment } from '../v3-merchant.ts';
import { garbage, mutated, NASTY } from './mutations.ts';
import { type Fate, Finding, shortened, type Target } from './target.ts';

type Parse = (environment: Environment) => unknown;

const NAMES = Object.keys(VARIABLES.shape);
const KNOWN = new Set([...NAMES, ...SECRETS.map((name) => `${name}_FILE`)]);

/** What could be, for each variable. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  NODE_ENV: ['production', 'test'],
  HOST: ['127.0.0.1', '::'],
  PORT: ['0', '3000', '65535'],
  PUBLIC_BASE_URL: ['https://cafe.example', 'https://cafe.example/wexagon/', 'http://localhost:3000'],
  TRUSTED_PROXY_HOPS: ['0', '2'],
  STORAGE: ['memory', 'sqlite', 'postgres', 'mongo'],
  STORAGE_MEMORY_IN_PRODUCTION: ['true', 'false'],
  SQLITE_PATH: ['./data/wexagon.db', '/tmp/wexagon.db'],
  POSTGRES_URL: ['postgres://wexagon:swordfish@db.example/wexagon'],
  MONGODB_URL: [
    'mongodb://wexagon:swordfish@db.example/wexagon?replicaSet=rs0&w=majority',
    'mongodb+srv://db.example/wexagon',
  ],
  SECRET_KEYS: [keyOf('k1'), `${keyOf('k2')},${keyOf('k1')}`],
  MERCHANT_API_KEYS: [`shop:${MERCHANT_KEY}`, `shop:${MERCHANT_KEY}, till:${MERCHANT_KEY}2`],
  WECHAT_APPID: ['wx4f4bc4dec97d474b'],
  WECHAT_SECRET: ['the app secret of the shop'],
  WECHAT_API_BASE_URL: ['https://wechat.example', 'http://127.0.0.1:1'],
  WECHAT_PAY_API: ['off', 'v2', 'v3'],
  WECHAT_PAY_MCHID: ['1900000109'],
  WECHAT_PAY_BASE_URL: ['https://pay.example', 'http://127.0.0.1:1'],
  WECHAT_PAY_BACKUP_BASE_URL: ['https://spare.example'],
  WECHAT_PAY_V2_KEY: [V2_KEY],
  WECHAT_PAY_V2_SIGN_TYPE: ['MD5', 'HMAC-SHA256'],
  WECHAT_PAY_V2_REPORT: ['true', 'false'],
  WECHAT_PAY_V3_KEY: [V3_KEY],
  WECHAT_PAY_APP_APPID: ['wx8888888888888888'],
  LATE_PAYMENT: ['accept', 'refund'],
  WEBHOOK_URL: ['https://cafe.example/hooks', 'http://127.0.0.1:9000/', 'https://10.1.2.3/'],
  WEBHOOK_SECRET: [`whsec_${Buffer.alloc(32, 8).toString('base64')}`],
  WEBHOOK_ALLOW_INTERNAL: ['127.0.0.1:9000', '10.0.0.0/8', 'shop.internal, 127.0.0.1:9000'],
  SESSION_TTL: ['30d', '90s'],
  SESSION_IDLE_TTL: ['7d'],
  SESSION_SINGLE_DEVICE: ['true', 'false'],
  WATERMARK_MAX_AGE: ['off', '5m'],
  RATE_LIMIT_LOGIN: ['off', '10'],
  RATE_LIMIT_LOGIN_TOTAL: ['off', '3000'],
  RATE_LIMIT_API: ['off', '120'],
  SANDBOX: ['auto', 'on', 'off'],
  LOG_LEVEL: ['info', 'silent'],
};

function keyOf(id: string): string {
  return `${id}:${Buffer.alloc(32, id).toString('base64')}`;
}

/** Whole configurations that are right, and a stranger's bundle. */
const LIVE = ['WECHAT_APPID', 'WECHAT_SECRET', 'SECRET_KEYS'];
const PAYING = ['WECHAT_PAY_MCHID', 'WECHAT_PAY_V2_KEY', 'WECHAT_PAY_V3_KEY', 'PUBLIC_BASE_URL', 'MERCHANT_API_KEYS'];
const BUNDLES: readonly (readonly string[])[] = [
  [],
  LIVE,
  [...LIVE, ...PAYING],
  [...LIVE, 'POSTGRES_URL', 'MONGODB_URL'],
];

/**
 * The configuration out of any environment: it is read, or refused in sentences of one line each, by names of variables
 * that there are, and no sentence repeats what was given.
 */
export function configTarget(parse: Parse = parseConfig): Target {
  const folder = mkdtempSync(join(tmpdir(), 'wexagon-fuzz-'));
  const files = filesIn(folder);
  return {
    name: 'config',
    attempt: (chance) => judge(parse, environmentOf(chance, files)),
    close: async () => rmSync(folder, { recursive: true }),
  };
}

interface Files {
  /** What version 3 takes, by its variables. */
  readonly pay: Readonly<Record<string, string>>;
  readonly odd: readonly string[];
}

function filesIn(folder: string): Files {
  const { WECHAT_PAY_V3_KEY: _key, ...pay } = v3Environment(folder);
  const odd = [
    '',
    'swordfish',
    '\0\xff',
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    keyOf('k1'),
  ].map((text, place) => {
    const path = join(folder, `odd-${place}`);
    writeFileSync(path, text, 'latin1');
    return path;
  });
  return { pay, odd: [...odd, ...Object.values(pay), folder, join(folder, 'missing'), '/dev/null'] };
}

function environmentOf(chance: Chance, { odd, pay }: Files): Environment {
  const names = new Set([
    ...chance.oneOf(BUNDLES),
    ...Array.from({ length: chance.from(0, 6) }, () => chance.oneOf(NAMES)),
  ]);
  const wrong = chance.oneOf([0, 0, 0.1, 0.5]);
  const given = Object.fromEntries([...names].map((name) => [name, valueOf(chance, name, wrong)]));
  // A certificate takes a while to read.
  if (chance.is(0.03)) Object.assign(given, pay);
  for (let turns = chance.is(0.2) ? 2 : 0; turns > 0; turns -= 1)
    given[chance.oneOf([...SECRETS.map((name) => `${name}_FILE`), ...Object.keys(pay)])] = chance.oneOf(odd);
  if (chance.is(0.1)) given[chance.oneOf(NASTY)] = 'swordfish';
  return given;
}

function valueOf(chance: Chance, name: string, wrong: number): string {
  const right = chance.oneOf(VALUES[name] ?? ['nothing']);
  if (!chance.is(wrong)) return right;
  if (chance.is(0.5)) return chance.is(0.7) ? chance.oneOf(NASTY) : garbage(chance);
  return mutated(chance, chance.is(0.8) ? right : chance.oneOf(Object.values(VALUES).flat()));
}

/** Shorter ones, as `https://`, are words of our own sentences. */
const SHORTEST_SECRET = 12;

function judge(parse: Parse, environment: Environment): Fate {
  try {
    parse(environment);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error;
    const wrong = error.faults.find((fault) => !isSaid(fault, environment));
    if (wrong || error.faults.length === 0)
      throw new Finding(`${shortened(String(wrong?.variable))} ${wrong?.message}`);
    return 'refused';
  }
}

function isSaid({ message, variable }: Fault, environment: Environment): boolean {
  if (!KNOWN.has(variable) || !/^[\x20-\x7e\p{L}（）：，。]{5,200}$/u.test(message)) return false;
  const values = Object.values(withoutBlanks(environment)).filter((value) => value !== undefined);
  return !values.some((value) => value.length >= SHORTEST_SECRET && message.includes(value));
}
