import type { Throttle } from '../../../domain/throttle.ts';
import { clientAddress } from '../client-address.ts';
import type { Middleware } from '../context.ts';
import { demanding } from '../demands.ts';

/** Lets no address past more often than the limit. */
export function throttledByAddress(throttle: Throttle): Middleware {
  return throttled(async (ctx, next) => {
    await throttle.admit(clientAddress(ctx));
    await next();
  });
}

/** Lets nobody past beyond the limit of all addresses together. */
export function throttledInAll(throttle: Throttle): Middleware {
  return throttled(async (_ctx, next) => {
    await throttle.admit('all');
    await next();
  });
}

const throttled = (guard: Middleware): Middleware => demanding({ refuses: ['too-many-requests'] }, guard);
