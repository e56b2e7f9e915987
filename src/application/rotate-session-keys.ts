import { type AccountRepository, StaleAccount } from '../domain/account/account-repository.ts';
import type { Account, AccountId } from '../domain/account/account.ts';
import type { SealedSessionKey } from '../domain/account/sealed-session-key.ts';
import { CannotUnseal, type SessionKeyVault } from '../domain/account/session-key-vault.ts';

interface Needs {
  readonly accounts: AccountRepository;
  readonly vault: SessionKeyVault;
}

export interface Rotation {
  /** How many session keys were sealed anew. */
  readonly resealed: number;
  /** The accounts whose session key no key of the ring opens. */
  readonly unreadable: readonly AccountId[];
  /** The keys that something is sealed under now; only the first of the ring, when all went well. */
  readonly keyIds: readonly string[];
}

interface Wishes {
  /** Lets go of what cannot be opened: its user is asked for a new login, which heals it. */
  readonly forgetUnreadable?: boolean;
  readonly onProgress?: (sofar: Rotation) => void;
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

  async execute({ forgetUnreadable = false, onProgress = () => {} }: Wishes = {}): Promise<Rotation> {
    const { accounts, vault } = this.#needs;
    let sofar: Rotation = { resealed: 0, unreadable: [], keyIds: [] };
    let after: AccountId | undefined;
    for (;;) {
      const batch = await accounts.findSealedUnderOtherKey(vault.currentKeyId, BATCH, after);
      if (batch.length === 0) return { ...sofar, keyIds: await accounts.sessionKeyIds() };
      for (const account of batch) sofar = await this.#reseal(account, forgetUnreadable, sofar);
      after = batch.at(-1)?.id;
      onProgress(sofar);
    }
  }

  async #reseal(account: Account, forgetUnreadable: boolean, sofar: Rotation): Promise<Rotation> {
    const sessionKey = this.#sealedAnew(account);
    if (sessionKey) return (await this.#save(account, sessionKey)) ? { ...sofar, resealed: sofar.resealed + 1 } : sofar;
    if (forgetUnreadable) await this.#save(account, { keyId: this.#needs.vault.currentKeyId, box: '' });
    return { ...sofar, unreadable: [...sofar.unreadable, account.id] };
  }

  #sealedAnew(account: Account): SealedSessionKey | undefined {
    const { vault } = this.#needs;
    try {
      return vault.seal(vault.unseal(account.sessionKey, account), account);
    } catch (error) {
      if (error instanceof CannotUnseal) return undefined;
      throw error;
    }
  }

  /** Whoever logs in meanwhile has the last word: their session key is newer. */
  async #save(account: Account, sessionKey: SealedSessionKey): Promise<boolean> {
    const { accounts, vault } = this.#needs;
    try {
      await accounts.save({ ...account, sessionKey });
      return true;
    } catch (error) {
      if (!(error instanceof StaleAccount)) throw error;
      const fresh = await accounts.find(account.id);
      if (!fresh || fresh.sessionKey.keyId === vault.currentKeyId) return false;
      const again = this.#sealedAnew(fresh);
      return again ? this.#save(fresh, again) : false;
    }
  }
}
