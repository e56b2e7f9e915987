import type { Authenticate } from '../../../application/authenticate.ts';
import { NotAuthenticated } from '../../../domain/session/session.ts';
import type { Throttle } from '../../../domain/throttle.ts';
import type { Middleware } from '../context.ts';
import { demanding } from '../demands.ts';

/** `Token` is django's word for it, `Bearer` everybody else's. */
const AUTHORIZATION = /^(?:Token|Bearer) +([\x21-\x7e]{1,512})$/i;

/** Lets nobody past without a living session, nor more often than the limit of one session. */
export function authenticated(authenticate: Authenticate, throttle: Throttle): Middleware {
  const guard: Middleware = async (ctx, next) => {
    const token = AUTHORIZATION.exec(ctx.get('Authorization'))?.[1];
    if (token === undefined) throw new NotAuthenticated();
    const session = await ctx.state.inFlight.run(() => authenticate.execute(token));
    await throttle.admit(session.id);
    ctx.state.session = session;
    ctx.state.token = token;
    await next();
  };
  return demanding({ credential: 'user', refuses: ['not-authenticated', 'too-many-requests', 'overloaded'] }, guard);
}
