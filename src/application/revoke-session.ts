import type { AccountId } from '../domain/account/account.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';
import { type SessionId, SessionNotFound } from '../domain/session/session.ts';

/** Logs one device of a user out; somebody else's session is as good as none. */
export class RevokeSession {
  readonly #sessions: SessionRepository;

  constructor({ sessions }: { readonly sessions: SessionRepository }) {
    this.#sessions = sessions;
  }

  async execute(accountId: AccountId, id: SessionId): Promise<void> {
    const revoked = await this.#sessions.revoke(accountId, id);
    if (!revoked) throw new SessionNotFound();
  }
}
