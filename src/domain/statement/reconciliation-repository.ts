import type { Shelf } from '../shelf.ts';
import type { Day } from './day.ts';
import type { Reconciliation } from './reconciliation.ts';

/** Keeps what the comparisons of the days came to. */
export interface ReconciliationRepository extends Shelf<Reconciliation> {
  /**
   * Keeps a comparison whose day is new, and answers true.
   * Answers false, and keeps the one there is, for a day that has one.
   * Of many at once for one day, one is kept.
   */
  begin(reconciliation: Reconciliation): Promise<boolean>;

  /** Answers the comparison of the day as it was saved last, or undefined when there is none. */
  find(day: Day): Promise<Reconciliation | undefined>;

  /**
   * Saves it with its next version and answers true.
   * Answers false, and saves nothing, when the version is no longer the one that was read.
   * Of many saves at once over one version, exactly one goes through.
   */
  save(reconciliation: Reconciliation): Promise<boolean>;
}
