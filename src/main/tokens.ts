import type { Logger } from 'pino';
import type { StorageBudget } from '../adapters/system/storage-budget.ts';
import type { Handle } from '../adapters/koa/server.ts';
import type { HttpMetrics } from '../adapters/koa/metrics.ts';
import type { Authenticate } from '../application/authenticate.ts';
import type { CheckKeyRing } from '../application/check-key-ring.ts';
import type { CheckReadiness } from '../application/check-readiness.ts';
import type { ImportProfile } from '../application/import-profile.ts';
import type { ListSessions } from '../application/list-sessions.ts';
import type { LogIn } from '../application/log-in.ts';
import type { ReadAccount } from '../application/read-account.ts';
import type { RevokeAllSessions } from '../application/revoke-all-sessions.ts';
import type { RevokeSession } from '../application/revoke-session.ts';
import type { RotateSessionKeys } from '../application/rotate-session-keys.ts';
import type { SweepSessions } from '../application/sweep-sessions.ts';
import type { UpdateProfile } from '../application/update-profile.ts';
import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { SessionKeyVault } from '../domain/account/session-key-vault.ts';
import type { Clock } from '../domain/clock.ts';
import type { IdSource } from '../domain/id-source.ts';
import type { Persistence } from '../domain/persistence.ts';
import type { LoginCode } from '../domain/session/login-code.ts';
import type { MiniProgramGateway } from '../domain/session/mini-program-gateway.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';
import type { SessionPolicy } from '../domain/session/session.ts';
import type { TokenIssuer } from '../domain/session/token-issuer.ts';
import type { Throttle } from '../domain/throttle.ts';
import type { LiveConfig } from './config.ts';
import { token } from './container.ts';

/** Everything that can be asked of the container. */
export const TOKENS = {
  config: token<LiveConfig>('config'),
  logger: token<Logger>('logger'),

  clock: token<Clock>('clock'),
  ids: token<IdSource>('ids'),
  tokens: token<TokenIssuer>('tokens'),
  vault: token<SessionKeyVault>('vault'),
  policy: token<SessionPolicy>('policy'),

  persistence: token<Persistence>('persistence'),
  budget: token<StorageBudget>('budget'),
  accounts: token<AccountRepository>('accounts'),
  sessions: token<SessionRepository>('sessions'),

  gateway: token<MiniProgramGateway>('gateway'),
  isReusable: token<(code: LoginCode) => boolean>('isReusable'),

  logIn: token<LogIn>('logIn'),
  authenticate: token<Authenticate>('authenticate'),
  listSessions: token<ListSessions>('listSessions'),
  revokeSession: token<RevokeSession>('revokeSession'),
  revokeAllSessions: token<RevokeAllSessions>('revokeAllSessions'),
  readAccount: token<ReadAccount>('readAccount'),
  updateProfile: token<UpdateProfile>('updateProfile'),
  importProfile: token<ImportProfile>('importProfile'),
  checkReadiness: token<CheckReadiness>('checkReadiness'),
  checkKeyRing: token<CheckKeyRing>('checkKeyRing'),
  rotateSessionKeys: token<RotateSessionKeys>('rotateSessionKeys'),
  sweepSessions: token<SweepSessions>('sweepSessions'),

  metrics: token<HttpMetrics>('metrics'),
  loginThrottle: token<Throttle>('loginThrottle'),
  loginTotalThrottle: token<Throttle>('loginTotalThrottle'),
  apiThrottle: token<Throttle>('apiThrottle'),
  trustedProxyHops: token<number>('trustedProxyHops'),
  handler: token<Handle>('handler'),
} as const;
