import { describe, expect, it } from 'vitest';
import type { Build } from '../support/storm/builds.ts';
import { countsOf, type Finding } from '../support/storm/findings.ts';
import { PLACES } from '../support/storm/places.ts';
import { storm } from '../support/storm/storm.ts';

/*
 * What is found of servers that are broken on purpose: without these a storm that finds nothing proves nothing.
 */

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

describe('a storm over a server', () => {
  it.each<[what: string, Build, kills: number, Finding[]]>([
    [
      'that answers before it writes',
      'ack-first',
      2,
      ['acknowledged too early', 'promise broken', 'webhook missing', 'webhook out of order'],
    ],
    ['that reads and then writes', 'read-then-write', 0, ['doubled']],
    ['that believes everybody, and tells its log everything', 'trusting', 0, ['forgery believed', 'secret told']],
    ['that does nothing by itself', 'idle', 0, ['past its deadline', 'webhook missing', 'differing']],
  ])(
    '%s finds it out',
    async (_what, build, kills, findings) => {
      const place = await PLACES.sqlite!();
      try {
        const size = { instances: 2, orders: 60, kills, shakes: 0 };
        const { found } = await storm({ place, api: 'v2', ...size, seed: SEED, build });
        const counts = countsOf(found);
        for (const finding of findings) expect(counts[finding], `${finding}, seed ${SEED}`).toBeGreaterThan(0);
      } finally {
        await place.leave();
      }
    },
    120_000,
  );
});
