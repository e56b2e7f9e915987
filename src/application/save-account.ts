import type { AccountRepository } from '../domain/account/account-repository.ts';
import { StaleAccount } from '../domain/account/account-repository.ts';
import type { Account, AccountId } from '../domain/account/account.ts';
import { Outage } from '../domain/outage.ts';

const TRIES = 20;

/**
 * Changes an account and saves it; where somebody else saved first, decides anew on what they saved.
 * A change that answers the account itself is none, and costs no write.
 */
export async function saveAccount(
  accounts: AccountRepository,
  account: Account,
  change: (account: Account) => Account,
): Promise<Account> {
  let read = account;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const changed = change(read);
    if (changed === read) return read;
    try {
      return await accounts.save(changed);
    } catch (error) {
      read = await readAgain(accounts, account.id, error);
    }
  }
  throw new Outage('storage-contended', 'Too many changes of one account at once. Try again.', {
    retryAfterSeconds: 1,
  });
}

async function readAgain(accounts: AccountRepository, id: AccountId, error: unknown): Promise<Account> {
  const fresh = error instanceof StaleAccount ? await accounts.find(id) : undefined;
  if (!fresh) throw error;
  return fresh;
}
