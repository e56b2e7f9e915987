import type { AccountRepository } from './account/account-repository.ts';
import type { SessionRepository } from './session/session-repository.ts';

/** Everything one storage technology keeps for us; each exports an `open…(settings): Promise<Persistence>`. */
export interface Persistence {
  readonly accounts: AccountRepository;
  readonly sessions: SessionRepository;

  /** Answers when the storage can be read and written, and throws an Outage when it cannot. */
  ping(): Promise<void>;

  /** Lets go of the storage; what was acknowledged before is kept. Closing twice does no harm. */
  close(): Promise<void>;
}
