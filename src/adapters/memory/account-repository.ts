import { type AccountRepository, StaleAccount } from '../../domain/account/account-repository.ts';
import type { Account, AccountId, UnionId } from '../../domain/account/account.ts';

/** Accounts in a Map. Nothing awaits between a look and a write, so every step is atomic. */
export class MemoryAccountRepository implements AccountRepository {
  readonly #accounts = new Map<AccountId, Account>();
  readonly #ids = new Map<string, AccountId>();

  async register(account: Account): Promise<Account> {
    const owner = JSON.stringify([account.appid, account.openid]);
    const kept = this.#ids.get(owner);
    if (kept) return structuredClone(this.#accounts.get(kept)!);
    this.#ids.set(owner, account.id);
    return this.#keep(account);
  }

  async find(id: AccountId): Promise<Account | undefined> {
    return structuredClone(this.#accounts.get(id));
  }

  async findByUnionid(unionid: UnionId): Promise<AccountId[]> {
    return this.#all()
      .filter((account) => account.unionid === unionid)
      .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
      .map((account) => account.id);
  }

  async save(account: Account): Promise<Account> {
    const kept = this.#accounts.get(account.id);
    if (kept?.version !== account.version) throw new StaleAccount();
    const { unionid, profile, sessionKey, version } = account;
    return this.#keep({ ...kept, unionid, profile, sessionKey, version: version + 1 });
  }

  async sessionKeyIds(): Promise<string[]> {
    return [...new Set(this.#all().map((account) => account.sessionKey.keyId))];
  }

  async findSealedUnderOtherKey(keyId: string, limit: number, after = '' as AccountId): Promise<Account[]> {
    const others = this.#all().filter(({ id, sessionKey }) => sessionKey.keyId !== keyId && id > after);
    return structuredClone(others.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit));
  }

  #all(): Account[] {
    return [...this.#accounts.values()];
  }

  #keep(account: Account): Account {
    this.#accounts.set(account.id, structuredClone(account));
    return account;
  }
}
