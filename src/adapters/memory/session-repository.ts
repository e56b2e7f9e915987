import type { AccountId } from '../../domain/account/account.ts';
import type { SessionRepository } from '../../domain/session/session-repository.ts';
import { isAlive, type Session, type SessionId } from '../../domain/session/session.ts';
import type { TokenDigest } from '../../domain/session/token-issuer.ts';
import { pageOf } from './page-of.ts';

/** Sessions in a Map, with a second one to find them by their token. */
export class MemorySessionRepository implements SessionRepository {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #ids = new Map<TokenDigest, SessionId>();

  async add(session: Session): Promise<void> {
    this.#sessions.set(session.id, structuredClone(session));
    this.#ids.set(session.tokenDigest, session.id);
  }

  async findByDigest(digest: TokenDigest): Promise<Session | undefined> {
    const id = this.#ids.get(digest);
    return id && structuredClone(this.#sessions.get(id));
  }

  async list(accountId: AccountId): Promise<Session[]> {
    return structuredClone(this.#newestFirst(accountId));
  }

  async touch({ id, lastSeenAt, idleExpiresAt }: Session): Promise<void> {
    const kept = this.#sessions.get(id);
    if (kept && kept.lastSeenAt < lastSeenAt) this.#sessions.set(id, { ...kept, lastSeenAt, idleExpiresAt });
  }

  async revoke(accountId: AccountId, id: SessionId): Promise<boolean> {
    const session = this.#sessions.get(id);
    if (session?.accountId !== accountId) return false;
    this.#forget(session);
    return true;
  }

  async revokeAll(accountId: AccountId): Promise<void> {
    this.#of(accountId).forEach((session) => this.#forget(session));
  }

  async keepLatest(accountId: AccountId): Promise<void> {
    const [, ...earlier] = this.#newestFirst(accountId);
    earlier.forEach((session) => this.#forget(session));
  }

  async removeExpired(now: Date, limit: number): Promise<number> {
    const over = [...this.#sessions.values()].filter((session) => !isAlive(session, now)).slice(0, limit);
    over.forEach((session) => this.#forget(session));
    return over.length;
  }

  async page(after: string, limit: number): Promise<Session[]> {
    return structuredClone(pageOf(this.#sessions, after, limit));
  }

  async restore(sessions: readonly Session[]): Promise<void> {
    for (const session of sessions) await this.add(session);
  }

  async size(): Promise<number> {
    return this.#sessions.size;
  }

  #of(accountId: AccountId): Session[] {
    return [...this.#sessions.values()].filter((session) => session.accountId === accountId);
  }

  #newestFirst(accountId: AccountId): Session[] {
    return this.#of(accountId).toSorted((a, b) => (isEarlier(a, b) ? 1 : -1));
  }

  #forget({ id, tokenDigest }: Session): void {
    this.#sessions.delete(id);
    this.#ids.delete(tokenDigest);
  }
}

function isEarlier(one: Session, other: Session): boolean {
  const difference = one.createdAt.getTime() - other.createdAt.getTime();
  return difference < 0 || (difference === 0 && one.id < other.id);
}
