import type { AccountId } from '../account/account.ts';
import type { Brand } from '../brand.ts';
import { later, MINUTE } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import type { TokenDigest } from './token-issuer.ts';

export type SessionId = Brand<string, 'SessionId'>;

const ID_SHAPE = /^[0-9A-Za-z-]{1,64}$/;

/** Checks the shape, so that what cannot be an id is never looked for: some storages choke on some characters. */
export function sessionId(text: string): SessionId {
  if (!ID_SHAPE.test(text)) throw new SessionNotFound();
  return text as SessionId;
}

/** One device on which a user is logged in. */
export interface Session {
  readonly id: SessionId;
  readonly accountId: AccountId;
  readonly tokenDigest: TokenDigest;
  /** What the device said it is, for the user to tell one from another. */
  readonly device: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** The end that no use puts off. */
  readonly expiresAt: Date;
  /** The end that every use puts off, though never beyond {@link Session.expiresAt}. */
  readonly idleExpiresAt: Date;
}

/** How long sessions last, in milliseconds. */
export interface SessionPolicy {
  readonly ttl: number;
  readonly idleTtl: number;
  /** A new login ends all earlier sessions of its user. */
  readonly singleDevice: boolean;
}

export type NewSession = Pick<Session, 'id' | 'accountId' | 'tokenDigest' | 'device'>;

export function openSession(fresh: NewSession, now: Date, { ttl, idleTtl }: SessionPolicy): Session {
  const idleExpiresAt = later(now, Math.min(idleTtl, ttl));
  return { ...fresh, createdAt: now, lastSeenAt: now, expiresAt: later(now, ttl), idleExpiresAt };
}

/** Which of two logins was the later must not hang on clocks, which may stand still, jump back or disagree. */
export function beginningAfter(session: Session, others: readonly Session[]): Session {
  const times = others.map(({ createdAt }) => createdAt.getTime() + 1);
  return { ...session, createdAt: new Date(Math.max(session.createdAt.getTime(), ...times)) };
}

export const isAlive = (session: Session, now: Date): boolean => now < session.idleExpiresAt;

/** A use is worth a write only now and then: a reading of every request must not cost one. */
export function isWorthNoting(session: Session, now: Date, { idleTtl }: SessionPolicy): boolean {
  return now.getTime() - session.lastSeenAt.getTime() >= Math.min(5 * MINUTE, idleTtl / 4);
}

export function seenAt(session: Session, now: Date, { idleTtl }: SessionPolicy): Session {
  const idleEnd = later(now, idleTtl);
  return { ...session, lastSeenAt: now, idleExpiresAt: idleEnd < session.expiresAt ? idleEnd : session.expiresAt };
}

/** The same for a wrong, an expired and a revoked token: which one it was is nobody's business. */
export class NotAuthenticated extends Refusal {
  readonly code = 'not-authenticated';

  constructor() {
    super('A valid token is needed. Log in again with a fresh code from wx.login.');
  }
}

export class SessionNotFound extends Refusal {
  readonly code = 'session-not-found';

  constructor() {
    super('You have no such session.');
  }
}
