import type { Clock } from '../domain/clock.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';

interface Needs {
  readonly sessions: SessionRepository;
  readonly clock: Clock;
}

const BATCH = 500;

/** Removes the sessions that are over, a batch at a time so that nobody waits long behind it. */
export class SweepSessions {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(): Promise<number> {
    const { clock, sessions } = this.#needs;
    const now = clock.now();
    let removed = 0;
    for (;;) {
      const batch = await sessions.removeExpired(now, BATCH);
      removed += batch;
      if (batch < BATCH) return removed;
    }
  }
}
