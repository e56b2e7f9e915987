import { describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { IdempotencyRepository } from '../../src/domain/idempotency/idempotency-repository.ts';
import type { KeyedRequest } from '../../src/domain/idempotency/keyed-request.ts';
import { NOON, sampleKeyedRequest } from '../support/samples.ts';

const ANSWER = { status: 201, body: '{"description":"奶茶🧋 \\"é\\""}\n' };

/** What IdempotencyRepository promises, a case for every sentence. */
export function idempotencyRepositoryContract(open: () => Promise<IdempotencyRepository>): void {
  /** What is kept under the id, by the only question there is. */
  const kept = (requests: IdempotencyRepository, { id }: KeyedRequest) => requests.begin(sampleKeyedRequest({ id }));

  async function openWith(...begun: KeyedRequest[]): Promise<IdempotencyRepository> {
    const requests = await open();
    for (const request of begun) await requests.begin(request);
    return requests;
  }

  describe('begin', () => {
    it('Keeps a request whose id is new, and answers undefined', async () => {
      const requests = await open();
      const request = sampleKeyedRequest({ id: `merchant's "shop" POST /v1/🧋 \\` });
      expect(await requests.begin(request)).toBeUndefined();
      expect(await kept(requests, request)).toEqual(request);
      expect(await requests.begin(sampleKeyedRequest())).toBeUndefined();
    });

    it('Answers the request that is already kept under the id, unchanged', async () => {
      const request = sampleKeyedRequest();
      const requests = await openWith(request);
      const again = sampleKeyedRequest({ id: request.id, digest: 'another', lockedUntil: later(NOON, MINUTE) });
      expect(await requests.begin(again)).toEqual(request);
      expect(await requests.begin(again)).toEqual(request);
      expect(await requests.size()).toBe(1);
    });

    it('Of many at once under one id, one is kept and the others are answered that one', async () => {
      const requests = await open();
      for (let round = 0; round < 10; round += 1) {
        const { id } = sampleKeyedRequest();
        const candidates = Array.from({ length: 50 }, () => sampleKeyedRequest({ id }));
        const answers = await Promise.all(candidates.map((candidate) => requests.begin(candidate)));
        const won = candidates.filter((_, n) => answers[n] === undefined);
        expect(won).toHaveLength(1);
        expect(answers.filter(Boolean)).toEqual(Array(49).fill(won[0]));
      }
    });
  });

  describe('relock', () => {
    it('Moves the lock of an unfinished request on and answers true', async () => {
      const [request, other] = [sampleKeyedRequest(), sampleKeyedRequest()];
      const requests = await openWith(request, other);
      const lockedUntil = later(NOON, MINUTE);
      expect(await requests.relock(request, lockedUntil)).toBe(true);
      expect(await kept(requests, request)).toEqual({ ...request, lockedUntil });
      expect(await kept(requests, other)).toEqual(other);
    });

    it('Answers false, and moves nothing, when the lock is no longer the one that was read or the request is finished', async () => {
      const [moved, finished, unknown] = [sampleKeyedRequest(), sampleKeyedRequest(), sampleKeyedRequest()];
      const requests = await openWith(moved, finished);
      const lockedUntil = later(NOON, MINUTE);
      await requests.relock(moved, lockedUntil);
      await requests.finish(finished, ANSWER);
      expect(await requests.relock(moved, later(NOON, 2 * MINUTE))).toBe(false);
      expect(await requests.relock(finished, lockedUntil)).toBe(false);
      expect(await requests.relock(unknown, lockedUntil)).toBe(false);
      expect(await kept(requests, moved)).toEqual({ ...moved, lockedUntil });
      expect(await kept(requests, finished)).toEqual({ ...finished, answer: ANSWER });
      expect(await requests.size()).toBe(2);
    });

    it('Of many at once over one lock, exactly one moves it', async () => {
      let request = sampleKeyedRequest();
      const requests = await openWith(request);
      for (let round = 1; round <= 10; round += 1) {
        const moves = Array.from({ length: 50 }, (_, n) => later(NOON, round * MINUTE + n));
        const moved = await Promise.all(moves.map((until) => requests.relock(request, until)));
        const won = moves.filter((_, n) => moved[n]);
        expect(won).toHaveLength(1);
        request = (await kept(requests, request))!;
        expect(request.lockedUntil).toEqual(won[0]);
      }
    });
  });

  describe('finish', () => {
    it('Keeps the answer, to be answered again', async () => {
      const [request, other] = [sampleKeyedRequest(), sampleKeyedRequest()];
      const requests = await openWith(request, other);
      await requests.finish(request, ANSWER);
      expect(await kept(requests, request)).toEqual({ ...request, answer: ANSWER });
      expect(await kept(requests, other)).toEqual(other);
    });

    it('Keeps no answer of whoever has lost the lock', async () => {
      const request = sampleKeyedRequest();
      const requests = await openWith(request);
      const relocked = { ...request, lockedUntil: later(NOON, MINUTE) };
      await requests.relock(request, relocked.lockedUntil);
      await requests.finish(request, { status: 503, body: '' });
      expect(await kept(requests, request)).toEqual(relocked);
      await requests.finish(relocked, ANSWER);
      await requests.finish(request, { status: 503, body: '' });
      expect(await kept(requests, request)).toEqual({ ...relocked, answer: ANSWER });
    });
  });

  describe('removeOlderThan', () => {
    it('Removes at most `limit` requests that were begun before that time, and answers how many', async () => {
      const old = Array.from({ length: 3 }, () => sampleKeyedRequest());
      const young = sampleKeyedRequest({ createdAt: later(NOON, SECOND) });
      const requests = await openWith(...old, young);
      await requests.finish(old[0]!, ANSWER);
      const then = young.createdAt;
      expect(await requests.removeOlderThan(then, 2)).toBe(2);
      expect(await requests.removeOlderThan(then, 2)).toBe(1);
      expect(await requests.removeOlderThan(then, 2)).toBe(0);
      expect(await requests.page('', 10)).toEqual([young]);
      expect(await requests.begin(old[0]!)).toBeUndefined();
    });
  });
}
