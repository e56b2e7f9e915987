import type { Clock } from '../domain/clock.ts';
import { Outage } from '../domain/outage.ts';
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

/** In milliseconds. */
const NOTING_PATIENCE = 300;

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
    return this.#note(seenAt(session, now, policy));
  }

  /** A use that cannot be noted, or not soon, is a use all the same: a full disk must not keep readers out. */
  async #note(seen: Session): Promise<Session> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, NOTING_PATIENCE);
    const noted = this.#needs.sessions.touch(seen).catch((error: unknown) => {
      if (!(error instanceof Outage)) throw error;
    });
    await Promise.race([noted, late.promise]).finally(() => clearTimeout(timer));
    return seen;
  }
}
