import type { Middleware } from '../context.ts';
import { InFlight } from '../in-flight.ts';

/** Gives requests that want to wait a limit of their own: those who wait keep nobody out who does not. */
export function waitingUpTo(most: number): Middleware {
  const inFlight = new InFlight(most);
  return (ctx, next) => {
    if (ctx.query.wait !== undefined) ctx.state.inFlight = inFlight;
    return next();
  };
}
