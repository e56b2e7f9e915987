import type { AccountId } from '../domain/account/account.ts';
import type { Clock } from '../domain/clock.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';
import { isAlive, type Session } from '../domain/session/session.ts';

interface Needs {
  readonly sessions: SessionRepository;
  readonly clock: Clock;
}

/** Tells a user on which devices they are logged in, the newest login first. */
export class ListSessions {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(accountId: AccountId): Promise<Session[]> {
    const { clock, sessions } = this.#needs;
    const now = clock.now();
    return (await sessions.list(accountId)).filter((session) => isAlive(session, now));
  }
}
