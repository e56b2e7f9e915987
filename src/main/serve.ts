import type { Container } from 'inversify';
import { type Handle, listen } from '../adapters/koa/server.ts';
import { HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import type { Order } from '../domain/order/order.ts';
import { compose } from './compose.ts';
import { type LiveConfig, parseConfig } from './config.ts';
import { resolve } from './container.ts';
import type { Environment } from './environment.ts';
import { createLogger } from './logger.ts';
import { openPersistence } from './modules/persistence.ts';
import { startRecurring } from './recurring.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { Shutdown } from './shutdown.ts';
import { TOKENS as T } from './tokens.ts';

/** How long requests in flight may take to finish once we stop. */
const PATIENCE = 10 * SECOND;

/** Behind every event. A storage that puts events in order when they are read is to have little left to do. */
const END_OF_LOG = '9'.repeat(16);

/** Less than the first wait for a notice that does not come. */
const SETTLE_EVERY = 5 * SECOND;

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
  const opened = Promise.withResolvers<Handle>();
  const server = await listen(afterOpening(opened.promise), given.host, given.port);
  shutdown.add('server', () => server.close(PATIENCE));
  const url = urlOf(given.host, server.port);
  container.rebind(T.config).toConstantValue({ ...given, publicBaseUrl: given.publicBaseUrl ?? url });
  startWork(container, shutdown);
  const handle = resolve(container, T.handler);
  opened.resolve(sandbox?.inFrontOf(handle) ?? handle);
  return url;
}

/** Where we can be reached is known only once we listen; whoever comes that early waits for the rest. */
const afterOpening =
  (opened: Promise<Handle>): Handle =>
  async (request, response) =>
    (await opened)(request, response);

/** What is done without anybody asking; it ends before the storage does. */
function startWork(container: Container, shutdown: Shutdown): void {
  const { logger } = shutdown;
  const sweepSessions = resolve(container, T.sweepSessions);
  const sweepRequests = resolve(container, T.sweepRequests);
  const start = (what: string, every: number, turn: () => Promise<number>) =>
    shutdown.add(what, startRecurring({ what, every, turn }, logger));
  start('sweeping sessions', HOUR, () => sweepSessions.execute());
  start('sweeping requests', HOUR, () => sweepRequests.execute());
  const readEvents = resolve(container, T.readEvents);
  start('keeping the log', MINUTE, async () => (await readEvents.execute(END_OF_LOG, 1)).length);
  if (!resolve(container, T.config).payments) return;
  const settle = resolve(container, T.settleDueOrders);
  const onFailure = (err: unknown, { id }: Order) => logger.warn({ err, out_trade_no: id }, 'not settled, for now');
  start('settling orders', SETTLE_EVERY, () => settle.execute(onFailure));
}

/** An address to reach us at from this machine, for people to click on. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
