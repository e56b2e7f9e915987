import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../src/domain/account/account.ts';
import { DAY, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { SessionRepository } from '../../src/domain/session/session-repository.ts';
import type { Session, SessionId } from '../../src/domain/session/session.ts';
import type { TokenDigest } from '../../src/domain/session/token-issuer.ts';
import { NOON, sampleSession } from '../support/samples.ts';

/** What SessionRepository promises, a case for every sentence. */
export function sessionRepositoryContract(open: () => Promise<SessionRepository>): void {
  async function openWith(...kept: Session[]): Promise<SessionRepository> {
    const sessions = await open();
    for (const session of kept) await sessions.add(session);
    return sessions;
  }

  describe('add and find', () => {
    it('is found by its digest as it was added', async () => {
      const session = sampleSession({ device: null });
      const sessions = await openWith(session);
      expect(await sessions.findByDigest(session.tokenDigest)).toEqual(session);
    });

    it('Answers the session of the digest, or undefined when there is none', async () => {
      const [one, other] = [sampleSession(), sampleSession()];
      const sessions = await openWith(one, other);
      expect(await sessions.findByDigest(other.tokenDigest)).toEqual(other);
      expect(await sessions.findByDigest('none' as TokenDigest)).toBeUndefined();
    });
  });

  describe('list', () => {
    it('Answers all sessions of the account and no others, newest first', async () => {
      const accountId = 'a1' as AccountId;
      const older = sampleSession({ accountId });
      const newer = sampleSession({ accountId, createdAt: later(NOON, SECOND) });
      const sessions = await openWith(older, newer, sampleSession());
      expect(await sessions.list(accountId)).toEqual([newer, older]);
      expect(await sessions.list('nobody' as AccountId)).toEqual([]);
    });
  });

  describe('touch', () => {
    const seen = (session: Session, after: number): Session => ({
      ...session,
      lastSeenAt: later(NOON, after),
      idleExpiresAt: later(NOON, after + DAY),
    });

    it('Writes when the session was last seen and when it ends by idleness', async () => {
      const session = sampleSession();
      const sessions = await openWith(session);
      await sessions.touch(seen(session, MINUTE));
      expect(await sessions.findByDigest(session.tokenDigest)).toEqual(seen(session, MINUTE));
    });

    it('Does not bring a revoked session back', async () => {
      const session = sampleSession();
      const sessions = await openWith(session);
      await sessions.revoke(session.accountId, session.id);
      await sessions.touch(seen(session, MINUTE));
      expect(await sessions.findByDigest(session.tokenDigest)).toBeUndefined();
      expect(await sessions.list(session.accountId)).toEqual([]);
    });

    it('Does not move last-seen back in time', async () => {
      const session = sampleSession();
      const sessions = await openWith(session);
      await sessions.touch(seen(session, 2 * MINUTE));
      await sessions.touch(seen(session, MINUTE));
      expect(await sessions.findByDigest(session.tokenDigest)).toEqual(seen(session, 2 * MINUTE));
    });
  });

  describe('revoke', () => {
    it('Ends the session of the account at once and answers true', async () => {
      const session = sampleSession();
      const sessions = await openWith(session);
      expect(await sessions.revoke(session.accountId, session.id)).toBe(true);
      expect(await sessions.findByDigest(session.tokenDigest)).toBeUndefined();
    });

    it('Answers false, and ends nothing, for a session of another account or none', async () => {
      const session = sampleSession();
      const sessions = await openWith(session);
      expect(await sessions.revoke('another' as AccountId, session.id)).toBe(false);
      expect(await sessions.revoke(session.accountId, 'none' as SessionId)).toBe(false);
      expect(await sessions.findByDigest(session.tokenDigest)).toEqual(session);
    });

    it('Ends all sessions of the account and of nobody else', async () => {
      const accountId = 'a1' as AccountId;
      const other = sampleSession();
      const sessions = await openWith(sampleSession({ accountId }), sampleSession({ accountId }), other);
      await sessions.revokeAll(accountId);
      expect(await sessions.list(accountId)).toEqual([]);
      expect(await sessions.list(other.accountId)).toEqual([other]);
    });
  });

  describe('keepLatest', () => {
    const accountId = 'a1' as AccountId;

    it("Ends all sessions of the account but the one that began last, and nobody else's", async () => {
      const [earlier, middle, last] = [0, 1, 2].map((n) => sampleSession({ accountId, createdAt: later(NOON, n) }));
      const stranger = sampleSession();
      const sessions = await openWith(earlier!, last!, middle!, stranger);
      await sessions.keepLatest(accountId);
      await sessions.keepLatest(accountId);
      expect(await sessions.list(accountId)).toEqual([last]);
      expect(await sessions.list(stranger.accountId)).toEqual([stranger]);
    });

    it('Of two that began at the same instant the greater id counts as the later', async () => {
      const [lesser, greater] = (['s1', 's2'] as SessionId[]).map((id) => sampleSession({ accountId, id }));
      const sessions = await openWith(greater!, lesser!);
      await sessions.keepLatest(accountId);
      expect(await sessions.list(accountId)).toEqual([greater]);
    });

    it('Of many that begin at once and each keep the latest, one is left and never none', async () => {
      const sessions = await open();
      for (let round = 0; round < 20; round += 1) {
        const begin = async () => {
          await sessions.add(sampleSession({ accountId, createdAt: later(NOON, round) }));
          await sessions.keepLatest(accountId);
        };
        await Promise.all(Array.from({ length: 20 }, begin));
        expect(await sessions.list(accountId)).toHaveLength(1);
      }
    });
  });

  describe('removeExpired', () => {
    it('Removes at most `limit` sessions that were over by then, answers how many, and touches no living one', async () => {
      const over = Array.from({ length: 3 }, () => sampleSession({ idleExpiresAt: later(NOON, MINUTE) }));
      const alive = sampleSession({ idleExpiresAt: later(NOON, MINUTE + 1) });
      const sessions = await openWith(...over, alive);
      const then = later(NOON, MINUTE);
      expect(await sessions.removeExpired(then, 2)).toBe(2);
      expect(await sessions.removeExpired(then, 2)).toBe(1);
      expect(await sessions.removeExpired(then, 2)).toBe(0);
      expect(await sessions.findByDigest(alive.tokenDigest)).toEqual(alive);
    });
  });
}
