import { listen } from '../adapters/koa/server.ts';
import { HOUR, SECOND } from '../domain/clock.ts';
import { compose } from './compose.ts';
import { type LiveConfig, parseConfig } from './config.ts';
import { resolve } from './container.ts';
import type { Environment } from './environment.ts';
import { createLogger } from './logger.ts';
import { openPersistence } from './modules/persistence.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { Shutdown } from './shutdown.ts';
import { startSweeper } from './sweeper.ts';
import { TOKENS as T } from './tokens.ts';

/** How long requests in flight may take to finish once we stop. */
const PATIENCE = 10 * SECOND;

export interface Serving {
  readonly url: string;
  stop(): Promise<void>;
}

/** Opens everything in order and serves; what was opened is closed again when a later step fails. */
export async function serve(environment: Environment): Promise<Serving> {
  const logger = createLogger(parseConfig(environment).logLevel);
  const shutdown = new Shutdown(logger);
  try {
    const { config, sandbox } = await settle(environment, shutdown);
    const url = await open(config, sandbox, shutdown);
    logger.info({ url, storage: config.storage.kind, sandbox: Boolean(sandbox) }, 'listening');
    return { url, stop: () => shutdown.run() };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

/** Where nothing is configured, a sandbox fills the gaps. */
async function settle(
  environment: Environment,
  shutdown: Shutdown,
): Promise<{ config: LiveConfig; sandbox?: Sandbox }> {
  const config = parseConfig(environment);
  if (!config.sandbox) return { config };
  const sandbox = await openSandbox(environment, config);
  shutdown.add('sandbox', () => sandbox.close());
  return { config: sandbox.config, sandbox };
}

async function open(config: LiveConfig, sandbox: Sandbox | undefined, shutdown: Shutdown): Promise<string> {
  const { logger } = shutdown;
  const persistence = await openPersistence(config.storage);
  shutdown.add('storage', () => persistence.close());
  const container = compose(config, logger, persistence);
  await resolve(container, T.checkKeyRing).execute();
  shutdown.add('sweeper', startSweeper(resolve(container, T.sweepSessions), HOUR, logger));

  const handle = resolve(container, T.handler);
  const server = await listen(sandbox?.inFrontOf(handle) ?? handle, config.host, config.port);
  shutdown.add('server', () => server.close(PATIENCE));
  const url = urlOf(config.host, server.port);
  if (sandbox) process.stdout.write(sandbox.banner(url));
  return url;
}

/** An address to reach us at from this machine, for people to click on. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
