import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../src/domain/account/account.ts';
import { changeProfile, EMPTY_PROFILE, sameProfile } from '../../src/domain/account/profile.ts';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { Secret } from '../../src/domain/secret.ts';
import { loginCode, LoginCodeInvalid } from '../../src/domain/session/login-code.ts';
import { isAlive, isWorthNoting, openSession, seenAt, type SessionId } from '../../src/domain/session/session.ts';
import type { TokenDigest } from '../../src/domain/session/token-issuer.ts';
import { NOON } from '../support/samples.ts';

const POLICY = { ttl: 30 * DAY, idleTtl: 7 * DAY, singleDevice: false };
const FRESH = { id: 's' as SessionId, accountId: 'a' as AccountId, tokenDigest: 'd' as TokenDigest, device: null };

describe('a session', () => {
  it('ends when it was idle for too long', () => {
    const session = openSession(FRESH, NOON, POLICY);
    expect(isAlive(session, later(NOON, 7 * DAY - 1))).toBe(true);
    expect(isAlive(session, later(NOON, 7 * DAY))).toBe(false);
  });

  it('is kept alive by use, but never beyond its absolute end', () => {
    let session = openSession(FRESH, NOON, POLICY);
    for (let day = 6; day <= 24; day += 6) session = seenAt(session, later(NOON, day * DAY), POLICY);
    expect(isAlive(session, later(NOON, 30 * DAY - 1))).toBe(true);
    expect(isAlive(session, later(NOON, 30 * DAY))).toBe(false);
    expect(session.idleExpiresAt).toEqual(session.expiresAt);
  });

  it('ends absolutely even where idleness is allowed for longer', () => {
    const session = openSession(FRESH, NOON, { ...POLICY, ttl: HOUR });
    expect(session.idleExpiresAt).toEqual(session.expiresAt);
    expect(isAlive(session, later(NOON, HOUR))).toBe(false);
  });

  it('is worth a write every five minutes, and sooner where idleness is short', () => {
    const session = openSession(FRESH, NOON, POLICY);
    expect(isWorthNoting(session, later(NOON, 5 * MINUTE - 1), POLICY)).toBe(false);
    expect(isWorthNoting(session, later(NOON, 5 * MINUTE), POLICY)).toBe(true);
    const short = { ...POLICY, idleTtl: 8 * SECOND };
    expect(isWorthNoting(session, later(NOON, 2 * SECOND), short)).toBe(true);
  });
});

describe('a login code', () => {
  it.each(['0', 'dev-alice', '0a1B_-', 'x'.repeat(128)])('may be %j', (code) => expect(loginCode(code)).toBe(code));

  it.each(['', 'x'.repeat(129), 'x&secret=', 'x y', 'x\n', 'ｘ', 'x%26', '../x', 'x=1', 'x#', 'x\u0000'])(
    'may not be %j',
    (code) => expect(() => loginCode(code)).toThrow(LoginCodeInvalid),
  );
});

describe('a profile', () => {
  it('keeps what a change does not name, and loses what it sets to null', () => {
    const profile = changeProfile(EMPTY_PROFILE, { nickName: 'Alice', city: 'Shenzhen' });
    expect(changeProfile(profile, { nickName: undefined, city: null })).toEqual({
      ...EMPTY_PROFILE,
      nickName: 'Alice',
    });
  });

  it('is the same as another when every field is', () => {
    expect(sameProfile(EMPTY_PROFILE, { ...EMPTY_PROFILE })).toBe(true);
    for (const field of Object.keys(EMPTY_PROFILE)) {
      expect(sameProfile(EMPTY_PROFILE, { ...EMPTY_PROFILE, [field]: 1 })).toBe(false);
    }
  });
});

describe('a secret', () => {
  it('is not seen by accident', () => {
    const secret = new Secret('hunter2');
    const shown = [
      String(secret),
      'text: '.concat(secret as never),
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
    ];
    for (const text of shown) expect(text).toContain('[secret]');
    for (const text of shown) expect(text).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });

  it('equals one of the same text only', () => {
    expect(new Secret('a').equals(new Secret('a'))).toBe(true);
    expect(new Secret('a').equals(new Secret('b'))).toBe(false);
  });
});
