import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type LiveConfig, parseConfig } from './config.ts';
import { type Environment, withoutBlanks } from './environment.ts';

/** Reads the secrets that the sandbox made for itself, and makes them at its first start. */
export function sandboxSecrets(folder: string): { path: string; secrets: Environment } {
  const path = join(folder, 'sandbox.env');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  createOnce(path, newSecrets());
  return { path, secrets: parseEnv(readFileSync(path, 'utf8')) };
}

/** The configuration with a secret of the sandbox's for each that is not given, neither itself nor as a file. */
export function configWith(secrets: Environment, environment: Environment): LiveConfig {
  const given = withoutBlanks(environment);
  const gaps = Object.entries(secrets).filter(
    ([name]) => given[name] === undefined && given[`${name}_FILE`] === undefined,
  );
  const config = parseConfig({ ...given, ...Object.fromEntries(gaps), SANDBOX: 'off' });
  if (config.sandbox) throw new Error('a sandbox within a sandbox');
  return config;
}

const newSecrets = (): string =>
  [
    '# Made by the sandbox for itself. They protect nothing but the sandbox.',
    `WECHAT_APPID=wx${randomBytes(8).toString('hex')}`,
    `WECHAT_SECRET=${randomBytes(16).toString('hex')}`,
    `SECRET_KEYS=sandbox:${randomBytes(32).toString('base64')}`,
    '',
  ].join('\n');

/** A link appears whole or not at all, and only for the first of two who start at once. */
function createOnce(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
