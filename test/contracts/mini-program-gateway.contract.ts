import { describe, expect, it } from 'vitest';
import type { OpenId } from '../../src/domain/account/account.ts';
import type { ProfileChange } from '../../src/domain/account/profile.ts';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { Secret } from '../../src/domain/secret.ts';
import {
  type LoginCode,
  LoginCodeInvalid,
  LoginCodeUsed,
  LoginTooOften,
  LoginUserBlocked,
} from '../../src/domain/session/login-code.ts';
import {
  type MiniProgramGateway,
  SessionKeyStale,
  type UserDataEnvelope,
} from '../../src/domain/session/mini-program-gateway.ts';

export interface Seal {
  readonly profile?: ProfileChange;
  readonly appid?: string;
  /** How old the data is, in milliseconds. */
  readonly age?: number;
}

/** A gateway, and a hand on the WeChat behind it. Data may be five minutes old. */
export interface GatewayHarness {
  readonly gateway: MiniProgramGateway;
  readonly issueCode: (user: string) => Promise<LoginCode>;
  readonly block: (user: string) => Promise<void>;
  readonly wearOut: (user: string) => Promise<void>;
  readonly renewSessionKey: (user: string) => Promise<void>;
  readonly breakDown: () => Promise<void>;
  readonly seal: (user: string, seal?: Seal) => Promise<UserDataEnvelope>;
}

/** What MiniProgramGateway promises, a case for every sentence. */
export function miniProgramGatewayContract(open: () => Promise<GatewayHarness>): void {
  describe('exchangeCode', () => {
    it('Exchanges a login code for the identity of its user', async () => {
      const { gateway, issueCode } = await open();
      const identity = await gateway.exchangeCode(await issueCode('alice'));
      expect(identity.openid).toMatch(/^o/);
      expect(Buffer.from(identity.sessionKey.reveal(), 'base64')).toHaveLength(16);
      expect(JSON.stringify(identity)).not.toContain(identity.sessionKey.reveal());
    });

    it('Answers the same openid for every code of one user', async () => {
      const { gateway, issueCode } = await open();
      const users = ['alice', 'alice', 'bob'];
      const identities = [];
      for (const user of users) identities.push(await gateway.exchangeCode(await issueCode(user)));
      const [first, again, other] = identities.map(({ openid }) => openid);
      expect(again).toBe(first);
      expect(other).not.toBe(first);
    });

    it('Refuses an unknown code with LoginCodeInvalid', async () => {
      const { gateway } = await open();
      await expect(gateway.exchangeCode('unknown' as LoginCode)).rejects.toThrow(LoginCodeInvalid);
    });

    it('Refuses a code that was exchanged before with LoginCodeUsed', async () => {
      const { gateway, issueCode } = await open();
      const code = await issueCode('alice');
      await gateway.exchangeCode(code);
      await expect(gateway.exchangeCode(code)).rejects.toThrow(LoginCodeUsed);
    });

    it('Refuses a user whom WeChat holds for risky with LoginUserBlocked', async () => {
      const { gateway, issueCode, block } = await open();
      await block('mallory');
      await expect(gateway.exchangeCode(await issueCode('mallory'))).rejects.toThrow(LoginUserBlocked);
    });

    it('Refuses a user who comes too often with LoginTooOften', async () => {
      const { gateway, issueCode, wearOut } = await open();
      await wearOut('alice');
      await expect(gateway.exchangeCode(await issueCode('alice'))).rejects.toThrow(LoginTooOften);
    });

    it('Throws an Outage when WeChat gives no usable answer', async () => {
      const { gateway, issueCode, breakDown } = await open();
      const code = await issueCode('alice');
      await breakDown();
      await expect(gateway.exchangeCode(code)).rejects.toThrow(Outage);
    });
  });

  describe('openUserData', () => {
    const profile = { nickName: '韩梅梅', gender: 2 as const, city: 'Guangzhou' };

    async function loggedIn(): Promise<GatewayHarness & { openid: OpenId; key: Secret }> {
      const harness = await open();
      const { openid, sessionKey } = await harness.gateway.exchangeCode(await harness.issueCode('alice'));
      return { ...harness, openid, key: sessionKey };
    }

    it("Opens an envelope with its user's session key", async () => {
      const { gateway, key, openid, seal } = await loggedIn();
      const { encryptedData, iv, ...signed } = await seal('alice', { profile });
      const opened = { openid, profile: expect.objectContaining(profile) as unknown };
      expect(gateway.openUserData({ encryptedData, iv }, key)).toMatchObject(opened);
      expect(gateway.openUserData({ encryptedData, iv, ...signed }, key)).toMatchObject(opened);
    });

    it('Refuses an envelope that another session key sealed with SessionKeyStale', async () => {
      const { gateway, key, renewSessionKey, seal } = await loggedIn();
      await renewSessionKey('alice');
      const envelope = await seal('alice', { profile });
      expect(() => gateway.openUserData(envelope, key)).toThrow(SessionKeyStale);
    });

    it('Refuses an envelope that was cut short with SessionKeyStale', async () => {
      const { gateway, key, seal } = await loggedIn();
      const envelope = await seal('alice', { profile });
      const encryptedData = envelope.encryptedData.slice(0, -24);
      expect(() => gateway.openUserData({ ...envelope, encryptedData }, key)).toThrow(SessionKeyStale);
    });

    it('Refuses an envelope meant for another app with SessionKeyStale', async () => {
      const { gateway, key, seal } = await loggedIn();
      const envelope = await seal('alice', { profile, appid: 'wx0000000000000000' });
      expect(() => gateway.openUserData(envelope, key)).toThrow(SessionKeyStale);
    });

    it('Refuses an envelope older than the allowed age with SessionKeyStale', async () => {
      const { gateway, key, seal } = await loggedIn();
      const [fresh, stale] = [await seal('alice', { age: 4 * MINUTE }), await seal('alice', { age: HOUR })];
      expect(() => gateway.openUserData(fresh, key)).not.toThrow();
      expect(() => gateway.openUserData(stale, key)).toThrow(SessionKeyStale);
    });

    it('Refuses raw data that its signature does not fit with SessionKeyStale', async () => {
      const { gateway, key, seal } = await loggedIn();
      const envelope = await seal('alice', { profile });
      const forged = { ...envelope, rawData: '{"nickName":"Mallory"}' };
      expect(() => gateway.openUserData(forged, key)).toThrow(SessionKeyStale);
      expect(() => gateway.openUserData({ ...envelope, signature: '' }, key)).toThrow(SessionKeyStale);
    });
  });
}
