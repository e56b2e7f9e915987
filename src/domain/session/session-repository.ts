import type { AccountId } from '../account/account.ts';
import type { Shelf } from '../shelf.ts';
import type { Session, SessionId } from './session.ts';
import type { TokenDigest } from './token-issuer.ts';

/** Keeps the sessions. An expired session may still be found: whether it is alive is the caller's to ask. */
export interface SessionRepository extends Shelf<Session> {
  /** Keeps the session, so that it is found by its digest at once, on every instance. */
  add(session: Session): Promise<void>;

  /** Answers the session of the digest, or undefined when there is none. */
  findByDigest(digest: TokenDigest): Promise<Session | undefined>;

  /** Answers all sessions of the account and no others, newest first. */
  list(accountId: AccountId): Promise<Session[]>;

  /**
   * Writes when the session was last seen and when it ends by idleness.
   * Does not bring a revoked session back.
   * Does not move last-seen back in time.
   */
  touch(session: Session): Promise<void>;

  /**
   * Ends the session of the account at once and answers true.
   * Answers false, and ends nothing, for a session of another account or none.
   */
  revoke(accountId: AccountId, id: SessionId): Promise<boolean>;

  /** Ends all sessions of the account and of nobody else. */
  revokeAll(accountId: AccountId): Promise<void>;

  /**
   * Ends all sessions of the account but the one that began last, and nobody else's.
   * Of two that began at the same instant the greater id counts as the later.
   * Of many that begin at once and each keep the latest, one is left and never none.
   */
  keepLatest(accountId: AccountId): Promise<void>;

  /** Removes at most `limit` sessions that were over by then, answers how many, and touches no living one. */
  removeExpired(now: Date, limit: number): Promise<number>;
}
