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
   * Lets go of the storage, and does no harm when it is asked twice.
   * What was acknowledged is there when the storage is opened again, unless it is one that forgets.
   */
  close(): Promise<void>;
}
