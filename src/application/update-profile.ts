import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { Account, AccountId } from '../domain/account/account.ts';
import { changeProfile, type ProfileChange, sameProfile } from '../domain/account/profile.ts';
import { NotAuthenticated } from '../domain/session/session.ts';
import { saveAccount } from './save-account.ts';

/** Changes what a user typed or picked for themself: today's avatar and nickname input (头像昵称填写). */
export class UpdateProfile {
  readonly #accounts: AccountRepository;

  constructor({ accounts }: { readonly accounts: AccountRepository }) {
    this.#accounts = accounts;
  }

  async execute(id: AccountId, change: ProfileChange): Promise<Account> {
    const account = await this.#accounts.find(id);
    if (!account) throw new NotAuthenticated();
    return saveAccount(this.#accounts, account, (read) => {
      const profile = changeProfile(read.profile, change);
      return sameProfile(profile, read.profile) ? read : { ...read, profile };
    });
  }
}
