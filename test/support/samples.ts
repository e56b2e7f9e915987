import { randomUUID } from 'node:crypto';
import {
  type Account,
  type AccountId,
  type AppId,
  openAccount,
  type OpenId,
} from '../../src/domain/account/account.ts';
import { DAY, later } from '../../src/domain/clock.ts';
import type { Session, SessionId } from '../../src/domain/session/session.ts';
import type { TokenDigest } from '../../src/domain/session/token-issuer.ts';

/** A moment for tests that need one; everything in them is counted from here. */
export const NOON = new Date('2026-11-22T04:00:00.000Z');

export const APPID = 'wx4f4bc4dec97d474b' as AppId;

export function sampleAccount(differences: Partial<Account> = {}): Account {
  const fresh = openAccount({
    id: randomUUID() as AccountId,
    appid: APPID,
    openid: `o${randomUUID()}` as OpenId,
    unionid: null,
    sessionKey: { keyId: 'k1', box: 'c2VhbGVk' },
    createdAt: NOON,
  });
  return { ...fresh, ...differences };
}

export function sampleSession(differences: Partial<Session> = {}): Session {
  return {
    id: randomUUID() as SessionId,
    accountId: randomUUID() as AccountId,
    tokenDigest: randomUUID() as string as TokenDigest,
    device: 'a phone',
    createdAt: NOON,
    lastSeenAt: NOON,
    expiresAt: later(NOON, 30 * DAY),
    idleExpiresAt: later(NOON, 7 * DAY),
    ...differences,
  };
}
