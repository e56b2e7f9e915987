import type { AccountRepository } from './account/account-repository.ts';
import type { SessionRepository } from './session/session-repository.ts';

/** Everything one storage technology keeps for us; each exports an `open…(settings): Promise<Persistence>`. */
export interface Persistence {
  readonly accounts: AccountRepository;
  readonly sessions: SessionRepository;

  /**
   * Answers when the storage can be read and written.
   * Throws an Outage when it cannot.
   */
  ping(): Promise<void>;

  /**
   * Keeps what was acknowledged before.
   * Closing twice does no harm.
   */
  close(): Promise<void>;
}
