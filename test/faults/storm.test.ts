import { describe, expect, it } from 'vitest';
import { describeOverBoth } from '../support/over-both.ts';
import { STORAGES, temporaryFolder } from '../support/storages.ts';
import type { Build } from '../support/storm/builds.ts';
import { countsOf } from '../support/storm/checker.ts';
import { storm } from '../support/storm/storm.ts';

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

const databaseIn = (folder: string) => ({ STORAGE: 'sqlite', SQLITE_PATH: `${folder}/wexagon.db` });

/** As many notices as there are orders with money, and some twice. */
const SIZES = { v2: { orders: 300, kills: 4, notices: 380 }, v3: { orders: 150, kills: 2, notices: 180 } } as const;

describeOverBoth(
  'a storm',
  STORAGES.filter(({ name }) => name === 'sqlite' || name === 'postgres'),
  ({ environment }, api) => {
    const { orders, kills, notices } = SIZES[api];

    it(`of ${orders} orders, their notices and ${kills} kills loses nothing and doubles nothing`, async () => {
      const folder = temporaryFolder();
      const storage = { ...databaseIn(folder), ...(await environment(folder)) };
      const report = await storm({ storage, api, orders, kills, seed: SEED, build: 'right' });
      expect(report.found, `seed ${SEED}`).toEqual([]);
      expect(report.notices).toBeGreaterThan(notices);
      expect(report.kills).toBeGreaterThanOrEqual(kills);
    }, 120_000);
  },
  'sqlite',
);

/** What would be found of a server that is broken: without these a storm that finds nothing proves nothing. */
describe('a storm over a server', () => {
  const through = async (build: Build, kills: number) => {
    const storage = databaseIn(temporaryFolder());
    return countsOf((await storm({ storage, api: 'v2', orders: 120, kills, seed: SEED, build })).found);
  };

  it('that answers before it writes finds what was lost', async () => {
    const counts = await through('ack-first', 3);
    expect(counts['acknowledged but lost'], `seed ${SEED}`).toBeGreaterThan(0);
    expect(counts['acknowledged too early'], `seed ${SEED}`).toBeGreaterThan(0);
  }, 120_000);

  it('that reads and then writes finds what was doubled', async () => {
    const counts = await through('read-then-write', 1);
    expect(counts.doubled, `seed ${SEED}`).toBeGreaterThan(0);
  }, 120_000);
});
