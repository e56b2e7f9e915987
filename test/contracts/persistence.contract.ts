import { expect, it } from 'vitest';
import type { Persistence } from '../../src/domain/persistence.ts';
import { sampleAccount, sampleSession } from '../support/samples.ts';

interface Place {
  readonly keepsAfterRestart: boolean;
  /** Answers how to open one and the same storage, as often as is wanted. */
  readonly place: () => () => Promise<Persistence>;
}

/** What Persistence promises as a whole; each storage shows for itself how it fails. */
export function persistenceContract({ place, keepsAfterRestart }: Place): void {
  it('Answers when the storage can be read and written', async () => {
    const persistence = await place()();
    await expect(persistence.ping()).resolves.toBeUndefined();
  });

  it('Keeps the session, so that it is found by its digest at once, on every instance', async ({ skip }) => {
    skip(!keepsAfterRestart, 'this storage is for one instance alone');
    const open = place();
    const [one, other] = [await open(), await open()];
    const session = sampleSession();
    await one.sessions.add(session);
    expect(await other.sessions.findByDigest(session.tokenDigest)).toEqual(session);
    await other.sessions.revoke(session.accountId, session.id);
    expect(await one.sessions.findByDigest(session.tokenDigest)).toBeUndefined();
  });

  it('Lets go of the storage, and does no harm when it is asked twice', async () => {
    const persistence = await place()();
    await persistence.close();
    await expect(persistence.close()).resolves.toBeUndefined();
  });

  it('What was acknowledged is there when the storage is opened again, unless it is one that forgets', async () => {
    const open = place();
    const [account, session] = [sampleAccount(), sampleSession()];
    const before = await open();
    await before.accounts.register(account);
    await before.sessions.add(session);
    await before.close();
    const after = await open();
    expect(await after.accounts.find(account.id)).toEqual(keepsAfterRestart ? account : undefined);
    expect(await after.sessions.list(session.accountId)).toEqual(keepsAfterRestart ? [session] : []);
  });
}
