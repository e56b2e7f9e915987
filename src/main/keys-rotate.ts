import { compose } from './compose.ts';
import { type LiveConfig, parseConfig } from './config.ts';
import { resolve } from './container.ts';
import { readEnvironment } from './environment.ts';
import { createLogger } from './logger.ts';
import { openPersistence } from './modules/persistence.ts';
import { sandboxSecrets } from './sandbox-secrets.ts';
import { TOKENS as T } from './tokens.ts';

/** `npm run keys:rotate`: seals every stored session key under the first key of SECRET_KEYS; servers may go on serving. */
async function rotate(): Promise<void> {
  const config = readConfig();
  const persistence = await openPersistence(config.storage);
  try {
    const container = compose(config, createLogger('warn'), persistence);
    await resolve(container, T.checkKeyRing).execute();
    const resealed = await resolve(container, T.rotateSessionKeys).execute(showProgress);
    const [{ id }] = config.secretKeys;
    console.log(`Done: ${resealed} sealed anew, and all are under key "${id}" now. Older keys may leave SECRET_KEYS.`);
  } finally {
    await persistence.close();
  }
}

const showProgress = (resealed: number): void => console.log(`${resealed} session keys sealed anew …`);

function readConfig(): LiveConfig {
  const environment = readEnvironment();
  const config = parseConfig(environment);
  if (!config.sandbox) return config;
  const { secrets } = sandboxSecrets(config.dataFolder);
  const live = parseConfig({ ...secrets, ...environment, SANDBOX: 'off' });
  if (live.sandbox) throw new Error('a sandbox within a sandbox');
  return live;
}

process.umask(0o077);
rotate().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
