import { RateLimiterMemory } from 'rate-limiter-flexible';
import { MINUTE, SECOND } from '../../domain/clock.ts';
import type { CallCounter } from '../../domain/throttle.ts';

/** Counts in this process. */
export function memoryCallCounter(): CallCounter {
  // The limiter only counts: what is too much is the domain's to say.
  const limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: MINUTE / SECOND });
  return {
    async count(key) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
      return { calls: consumedPoints, resetsIn: msBeforeNext };
    },
  };
}
