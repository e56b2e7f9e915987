import { describe, expect, it } from 'vitest';
import type { CallCounter } from '../../src/domain/throttle.ts';

interface Place {
  /** Answers how to open one and the same storage, as often as is wanted. */
  readonly place: () => () => Promise<{ callCounter(name: string): CallCounter }>;
  readonly keepsAfterRestart: boolean;
  /** Why this server cannot be held to counting every one of many calls at once. */
  readonly cannotJudgeContention?: string | undefined;
}

/** What CallCounter promises, a case for every sentence. */
export function callCounterContract({ place, keepsAfterRestart, cannotJudgeContention }: Place): void {
  describe('count', () => {
    it('Counts one more call of the key and answers how many there were in its minute', async () => {
      const counter = (await place()()).callCounter('login');
      for (let call = 1; call <= 5; call += 1) {
        const { calls, resetsIn } = await counter.count('a');
        expect(calls).toBe(call);
        expect(resetsIn).toBeGreaterThan(50_000);
        expect(resetsIn).toBeLessThanOrEqual(60_000);
      }
    });

    it('Keys do not count against each other', async () => {
      const counter = (await place()()).callCounter('login');
      for (const key of ['a', 'b', 'a:b', '2001:db8::/64', '李雷']) expect((await counter.count(key)).calls).toBe(1);
      expect((await counter.count('b')).calls).toBe(2);
    });

    it('Counters of different names do not count against each other', async () => {
      const storage = await place()();
      await storage.callCounter('login').count('a');
      expect((await storage.callCounter('api').count('a')).calls).toBe(1);
    });

    it('What one instance counts, another that shares the storage counts on', async () => {
      const open = place();
      const [one, other] = [(await open()).callCounter('login'), (await open()).callCounter('login')];
      await one.count('a');
      expect((await other.count('a')).calls).toBe(keepsAfterRestart ? 2 : 1);
    });

    it('Of many calls at once, every one is counted', async ({ skip }) => {
      skip(cannotJudgeContention !== undefined, cannotJudgeContention);
      const counter = (await place()()).callCounter('login');
      const counts = await Promise.all(Array.from({ length: 50 }, () => counter.count('a')));
      expect(counts.map(({ calls }) => calls).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, n) => n + 1),
      );
    });
  });
}
