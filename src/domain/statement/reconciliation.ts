import { later, MINUTE } from '../clock.ts';
import type { Day } from './day.ts';

/** In what way the bill of a day and our orders are not the same. */
export type DifferenceKind =
  /** WeChat has a payment of an order that is not paid here; asking WeChat makes it paid. */
  | 'paid-there-only'
  /** Paid here, and no line of the bill knows of it. */
  | 'paid-here-only'
  | 'amount-differs'
  /** A payment of an order that we have never had. */
  | 'unknown-order'
  /** WeChat has a refund that the order here does not have, or has otherwise. */
  | 'refund-there-only'
  | 'refund-here-only'
  | 'refund-amount-differs';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly outTradeNo: string;
  readonly transactionId: string | null;
  readonly outRefundNo: string | null;
  /** Fen, on either side; null where there is nothing. */
  readonly there: number | null;
  readonly here: number | null;
  /** It was put right while comparing: it needs nobody. */
  readonly healed: boolean;
}

/** A day's comparison of WeChat's bill with our orders (对账). */
export interface Reconciliation {
  readonly id: Day;
  /** It has failed where its bill was of no use too often: nothing goes on until somebody wants it made again. */
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Until then whoever runs it is at work; later somebody else may take it over. */
  readonly lockedUntil: Date;
  /** Lines of the bill that agree with our orders. */
  readonly matched: number;
  /** How many of the bill's lines have been compared: an interrupted run goes on behind them. */
  readonly compared: number;
  readonly differences: readonly Difference[];
  /** How many there are, should they be too many to keep. */
  readonly differenceCount: number;
  /** How often the bill was cut, could not be read, or was not what its own sums say. */
  readonly failures: number;
  /** Counts the saves; a save only goes over the version that was read. */
  readonly version: number;
}

export const MOST_DIFFERENCES_KEPT = 1_000;

export const lockedFrom = (now: Date): Date => later(now, 5 * MINUTE);

export const beginReconciliation = (day: Day, now: Date): Reconciliation => ({
  id: day,
  state: 'running',
  startedAt: now,
  finishedAt: null,
  lockedUntil: lockedFrom(now),
  matched: 0,
  compared: 0,
  differences: [],
  differenceCount: 0,
  failures: 0,
  version: 1,
});

/** All of it anew, over the version there is: whoever is still at work on that one saves no more. */
export const beginAgain = ({ id, version }: Reconciliation, now: Date): Reconciliation => ({
  ...beginReconciliation(id, now),
  version,
});

/** What a stretch of a bill came to. */
export interface Comparison {
  readonly matched: number;
  readonly compared: number;
  readonly differences: readonly Difference[];
  /** Where there are more than these. */
  readonly differenceCount?: number;
}

/** Whoever has come so far is at work for some more minutes. */
export function comparedMore(reconciliation: Reconciliation, more: Comparison, now: Date): Reconciliation {
  const differences = [...reconciliation.differences, ...more.differences].slice(0, MOST_DIFFERENCES_KEPT);
  return {
    ...reconciliation,
    lockedUntil: lockedFrom(now),
    matched: reconciliation.matched + more.matched,
    compared: reconciliation.compared + more.compared,
    differences,
    differenceCount: reconciliation.differenceCount + (more.differenceCount ?? more.differences.length),
  };
}

export const finishReconciliation = (reconciliation: Reconciliation, now: Date): Reconciliation => ({
  ...reconciliation,
  state: 'done',
  finishedAt: now,
  lockedUntil: now,
});

/** One bad copy of a bill may be followed by a good one; so many are not waited out. */
export const MOST_FAILURES = 3;

/** The bill was of no use, so nothing of it counts: the next one begins with the first line, or nobody any more. */
export function failOnce(reconciliation: Reconciliation, now: Date): Reconciliation {
  const { startedAt, failures } = reconciliation;
  const failed = { ...beginAgain(reconciliation, now), startedAt, failures: failures + 1, lockedUntil: now };
  return failed.failures < MOST_FAILURES ? failed : { ...failed, state: 'failed', finishedAt: now };
}
