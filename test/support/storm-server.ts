import { flushCompileCache } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { listen } from '../../src/adapters/koa/server.ts';
import { compose } from '../../src/main/compose.ts';
import { resolve } from '../../src/main/container.ts';
import { createLogger } from '../../src/main/logger.ts';
import { openPersistence } from '../../src/main/modules/persistence.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { ackFirst, type Build, readThenWrite } from './storm/builds.ts';
import { fastClock, type Pace } from './storm/fast-clock.ts';
import { FaultPoints, type Point } from './storm/points.ts';
import { driversUnderFire, paymentsUnderFire, refundNoticesUnderFire, storageUnderFire } from './storm/under-fire.ts';
import { testConfig } from './test-config.ts';

/**
 * The whole house as a process that can be killed: at any time from outside, or by itself at a named point.
 * Its clock is fast and it settles due orders all the time, so that a day's healing takes seconds.
 */
export interface StormOrders {
  readonly environment: Readonly<Record<string, string>>;
  readonly pace: Pace;
  readonly build: Build;
}

/** Where it is to die. */
export interface Word {
  readonly point: Point;
  readonly passing: number;
}

/** What it says: where it listens, or that it will die. */
export type Answer = 'armed' | { readonly url: string };

const SETTLE_EVERY = 50;

const { environment, pace, build } = JSON.parse(process.argv[2] ?? '{}') as StormOrders;
const config = testConfig(environment);
const points = new FaultPoints();
const say = (answer: Answer) => process.send!(answer);

process.on('message', ({ point, passing }: Word) => {
  points.arm(point, passing);
  say('armed');
});
process.on('disconnect', () => process.exit(0));
const url = await serve();
// What is killed has no time to do this at its end.
flushCompileCache();
say({ url });

async function serve(): Promise<string> {
  await driversUnderFire(config.storage.kind);
  const opened = storageUnderFire(await openPersistence(config.storage), points);
  const persistence = build === 'read-then-write' ? await readThenWrite(opened, config.storage) : opened;
  const container = compose(config, createLogger(config.logLevel), persistence);
  container.rebind(T.clock).toConstantValue(fastClock(pace));
  const payments = paymentsUnderFire(resolve(container, T.payments), points);
  container.rebind(T.payments).toConstantValue(payments);
  const receive = resolve(container, T.receivePaymentNotice);
  if (build === 'ack-first') container.rebind(T.receivePaymentNotice).toConstantValue(ackFirst(receive));
  const receiveRefund = refundNoticesUnderFire(resolve(container, T.receiveRefundNotice), points);
  container.rebind(T.receiveRefundNotice).toConstantValue(receiveRefund);
  const settle = resolve(container, T.settleDueOrders);
  void settleAllTheTime(() => settle.execute());
  const server = await listen(resolve(container, T.handler), '127.0.0.1', 0);
  return `http://127.0.0.1:${server.port}`;
}

/** A turn that fails is followed by another. */
async function settleAllTheTime(settle: () => Promise<number>): Promise<never> {
  for (;;) {
    await wait(SETTLE_EVERY);
    await settle().catch(() => 0);
  }
}
