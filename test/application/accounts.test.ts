import { describe, expect, it, vi } from 'vitest';
import { CheckKeyRing, UnknownKeys } from '../../src/application/check-key-ring.ts';
import { CheckReadiness } from '../../src/application/check-readiness.ts';
import { ImportProfile } from '../../src/application/import-profile.ts';
import { LogIn } from '../../src/application/log-in.ts';
import { ReadAccount } from '../../src/application/read-account.ts';
import { RotateSessionKeys } from '../../src/application/rotate-session-keys.ts';
import { UpdateProfile } from '../../src/application/update-profile.ts';
import { StaleAccount } from '../../src/domain/account/account-repository.ts';
import type { AccountId, AppId } from '../../src/domain/account/account.ts';
import { Outage } from '../../src/domain/outage.ts';
import { Secret } from '../../src/domain/secret.ts';
import { SessionKeyStale } from '../../src/domain/session/mini-program-gateway.ts';
import { NotAuthenticated } from '../../src/domain/session/session.ts';
import { sampleAccount } from '../support/samples.ts';
import { stage, vaultOf } from '../support/stage.ts';

async function loggedIn(user = 'alice') {
  const on = stage();
  const { accountId } = await new LogIn(on).execute(on.gateway.issueCode(user), null);
  return { ...on, accountId };
}

describe('read account', () => {
  it("shows the account, and the same person's in sibling apps", async () => {
    const on = await loggedIn('union-alice');
    const account = (await on.accounts.find(on.accountId))!;
    const { id } = await on.accounts.register(sampleAccount({ unionid: account.unionid, appid: 'wx-b' as AppId }));
    expect(await new ReadAccount(on).execute(on.accountId)).toEqual({ account, linkedIds: [id] });
  });

  it('does not join accounts that have no unionid', async () => {
    const on = await loggedIn();
    await on.accounts.register(sampleAccount());
    expect(await new ReadAccount(on).execute(on.accountId)).toMatchObject({ linkedIds: [] });
  });

  it('is refused where the account is gone', async () => {
    await expect(new ReadAccount(stage()).execute('gone' as AccountId)).rejects.toThrow(NotAuthenticated);
  });
});

describe('update profile', () => {
  it('changes what is named, and writes nothing when nothing changes', async () => {
    const on = await loggedIn();
    const update = new UpdateProfile(on);
    const save = vi.spyOn(on.accounts, 'save');
    expect((await update.execute(on.accountId, { nickName: 'Alice' })).profile.nickName).toBe('Alice');
    await update.execute(on.accountId, { nickName: 'Alice' });
    await update.execute(on.accountId, {});
    expect(save).toHaveBeenCalledOnce();
    await expect(update.execute('gone' as AccountId, {})).rejects.toThrow(NotAuthenticated);
  });

  it('loses no change of many at once', async () => {
    const on = await loggedIn();
    const update = new UpdateProfile(on);
    const changes = [{ nickName: 'Alice' }, { avatarUrl: 'https://a' }, { city: 'Shenzhen' }, { country: 'CN' }];
    await Promise.all(changes.map((change) => update.execute(on.accountId, change)));
    expect((await on.accounts.find(on.accountId))?.profile).toMatchObject(Object.assign({}, ...changes) as object);
  });

  it('gives up where it never gets through', async () => {
    const on = await loggedIn();
    vi.spyOn(on.accounts, 'save').mockRejectedValue(new StaleAccount());
    const doomed = new UpdateProfile(on).execute(on.accountId, { nickName: 'Alice' });
    await expect(doomed).rejects.toMatchObject({ code: 'storage-contended' });
  });
});

describe('import profile', () => {
  it('takes over what WeChat sealed for this user', async () => {
    const on = await loggedIn();
    const envelope = on.gateway.seal('alice', { profile: { nickName: '韩梅梅', gender: 2 } });
    expect((await new ImportProfile(on).execute(on.accountId, envelope)).profile).toMatchObject({
      nickName: '韩梅梅',
      gender: 2,
    });
    expect((await on.accounts.find(on.accountId))?.profile.nickName).toBe('韩梅梅');
  });

  it('refuses what was sealed for somebody else, although it can be opened', async () => {
    const on = await loggedIn();
    const data = { openid: 'o-bob' as never, profile: { nickName: 'Bob' } };
    vi.spyOn(on.gateway, 'openUserData').mockReturnValue(data);
    const imported = new ImportProfile(on).execute(on.accountId, on.gateway.seal('alice'));
    await expect(imported).rejects.toThrow(SessionKeyStale);
    expect((await on.accounts.find(on.accountId))?.profile.nickName).toBeNull();
  });

  it('asks for a new login when WeChat has moved on to another session key, and heals with it', async () => {
    const on = await loggedIn();
    on.gateway.renewSessionKey('alice');
    const envelope = on.gateway.seal('alice', { profile: { nickName: 'Alice' } });
    await expect(new ImportProfile(on).execute(on.accountId, envelope)).rejects.toThrow(SessionKeyStale);
    await new LogIn(on).execute(on.gateway.issueCode('alice'), null);
    expect((await new ImportProfile(on).execute(on.accountId, envelope)).profile.nickName).toBe('Alice');
  });

  it('asks for a new login when the stored session key cannot be opened', async () => {
    const on = await loggedIn();
    const importProfile = new ImportProfile({ ...on, vault: vaultOf('k9') });
    await expect(importProfile.execute(on.accountId, on.gateway.seal('alice'))).rejects.toThrow(SessionKeyStale);
  });
});

