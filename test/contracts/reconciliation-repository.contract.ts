import { describe, expect, it } from 'vitest';
import { later, MINUTE } from '../../src/domain/clock.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import type { ReconciliationRepository } from '../../src/domain/statement/reconciliation-repository.ts';
import { MOST_DIFFERENCES_KEPT, type Reconciliation } from '../../src/domain/statement/reconciliation.ts';
import { NOON, sampleDifference, sampleReconciliation } from '../support/samples.ts';

/** With everything that may be null, and text that is easily broken. */
const DONE = {
  state: 'done',
  finishedAt: later(NOON, MINUTE),
  matched: 1_000_000,
  compared: 1_000_002,
  differenceCount: 2,
  failures: 2,
  differences: [
    sampleDifference(),
    sampleDifference({
      kind: 'refund-amount-differs',
      outTradeNo: `商户"'\\ $1 {} a.b`,
      transactionId: '4200000000000000000000000000',
      outRefundNo: '$r.1',
      there: 1,
      here: 0,
      healed: true,
    }),
  ],
} as const satisfies Partial<Reconciliation>;

/** What ReconciliationRepository promises, a case for every sentence. */
export function reconciliationRepositoryContract(open: () => Promise<ReconciliationRepository>): void {
  async function openWith(...begun: Reconciliation[]): Promise<ReconciliationRepository> {
    const reconciliations = await open();
    for (const reconciliation of begun) await reconciliations.begin(reconciliation);
    return reconciliations;
  }

  describe('begin', () => {
    it('Keeps a comparison whose day is new, and answers true', async () => {
      const reconciliations = await open();
      const [day, next] = [sampleReconciliation(), sampleReconciliation({ ...DONE, id: '2026-11-22' as Day })];
      expect(await reconciliations.begin(day)).toBe(true);
      expect(await reconciliations.begin(next)).toBe(true);
      expect(await reconciliations.find(day.id)).toEqual(day);
      expect(await reconciliations.find(next.id)).toEqual(next);
    });

    it('Answers false, and keeps the one there is, for a day that has one', async () => {
      const kept = sampleReconciliation();
      const reconciliations = await openWith(kept);
      expect(await reconciliations.begin(sampleReconciliation(DONE))).toBe(false);
      expect(await reconciliations.find(kept.id)).toEqual(kept);
      expect(await reconciliations.size()).toBe(1);
    });

    it('Of many at once for one day, one is kept', async () => {
      const reconciliations = await open();
      for (let round = 10; round < 20; round += 1) {
        const id = `2026-10-${round}` as Day;
        const candidates = Array.from({ length: 30 }, (_, n) => sampleReconciliation({ id, matched: n }));
        const begun = await Promise.all(candidates.map((candidate) => reconciliations.begin(candidate)));
        const won = candidates.filter((_, n) => begun[n]);
        expect(won).toHaveLength(1);
        expect(await reconciliations.find(id)).toEqual(won[0]);
      }
    });
  });

  describe('find', () => {
    it('Answers the comparison of the day as it was saved last, or undefined when there is none', async () => {
      const begun = sampleReconciliation();
      const reconciliations = await openWith(begun);
      await reconciliations.save({ ...begun, matched: 1 });
      await reconciliations.save({ ...begun, matched: 2, version: 2 });
      expect(await reconciliations.find(begun.id)).toEqual({ ...begun, matched: 2, version: 3 });
      expect(await reconciliations.find('2026-11-20' as Day)).toBeUndefined();
    });

    it('answers as many differences as are kept, in their order', async () => {
      const differences = Array.from({ length: MOST_DIFFERENCES_KEPT }, (_, n) => sampleDifference({ there: n }));
      const begun = sampleReconciliation();
      const reconciliations = await openWith(begun);
      expect(await reconciliations.save({ ...begun, differences, differenceCount: 5_000 })).toBe(true);
      expect(await reconciliations.find(begun.id)).toEqual({
        ...begun,
        differences,
        differenceCount: 5_000,
        version: 2,
      });
    });
  });

  describe('save', () => {
    it('Saves it with its next version and answers true', async () => {
      const [begun, other] = [sampleReconciliation(), sampleReconciliation({ id: '2026-11-20' as Day })];
      const reconciliations = await openWith(begun, other);
      const done = { ...begun, ...DONE, startedAt: later(NOON, 1), lockedUntil: later(NOON, 2) };
      expect(await reconciliations.save(done)).toBe(true);
      expect(await reconciliations.find(begun.id)).toEqual({ ...done, version: 2 });
      expect(await reconciliations.save({ ...begun, version: 2 })).toBe(true);
      expect(await reconciliations.find(begun.id)).toEqual({ ...begun, version: 3 });
      expect(await reconciliations.find(other.id)).toEqual(other);
    });

    it('Answers false, and saves nothing, when the version is no longer the one that was read', async () => {
      const begun = sampleReconciliation();
      const reconciliations = await openWith(begun);
      await reconciliations.save({ ...begun, matched: 1 });
      expect(await reconciliations.save({ ...begun, ...DONE })).toBe(false);
      expect(await reconciliations.save({ ...begun, ...DONE, version: 3 })).toBe(false);
      expect(await reconciliations.find(begun.id)).toEqual({ ...begun, matched: 1, version: 2 });
      expect(await reconciliations.save(sampleReconciliation({ id: '2026-11-20' as Day }))).toBe(false);
      expect(await reconciliations.size()).toBe(1);
    });

    it('Of many saves at once over one version, exactly one goes through', async () => {
      let read = sampleReconciliation();
      const reconciliations = await openWith(read);
      for (let round = 1; round <= 10; round += 1) {
        const contenders = Array.from({ length: 30 }, (_, n) => ({ ...read, matched: round, compared: n }));
        const saved = await Promise.all(contenders.map((contender) => reconciliations.save(contender)));
        const won = contenders.filter((_, n) => saved[n]);
        expect(won).toHaveLength(1);
        read = (await reconciliations.find(read.id))!;
        expect(read).toEqual({ ...won[0], version: round + 1 });
      }
    });
  });
}
