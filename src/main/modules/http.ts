import { createApp } from '../../adapters/koa/app.ts';
import { HttpMetrics } from '../../adapters/koa/metrics.ts';
import { inProcessThrottle, noThrottle } from '../../adapters/rate-limit/in-process-throttle.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const throttle = (perMinute: number | null) => (perMinute === null ? noThrottle : inProcessThrottle(perMinute));

/** The way in: routes with their guards and controllers. */
export const httpModule = moduleOf((bind) => {
  bind.value(T.metrics, new HttpMetrics());
  bind.made(T.loginThrottle, { config: T.config }, ({ config }) => throttle(config.rateLimits.login));
  bind.made(T.apiThrottle, { config: T.config }, ({ config }) => throttle(config.rateLimits.api));
  bind.made(T.trustedProxyHops, { config: T.config }, ({ config }) => config.trustedProxyHops);
  bind.made(T.handler, APP_NEEDS, (needs) => {
    const handle = createApp(needs).callback();
    return (request, response) => void handle(request, response);
  });
});

const { apiThrottle, authenticate, checkReadiness, ids, importProfile, listSessions, logger, logIn } = T;
const { loginThrottle, metrics, readAccount, revokeAllSessions, revokeSession, trustedProxyHops, updateProfile } = T;

const APP_NEEDS = {
  apiThrottle,
  authenticate,
  checkReadiness,
  ids,
  importProfile,
  listSessions,
  logger,
  logIn,
  loginThrottle,
  metrics,
  readAccount,
  revokeAllSessions,
  revokeSession,
  trustedProxyHops,
  updateProfile,
};
