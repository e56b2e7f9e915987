import type { Middleware as KoaMiddleware, ParameterizedContext } from 'koa';
import type { Session } from '../../domain/session/session.ts';
import type { InFlight } from './in-flight.ts';

/** What our own middleware has found out about a request by the time a controller sees it. */
export interface State {
  requestId: string;
  /** Where it came from, noted while the connection still stands; a word that is no address when it no longer did. */
  callerIp: string;
  inFlight: InFlight;
  /** Set by the guard of the routes that need a login; {@link sessionOf} reads it. */
  session?: Session;
  /** The token as it came, for the one older route that answers it again. */
  token?: string;
  /** The name of the merchant key; set by the guard of the merchant's routes. */
  merchant?: string;
}

export type Context = ParameterizedContext<State>;
export type Middleware = KoaMiddleware<State>;
export type Handler = (ctx: Context) => Promise<void> | void;

export function sessionOf(ctx: Context): Session {
  if (!ctx.state.session) throw new Error('this route has no authentication guard');
  return ctx.state.session;
}
