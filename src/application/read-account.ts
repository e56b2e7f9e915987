import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { Account, AccountId } from '../domain/account/account.ts';
import { NotAuthenticated } from '../domain/session/session.ts';

export interface AccountView {
  readonly account: Account;
  /** The same person's accounts in sibling apps. */
  readonly linkedIds: readonly AccountId[];
}

/** Shows a user their own account. */
export class ReadAccount {
  readonly #accounts: AccountRepository;

  constructor({ accounts }: { readonly accounts: AccountRepository }) {
    this.#accounts = accounts;
  }

  async execute(id: AccountId): Promise<AccountView> {
    const account = await this.#accounts.find(id);
    if (!account) throw new NotAuthenticated();
    return { account, linkedIds: await this.#linkedTo(account) };
  }

  async #linkedTo({ id, unionid }: Account): Promise<AccountId[]> {
    if (unionid === null) return [];
    const ids = await this.#accounts.findByUnionid(unionid);
    return ids.filter((other) => other !== id);
  }
}
