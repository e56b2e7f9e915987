import { createApp } from '../../adapters/koa/app.ts';
import { MerchantKeys } from '../../adapters/koa/merchant-keys.ts';
import { HttpMetrics } from '../../adapters/koa/metrics.ts';
import type { PlatformKeys } from '../../adapters/wechat/pay-v3/platform-keys.ts';
import type { Clock } from '../../domain/clock.ts';
import { NO_LIMIT, PerMinute, type Throttle } from '../../domain/throttle.ts';
import type { Persistence } from '../../domain/persistence.ts';
import type { LiveConfig } from '../config.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const LIMIT_NEEDS = { config: T.config, persistence: T.persistence };

/** The limit of that name, counted beside the storage. */
const limit =
  (name: keyof LiveConfig['rateLimits']) =>
  ({ config, persistence }: { config: LiveConfig; persistence: Persistence }): Throttle => {
    const most = config.rateLimits[name];
    return most === null ? NO_LIMIT : new PerMinute(most, persistence.callCounter(name));
  };

/** The way in: routes with their guards and controllers. */
export const httpModule = moduleOf((bind) => {
  bind.made(T.metrics, { config: T.config, keys: T.platformKeys, clock: T.clock }, metricsOf);
  bind.made(T.merchantKeys, { config: T.config }, ({ config }) => new MerchantKeys(config.merchantKeys));
  bind.made(T.loginThrottle, LIMIT_NEEDS, limit('login'));
  bind.made(T.loginTotalThrottle, LIMIT_NEEDS, limit('loginTotal'));
  bind.made(T.apiThrottle, LIMIT_NEEDS, limit('api'));
  bind.made(T.trustedProxyHops, { config: T.config }, ({ config }) => config.trustedProxyHops);
  bind.made(T.handler, APP_NEEDS, (needs) => createApp(needs).callback());
});

interface Measured {
  readonly config: LiveConfig;
  readonly keys: PlatformKeys | null;
  readonly clock: Clock;
}

function metricsOf({ config, keys, clock }: Measured): HttpMetrics {
  const metrics = new HttpMetrics(clock);
  const certificate = config.payments?.certificate;
  if (certificate) metrics.watchCertificate('merchant', () => certificate.expiresAt);
  if (keys) metrics.watchCertificate('wechat', () => keys.expiresAt());
  return metrics;
}

const APP_NEEDS = {
  answerOnce: T.answerOnce,
  apiThrottle: T.apiThrottle,
  authenticate: T.authenticate,
  budget: T.budget,
  checkReadiness: T.checkReadiness,
  closeOrder: T.closeOrder,
  createOrder: T.createOrder,
  enableWebhooks: T.enableWebhooks,
  findOrder: T.findOrder,
  findReconciliation: T.findReconciliation,
  findWebhook: T.findWebhook,
  ids: T.ids,
  importProfile: T.importProfile,
  listOrders: T.listOrders,
  listSessions: T.listSessions,
  listWebhooks: T.listWebhooks,
  logger: T.logger,
  logIn: T.logIn,
  loginThrottle: T.loginThrottle,
  loginTotalThrottle: T.loginTotalThrottle,
  merchantKeys: T.merchantKeys,
  metrics: T.metrics,
  noticeReaders: T.noticeReaders,
  payElsewhere: T.payElsewhere,
  payOrder: T.payOrder,
  readAccount: T.readAccount,
  readBill: T.readBill,
  readComments: T.readComments,
  readEvents: T.readEvents,
  receiveNotice: T.receiveNotice,
  refundOrder: T.refundOrder,
  replayWebhook: T.replayWebhook,
  replayWebhooks: T.replayWebhooks,
  sendAbnormalRefund: T.sendAbnormalRefund,
  revokeAllSessions: T.revokeAllSessions,
  revokeSession: T.revokeSession,
  syncOrder: T.syncOrder,
  trustedProxyHops: T.trustedProxyHops,
  updateProfile: T.updateProfile,
  waitForEvents: T.waitForEvents,
};
