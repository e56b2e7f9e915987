import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible';
import { MINUTE, SECOND } from '../../domain/clock.ts';
import type { CallCounter } from '../../domain/throttle.ts';

/** The limiter only counts: what is too much is the domain's to say. */
const COUNT = { points: Number.MAX_SAFE_INTEGER, duration: MINUTE / SECOND };

/** How long a count is waited for: it is worth less than the request that it is for. */
const PATIENCE = SECOND / 2;

/** Counts in an unlogged table. While the database cannot be reached, or takes too long, each process counts for itself. */
export function postgresCallCounter(pool: pg.Pool, name: string): CallCounter {
  const shared = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'call_counts',
    tableCreated: true,
    clearExpiredByTimeout: true,
    keyPrefix: name,
    ...COUNT,
  });
  const own = new RateLimiterMemory(COUNT);
  return {
    async count(key) {
      const counted = within(PATIENCE, shared.penalty(key)).catch(() => own.penalty(key));
      const { consumedPoints, msBeforeNext } = await counted;
      return { calls: consumedPoints, resetsIn: msBeforeNext };
    },
  };
}

async function within(patience: number, counting: Promise<RateLimiterRes>): Promise<RateLimiterRes> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the count takes too long')), patience);
  return Promise.race([counting, late.promise]).finally(() => clearTimeout(timer));
}
