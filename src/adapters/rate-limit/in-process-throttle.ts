import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { MINUTE, SECOND } from '../../domain/clock.ts';
import { type Throttle, TooManyRequests } from '../../domain/throttle.ts';

/** So many calls of a key a minute, counted in this process. */
export function inProcessThrottle(perMinute: number): Throttle {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: MINUTE / SECOND });
  return {
    async admit(key) {
      try {
        await limiter.consume(key);
      } catch (spent) {
        if (!(spent instanceof RateLimiterRes)) throw spent;
        throw new TooManyRequests(Math.max(1, Math.ceil(spent.msBeforeNext / SECOND)));
      }
    },
  };
}

/** Admits everybody: for where something in front of us does the counting. */
export const noThrottle: Throttle = { admit: async () => {} };
