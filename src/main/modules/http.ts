import { createApp } from '../../adapters/koa/app.ts';
import { HttpMetrics } from '../../adapters/koa/metrics.ts';
import { NO_LIMIT, PerMinute, type Throttle } from '../../domain/throttle.ts';
import type { Persistence } from '../../domain/persistence.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const throttle = (most: number | null, name: string, persistence: Persistence): Throttle =>
  most === null ? NO_LIMIT : new PerMinute(most, persistence.callCounter(name));

/** The way in: routes with their guards and controllers. */
export const httpModule = moduleOf((bind) => {
  bind.value(T.metrics, new HttpMetrics());
  bind.made(T.loginThrottle, { config: T.config, persistence: T.persistence }, ({ config, persistence }) =>
    throttle(config.rateLimits.login, 'login', persistence),
  );
  bind.made(T.loginTotalThrottle, { config: T.config, persistence: T.persistence }, ({ config, persistence }) =>
    throttle(config.rateLimits.loginTotal, 'login-total', persistence),
  );
  bind.made(T.apiThrottle, { config: T.config, persistence: T.persistence }, ({ config, persistence }) =>
    throttle(config.rateLimits.api, 'api', persistence),
  );
  bind.made(T.trustedProxyHops, { config: T.config }, ({ config }) => config.trustedProxyHops);
  bind.made(T.handler, APP_NEEDS, (needs) => createApp(needs).callback());
});

const { apiThrottle, authenticate, budget, checkReadiness, ids, importProfile, listSessions, logger, logIn } = T;
const {
  loginThrottle,
  loginTotalThrottle,
  metrics,
  readAccount,
  revokeAllSessions,
  revokeSession,
  trustedProxyHops,
  updateProfile,
} = T;

const APP_NEEDS = {
  apiThrottle,
  authenticate,
  budget,
  checkReadiness,
  ids,
  importProfile,
  listSessions,
  logger,
  logIn,
  loginThrottle,
  loginTotalThrottle,
  metrics,
  readAccount,
  revokeAllSessions,
  revokeSession,
  trustedProxyHops,
  updateProfile,
};
