import type { Day } from '../domain/statement/day.ts';
import type { ReconciliationRepository } from '../domain/statement/reconciliation-repository.ts';
import type { Reconciliation } from '../domain/statement/reconciliation.ts';
import { ReconciliationNotFound } from '../domain/statement/statement-refusals.ts';

/** Finds what the comparison of a day has come to, or has come to so far. */
export class FindReconciliation {
  readonly #reconciliations: ReconciliationRepository;

  constructor({ reconciliations }: { readonly reconciliations: ReconciliationRepository }) {
    this.#reconciliations = reconciliations;
  }

  async execute(day: Day): Promise<Reconciliation> {
    const found = await this.#reconciliations.find(day);
    if (!found) throw new ReconciliationNotFound();
    return found;
  }
}
