import { flushCompileCache } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { Outage } from '../../src/domain/outage.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { openPersistence } from '../../src/main/modules/persistence.ts';
import { type HouseOrders, openHouse } from './storm/house.ts';
import { FaultPoints, type Point } from './storm/points.ts';
import { driversUnderFire } from './storm/under-fire.ts';
import { testConfig } from './test-config.ts';

/*
 * The whole house as a process that can be killed: at any time from outside, or by itself at a named point.
 */

/** Where it is to die. */
export interface Word {
  readonly point: Point;
  readonly passing: number;
}

/** What it says: where it listens, or that it will die. */
export type Answer = 'armed' | { readonly url: string };

const orders = JSON.parse(process.argv[2] ?? '{}') as HouseOrders;
const points = new FaultPoints();
const say = (answer: Answer) => process.send!(answer);

process.on('message', ({ point, passing }: Word) => {
  points.arm(point, passing);
  say('armed');
});
process.on('disconnect', () => process.exit(0));
const { storage } = testConfig(orders.environment);
await driversUnderFire(storage.kind);
const { url } = await openHouse(orders, { persistence: await opened(), points });
// What is killed has no time to do this at its end.
flushCompileCache();
say({ url });

/** Who finds no storage at its start ends, and is started again by whoever runs it: that is left out here. */
async function opened(): Promise<Persistence> {
  for (;;) {
    try {
      return await openPersistence(storage);
    } catch (error) {
      if (!(error instanceof Outage)) throw error;
      await wait(100);
    }
  }
}
