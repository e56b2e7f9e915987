import type { Middleware } from './context.ts';
import { HttpFault } from './http-fault.ts';

/** Turns requests away while `most` are being answered: late answers for all would be worse. */
export function inFlightLimit(most: number): Middleware {
  let underWay = 0;
  return async (_ctx, next) => {
    if (underWay >= most) {
      throw new HttpFault('overloaded', 'Too much is going on at the moment.', { headers: { 'Retry-After': '1' } });
    }
    underWay += 1;
    try {
      await next();
    } finally {
      underWay -= 1;
    }
  };
}
