import type { Container } from 'inversify';
import type { Logger } from 'pino';
import { type Handle, listen } from '../adapters/koa/server.ts';
import { HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import type { Order } from '../domain/order/order.ts';
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

/** How long requests in flight may take to finish once we stop. */
const PATIENCE = 10 * SECOND;

/** Yesterday's bill is there from 10 in the morning of UTC+8. */
const RECONCILE_EVERY = 15 * MINUTE;

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
  const work = new Recurring(logger);
  shutdown.add('work', () => work.ended());
  const opened = Promise.withResolvers<Handle>();
  const server = await listen(afterOpening(opened.promise), given.host, given.port);
  shutdown.add('server', () => server.close(PATIENCE));
  shutdown.add('beginning of work', () => work.tellToStop());
  const url = urlOf(given.host, server.port);
  container.rebind(T.config).toConstantValue({ ...given, publicBaseUrl: given.publicBaseUrl ?? url });
  startWork(container, work, logger);
  const handle = resolve(container, T.handler);
  opened.resolve(sandbox?.inFrontOf(handle) ?? handle);
  return url;
}

/** Where we can be reached is known only once we listen; whoever comes that early waits for the rest. */
const afterOpening =
  (opened: Promise<Handle>): Handle =>
  async (request, response) =>
    (await opened)(request, response);

/** What is done without anybody asking. */
function startWork(container: Container, work: Recurring, logger: Logger): void {
  const sweepSessions = resolve(container, T.sweepSessions);
  const sweepRequests = resolve(container, T.sweepRequests);
  const readEvents = resolve(container, T.readEvents);
  work.start({ what: 'sweeping sessions', every: HOUR, turn: () => sweepSessions.execute() });
  work.start({ what: 'sweeping requests', every: HOUR, turn: () => sweepRequests.execute() });
  work.start({
    what: 'keeping the log',
    every: MINUTE,
    turn: async () => (await readEvents.execute(END_OF_LOG, 1)).length,
  });
  if (!resolve(container, T.config).payments) return;
  const settle = resolve(container, T.settleDueOrders);
  const onFailure = (err: unknown, { id }: Order) => logger.warn({ err, out_trade_no: id }, 'not settled, for now');
  work.start({
    what: 'settling orders',
    every: SETTLE_EVERY,
    turn: (signal) => settle.execute({ onFailure, signal }),
  });
  const reconcile = resolve(container, T.reconcileYesterday);
  const onDay = (err: unknown, day: string) => logger.warn({ err, day }, 'not reconciled, for now');
  const onGivenUp = (day: string) => logger.error({ day }, 'not reconciled');
  work.start({ what: 'reconciling days', every: RECONCILE_EVERY, turn: () => reconcile.execute(onDay, onGivenUp) });
}

/** An address to reach us at from this machine, for people to click on. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
