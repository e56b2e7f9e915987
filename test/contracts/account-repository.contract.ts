import { describe, expect, it } from 'vitest';
import { type AccountRepository, StaleAccount } from '../../src/domain/account/account-repository.ts';
import type { AccountId, AppId, UnionId } from '../../src/domain/account/account.ts';
import { later } from '../../src/domain/clock.ts';
import { NOON, sampleAccount } from '../support/samples.ts';

/** What AccountRepository promises, a case for every sentence. */
export function accountRepositoryContract(open: () => Promise<AccountRepository>): void {
  describe('register', () => {
    it('Keeps the account and answers it', async () => {
      const accounts = await open();
      const account = sampleAccount({ unionid: 'u1' as UnionId });
      expect(await accounts.register(account)).toEqual(account);
      expect(await accounts.find(account.id)).toEqual(account);
    });

    it('Answers the account that is already kept for the same appid and openid, unchanged', async () => {
      const accounts = await open();
      const first = await accounts.register(sampleAccount());
      const second = sampleAccount({ openid: first.openid, sessionKey: { keyId: 'k2', box: 'b3RoZXI=' } });
      expect(await accounts.register(second)).toEqual(first);
      expect(await accounts.find(first.id)).toEqual(first);
      expect(await accounts.find(second.id)).toBeUndefined();
    });

    it('Of many first logins at once, one account is kept and everybody is answered that one', async () => {
      const accounts = await open();
      for (let round = 0; round < 20; round += 1) {
        const { openid } = sampleAccount();
        const candidates = Array.from({ length: 50 }, () => sampleAccount({ openid }));
        const answers = await Promise.all(candidates.map((candidate) => accounts.register(candidate)));
        expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
        const kept = await Promise.all(candidates.map(({ id }) => accounts.find(id)));
        expect(kept.filter(Boolean)).toEqual([answers[0]]);
      }
    });

    it('Keeps the same openid of two apps as two accounts', async () => {
      const accounts = await open();
      const one = await accounts.register(sampleAccount());
      const other = sampleAccount({ openid: one.openid, appid: 'wx-another' as AppId });
      expect(await accounts.register(other)).toEqual(other);
      expect(await accounts.find(one.id)).toEqual(one);
    });
  });

  describe('find', () => {
    it('Answers the account as it was saved last, or undefined when there is none', async () => {
      const accounts = await open();
      const account = await accounts.register(sampleAccount());
      const profile = { ...account.profile, nickName: '李雷🧋', gender: 2 as const };
      const saved = await accounts.save({ ...account, profile });
      expect(await accounts.find(account.id)).toEqual(saved);
      expect(await accounts.find('nobody' as AccountId)).toBeUndefined();
    });
  });

  describe('findByUnionid', () => {
    it('Answers the ids of all accounts that share the unionid, oldest first, and of no others', async () => {
      const accounts = await open();
      const unionid = 'u-shared' as UnionId;
      const younger = await accounts.register(sampleAccount({ unionid, createdAt: later(NOON, 1) }));
      const older = await accounts.register(sampleAccount({ unionid, appid: 'wx-another' as AppId }));
      await accounts.register(sampleAccount({ unionid: 'u-other' as UnionId }));
      await accounts.register(sampleAccount());
      expect(await accounts.findByUnionid(unionid)).toEqual([older.id, younger.id]);
      expect(await accounts.findByUnionid('u-none' as UnionId)).toEqual([]);
    });
  });

  describe('save', () => {
    it('Saves unionid, profile and session key, and answers the account with its next version', async () => {
      const accounts = await open();
      const account = await accounts.register(sampleAccount());
      const changed = {
        ...account,
        unionid: 'u2' as UnionId,
        profile: { ...account.profile, nickName: 'Han Meimei', city: null },
        sessionKey: { keyId: 'k2', box: 'bmV3' },
      };
      expect(await accounts.save(changed)).toEqual({ ...changed, version: account.version + 1 });
    });

    it('Throws StaleAccount when the version is no longer the one that was read', async () => {
      const accounts = await open();
      const read = await accounts.register(sampleAccount());
      const saved = await accounts.save({ ...read, unionid: 'u1' as UnionId });
      await expect(accounts.save({ ...read, unionid: 'u2' as UnionId })).rejects.toThrow(StaleAccount);
      expect(await accounts.find(read.id)).toEqual(saved);
    });

    it('Of many saves at once over one version, exactly one goes through', async () => {
      const accounts = await open();
      let read = await accounts.register(sampleAccount());
      for (let round = 0; round < 100; round += 1) {
        const saves = Array.from({ length: 50 }, (_, contender) =>
          accounts.save({ ...read, unionid: `u${round}-${contender}` as UnionId }),
        );
        const won = (await Promise.allSettled(saves)).filter(({ status }) => status === 'fulfilled');
        expect(won).toHaveLength(1);
        read = (await accounts.find(read.id))!;
        expect(won[0]).toMatchObject({ value: read });
      }
    });

    it('Throws StaleAccount for an account that was never registered', async () => {
      const accounts = await open();
      const stranger = sampleAccount();
      await expect(accounts.save(stranger)).rejects.toThrow(StaleAccount);
      expect(await accounts.find(stranger.id)).toBeUndefined();
    });
  });

  describe('session keys', () => {
    it('Answers the ids of all keys that stored session keys are sealed under, each once', async () => {
      const accounts = await open();
      expect(await accounts.sessionKeyIds()).toEqual([]);
      for (const keyId of ['k1', 'k2', 'k1'])
        await accounts.register(sampleAccount({ sessionKey: { keyId, box: 'eA==' } }));
      expect((await accounts.sessionKeyIds()).toSorted()).toEqual(['k1', 'k2']);
    });

    it('Answers one of the accounts whose session key is sealed under this key, or undefined when there is none', async () => {
      const accounts = await open();
      await accounts.register(sampleAccount({ sessionKey: { keyId: 'k1', box: 'eA==' } }));
      const other = await accounts.register(sampleAccount({ sessionKey: { keyId: 'k2', box: 'eA==' } }));
      expect(await accounts.findSealedUnderKey('k2')).toEqual(other);
      expect(await accounts.findSealedUnderKey('k3')).toBeUndefined();
    });

    it('Answers at most `limit` accounts whose session key is sealed under another key than this, by their ids', async () => {
      const accounts = await open();
      const sealedUnder = (keyId: string) => accounts.register(sampleAccount({ sessionKey: { keyId, box: 'eA==' } }));
      const old = [await sealedUnder('k1'), await sealedUnder('k0'), await sealedUnder('k1')];
      await sealedUnder('k2');
      const byId = old.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(await accounts.findSealedUnderOtherKey('k2', 10)).toEqual(byId);
      expect(await accounts.findSealedUnderOtherKey('k2', 2)).toEqual(byId.slice(0, 2));
    });

    it('Begins behind the id `after`, where one is given', async () => {
      const accounts = await open();
      const old = [await accounts.register(sampleAccount()), await accounts.register(sampleAccount())];
      const [first, second] = old.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(await accounts.findSealedUnderOtherKey('k2', 10, first!.id)).toEqual([second]);
      expect(await accounts.findSealedUnderOtherKey('k2', 10, second!.id)).toEqual([]);
    });
  });
}
