import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { Account } from '../domain/account/account.ts';
import { CannotUnseal, type SessionKeyVault } from '../domain/account/session-key-vault.ts';

interface Needs {
  readonly accounts: AccountRepository;
  readonly vault: SessionKeyVault;
}

/** Something stored can be opened by no key of the ring: serving would slowly lose it. */
export class UnknownKeys extends Error {
  override readonly name = 'UnknownKeys';
  readonly keyIds: readonly string[];

  constructor(keyIds: readonly string[]) {
    super(
      `Stored session keys are sealed under keys that SECRET_KEYS does not have: ${keyIds.join(', ')}. ` +
        'Put them back behind the first key, run keys:rotate, and only then take them out. ' +
        'Where such a key is lost, keys:rotate -- --forget-unreadable goes on without it.',
    );
    this.keyIds = keyIds;
  }
}

/** Refuses the start when a stored session key is sealed under a key that we do not have, or not under that id. */
export class CheckKeyRing {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(): Promise<void> {
    const { accounts, vault } = this.#needs;
    const unknown: string[] = [];
    for (const id of await accounts.sessionKeyIds()) {
      const account = await accounts.findSealedUnderKey(id);
      if (account && !(vault.knows(id) && opensOrIsForgotten(vault, account))) unknown.push(id);
    }
    if (unknown.length > 0) throw new UnknownKeys(unknown);
  }
}

/** Another key under the same id would look like the right one until somebody needed it. */
const opensOrIsForgotten = (vault: SessionKeyVault, account: Account): boolean =>
  account.sessionKey.box === '' || opens(vault, account);

function opens(vault: SessionKeyVault, account: Account): boolean {
  try {
    vault.unseal(account.sessionKey, account);
    return true;
  } catch (error) {
    if (error instanceof CannotUnseal) return false;
    throw error;
  }
}
