import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';
import { MINUTE, SECOND } from '../../domain/clock.ts';
import type { CallCounter } from '../../domain/throttle.ts';

/** The limiter only counts: what is too much is the domain's to say. */
const COUNT = { points: Number.MAX_SAFE_INTEGER, duration: MINUTE / SECOND };

/** Counts in an unlogged table. While the database cannot be reached, each process counts for itself. */
export function postgresCallCounter(pool: pg.Pool, name: string): CallCounter {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'call_counts',
    tableCreated: true,
    clearExpiredByTimeout: true,
    keyPrefix: name,
    ...COUNT,
    insuranceLimiter: new RateLimiterMemory(COUNT),
  });
  return {
    async count(key) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
      return { calls: consumedPoints, resetsIn: msBeforeNext };
    },
  };
}
