import type { Day } from '../../domain/statement/day.ts';
import type { ReconciliationRepository } from '../../domain/statement/reconciliation-repository.ts';
import type { Reconciliation } from '../../domain/statement/reconciliation.ts';
import { pageOf } from './page-of.ts';

/** Comparisons in a Map by their days. Nothing awaits between a look and a write, so every step is atomic. */
export class MemoryReconciliationRepository implements ReconciliationRepository {
  readonly #reconciliations = new Map<Day, Reconciliation>();

  async begin(reconciliation: Reconciliation): Promise<boolean> {
    if (this.#reconciliations.has(reconciliation.id)) return false;
    this.#keep(reconciliation);
    return true;
  }

  async find(day: Day): Promise<Reconciliation | undefined> {
    return structuredClone(this.#reconciliations.get(day));
  }

  async save(reconciliation: Reconciliation): Promise<boolean> {
    const { id, version } = reconciliation;
    if (this.#reconciliations.get(id)?.version !== version) return false;
    this.#keep({ ...reconciliation, version: version + 1 });
    return true;
  }

  async page(after: string, limit: number): Promise<Reconciliation[]> {
    return structuredClone(pageOf(this.#reconciliations, after, limit));
  }

  async restore(reconciliations: readonly Reconciliation[]): Promise<void> {
    for (const reconciliation of reconciliations) this.#keep(reconciliation);
  }

  async size(): Promise<number> {
    return this.#reconciliations.size;
  }

  #keep(reconciliation: Reconciliation): void {
    this.#reconciliations.set(reconciliation.id, structuredClone(reconciliation));
  }
}
