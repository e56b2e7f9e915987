import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { SessionKeyVault } from '../domain/account/session-key-vault.ts';

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
        'Put them back behind the first key, run keys:rotate, and only then take them out.',
    );
    this.keyIds = keyIds;
  }
}

/** Refuses the start when a stored session key is sealed under a key that we do not have. */
export class CheckKeyRing {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(): Promise<void> {
    const { accounts, vault } = this.#needs;
    const unknown = (await accounts.sessionKeyIds()).filter((id) => !vault.knows(id));
    if (unknown.length > 0) throw new UnknownKeys(unknown);
  }
}
