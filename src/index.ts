/** `wexagon`: the ports that an adapter implements, and the values that go through them. */
export { type AccountRepository, StaleAccount } from './domain/account/account-repository.ts';
export type { Account, AccountId, AppId, OpenId, UnionId } from './domain/account/account.ts';
export type { Profile } from './domain/account/profile.ts';
export type { SealedSessionKey } from './domain/account/sealed-session-key.ts';
export { Outage, type OutageCode } from './domain/outage.ts';
export { type Persistence, UnfitStorage } from './domain/persistence.ts';
export type { SessionRepository } from './domain/session/session-repository.ts';
export type { Session, SessionId } from './domain/session/session.ts';
export type { TokenDigest } from './domain/session/token-issuer.ts';
export type { Shelf } from './domain/shelf.ts';
export type { CallCount, CallCounter } from './domain/throttle.ts';
