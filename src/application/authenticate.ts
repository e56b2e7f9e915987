import type { Clock } from '../domain/clock.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';
import {
  isAlive,
  isWorthNoting,
  NotAuthenticated,
  seenAt,
  type Session,
  type SessionPolicy,
} from '../domain/session/session.ts';
import type { TokenIssuer } from '../domain/session/token-issuer.ts';

interface Needs {
  readonly sessions: SessionRepository;
  readonly tokens: TokenIssuer;
  readonly clock: Clock;
  readonly policy: SessionPolicy;
}

/** Finds the living session that a token stands for; a mistyped token costs no look-up. */
export class Authenticate {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(token: string): Promise<Session> {
    const { clock, policy, sessions, tokens } = this.#needs;
    const digest = tokens.recognise(token);
    const session = digest && (await sessions.findByDigest(digest));
    const now = clock.now();
    if (!session || !isAlive(session, now)) throw new NotAuthenticated();
    if (!isWorthNoting(session, now, policy)) return session;
    const seen = seenAt(session, now, policy);
    await sessions.touch(seen);
    return seen;
  }
}
