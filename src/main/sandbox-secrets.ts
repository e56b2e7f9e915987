import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type LiveConfig, parseConfig } from './config.ts';
import { createOnce } from './create-once.ts';
import { sandboxCertificate } from './sandbox-keys.ts';
import { type Environment, withoutBlanks } from './environment.ts';

/**
 * Reads the secrets that the sandbox made for itself, and makes them at its first start. What version 3 needs besides
 * is made when somebody first asks for that version, and is there for both from then on.
 */
export function sandboxSecrets(folder: string, environment: Environment): { path: string; secrets: Environment } {
  const path = join(folder, 'sandbox.env');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  createOnce(path, () => written(newSecrets()));
  const known: Environment = parseEnv(readFileSync(path, 'utf8'));
  const given = withoutBlanks(environment);
  const isGiven = given.WECHAT_PAY_V3_KEY !== undefined || given.WECHAT_PAY_V3_KEY_FILE !== undefined;
  const hasV3 = given.WECHAT_PAY_API === 'v3' || isGiven || known.WECHAT_PAY_V3_KEY !== undefined;
  const secrets = completed(path, known, { ...newSecrets(), ...(hasV3 && { WECHAT_PAY_V3_KEY: newKey() }) });
  return { path, secrets: hasV3 ? { ...secrets, ...sandboxCertificate(folder) } : secrets };
}

/** An older sandbox did not need everything that this one needs. */
function completed(path: string, known: Environment, needed: Environment): Environment {
  const missing = Object.entries(needed).filter(([name]) => known[name] === undefined);
  if (missing.length === 0) return known;
  const secrets = { ...known, ...Object.fromEntries(missing) };
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, written(secrets), { mode: 0o600, flush: true });
  renameSync(draft, path);
  return secrets;
}

/** The configuration with a secret of the sandbox's for each that is not given, neither itself nor as a file. */
export function configWith(secrets: Environment, environment: Environment): LiveConfig {
  const given = withoutBlanks(environment);
  // Where it can be reached is known once it listens.
  const PUBLIC_BASE_URL = given.PUBLIC_BASE_URL ?? 'http://127.0.0.1';
  const config = parseConfig({
    ...given,
    ...Object.fromEntries(gapsIn(environment, secrets)),
    PUBLIC_BASE_URL,
    SANDBOX: 'off',
  });
  if (config.sandbox) throw new Error('a sandbox within a sandbox');
  return given.PUBLIC_BASE_URL === undefined ? { ...config, publicBaseUrl: null } : config;
}

/** Those of the secrets that are in force: the environment has no word on them. */
export function gapsIn(environment: Environment, secrets: Environment): [string, string | undefined][] {
  const given = withoutBlanks(environment);
  return Object.entries(secrets).filter(([name]) => given[name] === undefined && given[`${name}_FILE`] === undefined);
}

const newSecrets = (): Environment => ({
  WECHAT_APPID: `wx${randomBytes(8).toString('hex')}`,
  WECHAT_SECRET: randomBytes(16).toString('hex'),
  SECRET_KEYS: `sandbox:${randomBytes(32).toString('base64')}`,
  MERCHANT_API_KEYS: `sandbox:${randomBytes(24).toString('hex')}`,
  WECHAT_PAY_API: 'v2',
  WECHAT_PAY_MCHID: `19${String(randomInt(100_000_000)).padStart(8, '0')}`,
  WECHAT_PAY_V2_KEY: newKey(),
});

/** 32 characters, as WeChat Pay wants them. */
const newKey = (): string => randomBytes(16).toString('hex');

function written(secrets: Environment): string {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}`);
  return ['# Made by the sandbox for itself. They protect nothing but the sandbox.', ...lines, ''].join('\n');
}
