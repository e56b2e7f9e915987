import { type AccountRepository, StaleAccount } from '../domain/account/account-repository.ts';
import type { Account } from '../domain/account/account.ts';
import type { SessionKeyVault } from '../domain/account/session-key-vault.ts';

interface Needs {
  readonly accounts: AccountRepository;
  readonly vault: SessionKeyVault;
}

const BATCH = 200;

/**
 * Seals every stored session key under the first key of the ring, while the server goes on serving.
 * Stopped half way it has lost nothing, and run again it does the rest.
 */
export class RotateSessionKeys {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(onProgress: (resealed: number) => void = () => {}): Promise<number> {
    const { accounts, vault } = this.#needs;
    let resealed = 0;
    for (;;) {
      const batch = await accounts.findSealedUnderOtherKey(vault.currentKeyId, BATCH);
      if (batch.length === 0) return resealed;
      for (const account of batch) resealed += await this.#reseal(account);
      onProgress(resealed);
    }
  }

  /** An account that a login saved in between comes with the next batch, if it needs to at all. */
  async #reseal(account: Account): Promise<0 | 1> {
    const { accounts, vault } = this.#needs;
    const sessionKey = vault.seal(vault.unseal(account.sessionKey, account), account);
    try {
      await accounts.save({ ...account, sessionKey });
      return 1;
    } catch (error) {
      if (error instanceof StaleAccount) return 0;
      throw error;
    }
  }
}
