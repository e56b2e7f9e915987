import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { Account, AccountId } from '../domain/account/account.ts';
import { changeProfile, sameProfile } from '../domain/account/profile.ts';
import { CannotUnseal, type SessionKeyVault } from '../domain/account/session-key-vault.ts';
import type { Secret } from '../domain/secret.ts';
import {
  type MiniProgramGateway,
  SessionKeyStale,
  type UserData,
  type UserDataEnvelope,
} from '../domain/session/mini-program-gateway.ts';
import { NotAuthenticated } from '../domain/session/session.ts';
import { saveAccount } from './save-account.ts';

interface Needs {
  readonly gateway: MiniProgramGateway;
  readonly accounts: AccountRepository;
  readonly vault: SessionKeyVault;
}

/** Takes over the profile that WeChat sealed for this user (encryptedData). */
export class ImportProfile {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(id: AccountId, envelope: UserDataEnvelope): Promise<Account> {
    const { accounts, gateway } = this.#needs;
    const account = await accounts.find(id);
    if (!account) throw new NotAuthenticated();
    const data = gateway.openUserData(envelope, this.#sessionKeyOf(account));
    if (data.openid !== null && data.openid !== account.openid) throw new SessionKeyStale();
    return saveAccount(accounts, account, (read) => withUserData(read, data));
  }

  #sessionKeyOf(account: Account): Secret {
    try {
      return this.#needs.vault.unseal(account.sessionKey, account);
    } catch (cause) {
      if (cause instanceof CannotUnseal) throw new SessionKeyStale({ cause });
      throw cause;
    }
  }
}

function withUserData(account: Account, data: UserData): Account {
  const profile = changeProfile(account.profile, data.profile);
  return sameProfile(profile, account.profile) ? account : { ...account, profile };
}
