import type { AccountId } from '../domain/account/account.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';

/** Logs a user out everywhere, this device included. */
export class RevokeAllSessions {
  readonly #sessions: SessionRepository;

  constructor({ sessions }: { readonly sessions: SessionRepository }) {
    this.#sessions = sessions;
  }

  execute(accountId: AccountId): Promise<void> {
    return this.#sessions.revokeAll(accountId);
  }
}
