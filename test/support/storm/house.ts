import { setTimeout as wait } from 'node:timers/promises';
import type { DestinationStream } from 'pino';
import { listen } from '../../../src/adapters/koa/server.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import { compose } from '../../../src/main/compose.ts';
import { resolve } from '../../../src/main/container.ts';
import { createLogger } from '../../../src/main/logger.ts';
import { TOKENS as T } from '../../../src/main/tokens.ts';
import { testConfig } from '../test-config.ts';
import { broken, type Build } from './builds.ts';
import { exchange } from './exchange.ts';
import { fastClock, type Pace } from './fast-clock.ts';
import type { FaultPoints } from './points.ts';
import { loginsUnderFire, paymentsUnderFire, refundNoticesUnderFire, storageUnderFire } from './under-fire.ts';

/** How a house is to be: its settings, its time, and whether it is one that is broken on purpose. */
export interface HouseOrders {
  readonly environment: Readonly<Record<string, string>>;
  readonly pace: Pace;
  readonly build: Build;
}

interface Given {
  readonly persistence: Persistence;
  readonly points: FaultPoints;
  readonly log?: DestinationStream;
}

export interface House {
  readonly url: string;
  close(): Promise<void>;
}

/** What is done all the time is done so often, that a day's healing takes seconds. */
const TURN_EVERY = 50;

/** The whole house as it is served, with a fast clock and a point at every step that it can die at. */
export async function openHouse({ environment, pace, build }: HouseOrders, given: Given): Promise<House> {
  const { points, persistence, log } = given;
  const config = testConfig(environment);
  const logger = createLogger(config.logLevel, log);
  const storage = await broken(build).storage(storageUnderFire(persistence, points), config.storage);
  const container = compose(config, logger, storage);
  container.rebind(T.clock).toConstantValue(fastClock(pace));
  exchange(container, T.payments, (payments) => paymentsUnderFire(payments, points));
  exchange(container, T.gateway, (gateway) => loginsUnderFire(gateway, points));
  exchange(container, T.receiveRefundNotice, (receive) => refundNoticesUnderFire(receive, points));
  broken(build).house(container, logger);
  const works = [
    resolve(container, T.settleDueOrders),
    resolve(container, T.takeUpEvents),
    resolve(container, T.deliverDue),
  ];
  const end = new AbortController();
  const turning = (config.webhooks ? works : works.slice(0, 1)).map((work) => again(work, end.signal));
  const server = await listen(resolve(container, T.handler), '127.0.0.1', 0);
  return {
    url: `http://127.0.0.1:${server.port}`,
    close: async () => {
      end.abort();
      await Promise.all([...turning, server.close(0)]);
    },
  };
}

/** A turn that fails is followed by another. */
async function again(work: { execute(): Promise<number> }, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await wait(TURN_EVERY);
    await work.execute().catch(() => 0);
  }
}
