import type { Middleware } from '../context.ts';
import { InFlight } from '../in-flight.ts';

/** Gives requests a limit of their own, for whoever works on them to ask: what waits for others keeps nobody else out. */
export function upTo(most: number): Middleware {
  const inFlight = new InFlight(most);
  return (ctx, next) => {
    ctx.state.inFlight = inFlight;
    return next();
  };
}