describe('the key ring', () => {
  it('is checked against what is stored', async () => {
    const on = await loggedIn();
    await expect(new CheckKeyRing({ ...on, vault: vaultOf('k2', 'k1') }).execute()).resolves.toBeUndefined();
    const check = new CheckKeyRing({ ...on, vault: vaultOf('k2') }).execute();
    await expect(check).rejects.toThrow(UnknownKeys);
    await expect(check).rejects.toThrow(/: k1\. Put them back/);
  });

  it('is not taken in by another key under the same id', async () => {
    const on = await loggedIn();
    const account = (await on.accounts.find(on.accountId))!;
    await on.accounts.save({
      ...account,
      sessionKey: { ...vaultOf('k9').seal(new Secret('x'), account), keyId: 'k1' },
    });
    await expect(new CheckKeyRing(on).execute()).rejects.toThrow(UnknownKeys);
  });

  it('is rotated in batches, without losing a key', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const users = Array.from({ length: 450 }, (_, n) => `user${n}`);
    await Promise.all(users.map((user) => logIn.execute(on.gateway.issueCode(user), null)));
    const rotated = { ...on, vault: vaultOf('k2', 'k1') };
    const progress: number[] = [];
    const onProgress = ({ resealed }: { resealed: number }) => void progress.push(resealed);
    expect(await new RotateSessionKeys(rotated).execute({ onProgress })).toEqual({
      resealed: 450,
      unreadable: [],
      keyIds: ['k2'],
    });
    expect(progress).toEqual([200, 400, 450]);
    expect(await on.accounts.sessionKeyIds()).toEqual(['k2']);
    const later = { ...on, vault: vaultOf('k2') };
    const { accountId } = await new LogIn(later).execute(on.gateway.issueCode('user7'), null);
    expect(await on.accounts.find(accountId)).toMatchObject({ version: 2 });
    expect(await new RotateSessionKeys(rotated).execute()).toEqual({ resealed: 0, unreadable: [], keyIds: ['k2'] });
  });

  it('does not undo a login that comes in between', async () => {
    const on = await loggedIn();
    const rotated = { ...on, vault: vaultOf('k2', 'k1') };
    const save = on.accounts.save.bind(on.accounts);
    vi.spyOn(on.accounts, 'save').mockImplementationOnce(async (account) => {
      on.gateway.renewSessionKey('alice');
      await new LogIn(on).execute(on.gateway.issueCode('alice'), null);
      return save(account);
    });
    expect(await new RotateSessionKeys(rotated).execute()).toEqual({ resealed: 1, unreadable: [], keyIds: ['k2'] });
    const envelope = on.gateway.seal('alice', { profile: { nickName: 'Alice' } });
    await expect(new ImportProfile(rotated).execute(on.accountId, envelope)).resolves.toBeDefined();
  });
});

describe('a session key that no key of the ring opens', () => {
  async function damaged() {
    const on = await loggedIn();
    const { accountId: bob } = await new LogIn(on).execute(on.gateway.issueCode('bob'), null);
    const account = (await on.accounts.find(on.accountId))!;
    await on.accounts.save({ ...account, sessionKey: { keyId: 'k1', box: 'ZGFtYWdlZA==' } });
    return { ...on, bob, vault: vaultOf('k2', 'k1') };
  }

  it('is named and left alone by a rotation, which does the rest', async () => {
    const on = await damaged();
    expect(await new RotateSessionKeys(on).execute()).toMatchObject({ resealed: 1, unreadable: [on.accountId] });
    expect(await on.accounts.find(on.bob)).toMatchObject({ sessionKey: { keyId: 'k2' } });
    expect((await on.accounts.sessionKeyIds()).toSorted()).toEqual(['k1', 'k2']);
  });

  it('is forgotten on demand, and healed by the next login of its user', async () => {
    const on = await damaged();
    const wish = { forgetUnreadable: true };
    const forgetting = await new RotateSessionKeys(on).execute(wish);
    expect(forgetting).toEqual({ resealed: 1, unreadable: [on.accountId], keyIds: ['k2'] });
    expect(await on.accounts.sessionKeyIds()).toEqual(['k2']);
    const envelope = on.gateway.seal('alice');
    await expect(new ImportProfile(on).execute(on.accountId, envelope)).rejects.toThrow(SessionKeyStale);
    await new LogIn(on).execute(on.gateway.issueCode('alice'), null);
    await expect(new ImportProfile(on).execute(on.accountId, envelope)).resolves.toBeDefined();
  });
});

describe('readiness', () => {
  it('is given by a storage that answers', async () => {
    await expect(new CheckReadiness({ persistence: { ping: async () => {} } }).execute()).resolves.toBeUndefined();
  });

  it('is not given by one that fails', async () => {
    const ping = () => Promise.reject(new Outage('storage-unavailable', 'down'));
    await expect(new CheckReadiness({ persistence: { ping } }).execute()).rejects.toThrow('down');
  });

  it('is not given by one that never answers', async () => {
    vi.useFakeTimers();
    const ready = new CheckReadiness({ persistence: { ping: () => new Promise(() => {}) } }).execute();
    const refused = ready.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await refused).toMatchObject({ code: 'storage-unavailable' });
    vi.useRealTimers();
  });
});
