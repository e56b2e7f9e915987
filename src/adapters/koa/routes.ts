import Router from '@koa/router';
import type { Authenticate } from '../../application/authenticate.ts';
import type { CheckReadiness } from '../../application/check-readiness.ts';
import type { ImportProfile } from '../../application/import-profile.ts';
import type { ListSessions } from '../../application/list-sessions.ts';
import type { LogIn } from '../../application/log-in.ts';
import type { ReadAccount } from '../../application/read-account.ts';
import type { RevokeAllSessions } from '../../application/revoke-all-sessions.ts';
import type { RevokeSession } from '../../application/revoke-session.ts';
import type { UpdateProfile } from '../../application/update-profile.ts';
import type { Throttle } from '../../domain/throttle.ts';
import type { Middleware, State } from './context.ts';
import { countLogins, login, djangoLogin } from './controllers/login.ts';
import { importMyProfile, readMe, updateMe } from './controllers/me.ts';
import { health, metricsText, readiness } from './controllers/operations.ts';
import { listSessions, revokeAllSessions, revokeSession } from './controllers/sessions.ts';
import { updateUserInfo } from './controllers/user-info.ts';
import { authenticated } from './guards/authenticated.ts';
import { throttledByAddress, throttledInAll } from './guards/throttled.ts';
import { HttpFault } from './http-fault.ts';
import type { HttpMetrics } from './metrics.ts';
import { type PaymentRouteNeeds, servePayments } from './payment-routes.ts';

export interface RouteNeeds extends PaymentRouteNeeds {
  readonly logIn: LogIn;
  readonly authenticate: Authenticate;
  readonly listSessions: ListSessions;
  readonly revokeSession: RevokeSession;
  readonly revokeAllSessions: RevokeAllSessions;
  readonly readAccount: ReadAccount;
  readonly updateProfile: UpdateProfile;
  readonly importProfile: ImportProfile;
  readonly checkReadiness: CheckReadiness;
  readonly loginThrottle: Throttle;
  readonly loginTotalThrottle: Throttle;
  readonly apiThrottle: Throttle;
  readonly metrics: HttpMetrics;
}

/** Every path but the operators', each with what stands before it. A trailing slash makes no difference. */
export function createRouter(needs: RouteNeeds): Router<State> {
  const router = new Router<State>({ sensitive: true });
  const { metrics, importProfile, readAccount } = needs;
  const visitor = [
    countLogins(metrics),
    throttledByAddress(needs.loginThrottle),
    throttledInAll(needs.loginTotalThrottle),
  ] as const;
  const user = authenticated(needs.authenticate, needs.apiThrottle);

  router.post('/miniprogram_auth/login', ...visitor, djangoLogin(needs.logIn));
  router.post('/miniprogram_auth/updateUserInfo', user, updateUserInfo(importProfile));

  router.post('/v1/login', ...visitor, login(needs.logIn));
  router.get('/v1/sessions', user, listSessions(needs.listSessions));
  router.delete('/v1/sessions', user, revokeAllSessions(needs.revokeAllSessions));
  router.delete('/v1/sessions/:id', user, revokeSession(needs.revokeSession));
  router.get('/v1/me', user, readMe(readAccount));
  router.patch('/v1/me', user, updateMe(needs.updateProfile, readAccount));
  // wx.request knows no PATCH: a mini program posts the same change.
  router.post('/v1/me', user, updateMe(needs.updateProfile, readAccount));
  router.post('/v1/me/profile', user, importMyProfile(importProfile, readAccount));

  servePayments(router, user, needs);
  return router;
}

/** What operators look at, and has to answer when nothing else does. */
export function createOperationsRouter({ checkReadiness, metrics }: RouteNeeds): Router<State> {
  const router = new Router<State>({ sensitive: true });
  router.get('/healthz', health);
  router.get('/readyz', readiness(checkReadiness));
  router.get('/metrics', metricsText(metrics));
  return router;
}

/** Says which methods a path has, or that there is no such path. */
export function noRoute(...routers: Router<State>[]): Middleware {
  return (ctx) => {
    const layers = routers.flatMap((router) => router.match(ctx.path, ctx.method).path);
    const methods = new Set(layers.flatMap((layer) => layer.methods));
    if (methods.size === 0) throw new HttpFault('route-not-found', 'There is nothing at this path.');
    const allow = [...methods].join(', ');
    throw new HttpFault('method-not-allowed', `This path takes ${allow}.`, { headers: { Allow: allow } });
  };
}
