import { type AccountRepository, StaleAccount } from '../../domain/account/account-repository.ts';
import type { Account, AccountId, UnionId } from '../../domain/account/account.ts';
import { pageOf } from './page-of.ts';

/** Accounts in a Map. Nothing awaits between a look and a write, so every step is atomic. */
export class MemoryAccountRepository implements AccountRepository {
  readonly #accounts = new Map<AccountId, Account>();
  readonly #ids = new Map<string, AccountId>();

  async register(account: Account): Promise<Account> {
    const owner = ownerOf(account);
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

  async findSealedUnderKey(keyId: string): Promise<Account | undefined> {
    return structuredClone(this.#all().find(({ sessionKey }) => sessionKey.keyId === keyId));
  }

  async findSealedUnderOtherKey(keyId: string, limit: number, after = '' as AccountId): Promise<Account[]> {
    const others = pageOf(this.#accounts, after, Infinity).filter(({ sessionKey }) => sessionKey.keyId !== keyId);
    return structuredClone(others.slice(0, limit));
  }

  async page(after: string, limit: number): Promise<Account[]> {
    return structuredClone(pageOf(this.#accounts, after, limit));
  }

  async restore(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts) {
      this.#ids.set(ownerOf(account), account.id);
      this.#keep(account);
    }
  }

  async size(): Promise<number> {
    return this.#accounts.size;
  }

  #all(): Account[] {
    return [...this.#accounts.values()];
  }

  #keep(account: Account): Account {
    this.#accounts.set(account.id, structuredClone(account));
    return account;
  }
}

const ownerOf = ({ appid, openid }: Account): string => JSON.stringify([appid, openid]);
