import type { Container } from 'inversify';
import { MINUTE } from '../../domain/clock.ts';
import { compose } from '../compose.ts';
import { type LiveConfig, parseConfig } from '../config.ts';
import { readEnvironment } from '../environment.ts';
import { createLogger } from '../logger.ts';
import { openPersistence } from '../modules/persistence.ts';
import { configWith, sandboxSecrets } from '../sandbox-secrets.ts';

/** The command was given something that it cannot do anything with. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Exit codes that scripts can go by. */
export const EXIT = { done: 0, notDone: 1, wrongUse: 2 } as const;

export interface House {
  readonly container: Container;
  readonly config: LiveConfig;
}

/**
 * Runs a command in the whole house, as the server has it, with the same configuration; nothing listens.
 * What was written behind its words is read before anything is opened.
 */
export function inHouse<Given>(
  read: () => Given,
  work: (given: Given, house: House) => Promise<number | void>,
  { asksWechat = false } = {},
): Promise<void> {
  return asCommand(async () => {
    const given = read();
    const { config, isSandbox } = readLiveConfig();
    if (asksWechat && isSandbox) throw new WrongUse(SANDBOXED);
    const persistence = await openPersistence(config.storage, MINUTE);
    try {
      return await work(given, { container: compose(config, createLogger('warn'), persistence), config });
    } finally {
      await persistence.close();
    }
  });
}

const SANDBOXED =
  'This asks WeChat, and the sandbox has its WeChat inside the running server. Use the same over HTTP, or `npm run simulator`.';

/** What an operator can mend is said in a sentence, and the exit code says how it went. */
export async function asCommand(work: () => Promise<number | void>): Promise<void> {
  process.umask(0o077);
  try {
    process.exitCode = (await work()) ?? EXIT.done;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof WrongUse ? EXIT.wrongUse : EXIT.notDone;
  }
}

/** The configuration of the server that runs here; a sandbox is completed with the secrets that it made for itself. */
export function readLiveConfig(): { readonly config: LiveConfig; readonly isSandbox: boolean } {
  const environment = readEnvironment();
  const config = parseConfig(environment);
  if (!config.sandbox) return { config, isSandbox: false };
  return { config: configWith(sandboxSecrets(config.dataFolder, environment).secrets, environment), isSandbox: true };
}
