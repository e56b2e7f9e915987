import { type Handle, listen } from '../adapters/koa/server.ts';
import { SECOND } from '../domain/clock.ts';
import { compose } from './compose.ts';
import { type LiveConfig, parseConfig } from './config.ts';
import { resolve } from './container.ts';
import type { Environment } from './environment.ts';
import { createLogger } from './logger.ts';
import { openPersistence } from './modules/persistence.ts';
import { Recurring } from './recurring.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { Shutdown } from './shutdown.ts';
import { TOKENS as T } from './tokens.ts';
import { startWork } from './work.ts';

/** How long requests in flight may take to finish once we stop. */
const PATIENCE = 10 * SECOND;

export interface Serving {
  readonly url: string;
  stop(): Promise<void>;
}

/** Opens everything in order and serves; what was opened is closed again when a later step fails. */
export async function serve(environment: Environment, announce = printed): Promise<Serving> {
  const logger = createLogger(parseConfig(environment).logLevel);
  const shutdown = new Shutdown(logger);
  try {
    const { config, sandbox } = await settle(environment, shutdown);
    const url = await open(config, sandbox, shutdown);
    if (sandbox) announce(sandbox.banner(url));
    logger.info({ url, storage: config.storage.kind, sandbox: Boolean(sandbox) }, 'listening');
    return { url, stop: () => shutdown.run() };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

const printed = (banner: string): void => void process.stdout.write(banner);

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

async function open(given: LiveConfig, sandbox: Sandbox | undefined, shutdown: Shutdown): Promise<string> {
  const { logger } = shutdown;
  const persistence = await openPersistence(given.storage);
  shutdown.add('storage', () => persistence.close());
  const container = compose(given, logger, persistence);
  await resolve(container, T.checkKeyRing).execute();
  const work = new Recurring(logger);
  shutdown.add('work', () => work.ended());
  const opened = Promise.withResolvers<Handle>();
  const server = await listen(afterOpening(opened.promise), given.host, given.port);
  shutdown.add('server', () => server.close(PATIENCE));
  shutdown.add('beginning of work', () => work.tellToStop());
  const url = urlOf(given.host, server.port);
  container.rebind(T.config).toConstantValue({ ...given, publicBaseUrl: given.publicBaseUrl ?? url });
  startWork(container, work, logger);
  shutdown.add('waiting for events', () => resolve(container, T.waitForEvents).end());
  const handle = resolve(container, T.handler);
  opened.resolve(sandbox?.inFrontOf(handle) ?? handle);
  return url;
}

/** Where we can be reached is known only once we listen; whoever comes that early waits for the rest. */
const afterOpening =
  (opened: Promise<Handle>): Handle =>
  async (request, response) =>
    (await opened)(request, response);

/** An address to reach us at from this machine, for people to click on. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
