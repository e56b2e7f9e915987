import { expect, it } from 'vitest';
import { describeOverBoth } from '../support/over-both.ts';
import { STORAGES } from '../support/storages.ts';
import { PLACES } from '../support/storm/places.ts';
import { storm } from '../support/storm/storm.ts';

/*
 * A short run of `npm run storm` on every storage: everything at once that can go wrong. docs/reliability.md has the long
 * one, and storm-controls.test.ts what is found of servers that are broken.
 */

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

describeOverBoth(
  'a storm',
  STORAGES,
  ({ name, keepsAfterRestart }, api) => {
    const orders = 60;
    const kills = keepsAfterRestart ? 3 : 0;

    it(`of ${orders} orders and ${kills} kills loses nothing, doubles nothing and tells everything`, async () => {
      const place = await PLACES[name]!();
      try {
        const instances = place.isStandIn === true ? 1 : 2;
        const report = await storm({ place, api, instances, orders, kills, shakes: 1, seed: SEED, build: 'right' });
        expect(report.found, `seed ${SEED}`).toEqual([]);
        const { thrown } = report;
        expect(Number(thrown.notices)).toBeGreaterThan(orders);
        expect(Number(thrown.kills)).toBeGreaterThanOrEqual(kills);
        for (const trouble of ['faults of WeChat', 'faults of the receiver', 'forged notices', 'of these twice'])
          expect(Number(thrown[trouble]), trouble).toBeGreaterThan(0);
      } finally {
        await place.leave();
      }
    }, 700_000);
  },
  'sqlite',
);
