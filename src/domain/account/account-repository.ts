import type { Shelf } from '../shelf.ts';
import type { Account, AccountId, UnionId } from './account.ts';

/** The account was saved by somebody else since it was read: read it again and decide anew. */
export class StaleAccount extends Error {
  override readonly name = 'StaleAccount';
}

/** Keeps the accounts. */
export interface AccountRepository extends Shelf<Account> {
  /**
   * Keeps the account and answers it.
   * Answers the account that is already kept for the same appid and openid, unchanged.
   * Of many first logins at once, one account is kept and everybody is answered that one.
   * Keeps the same openid of two apps as two accounts.
   */
  register(account: Account): Promise<Account>;

  /** Answers the account as it was saved last, or undefined when there is none. */
  find(id: AccountId): Promise<Account | undefined>;

  /** Answers the ids of all accounts that share the unionid, oldest first, and of no others. */
  findByUnionid(unionid: UnionId): Promise<AccountId[]>;

  /**
   * Saves unionid, profile and session key, and answers the account with its next version.
   * Throws StaleAccount when the version is no longer the one that was read.
   * Of many saves at once over one version, exactly one goes through.
   * Throws StaleAccount for an account that was never registered.
   */
  save(account: Account): Promise<Account>;

  /** Answers the ids of all keys that stored session keys are sealed under, each once. */
  sessionKeyIds(): Promise<string[]>;

  /** Answers one of the accounts whose session key is sealed under this key, or undefined when there is none. */
  findSealedUnderKey(keyId: string): Promise<Account | undefined>;

  /**
   * Answers at most `limit` accounts whose session key is sealed under another key than this, by their ids.
   * Begins behind the id `after`, where one is given.
   */
  findSealedUnderOtherKey(keyId: string, limit: number, after?: AccountId): Promise<Account[]>;
}
