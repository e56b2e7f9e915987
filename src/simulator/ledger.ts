import { Recent } from './recent.ts';

/** One call that was made to this WeChat. */
export interface LedgerEntry {
  readonly at: string;
  readonly call: string;
  readonly outcome: string;
  /** Of a call in version 3 of WeChat Pay's API. */
  readonly api?: 'v3';
}

/** What really happened here: tests compare with it what the server believes. */
export class Ledger {
  readonly #entries = new Recent<LedgerEntry>();
  readonly #counts = new Map<string, number>();

  note(call: string, outcome: string, api?: 'v3'): void {
    this.#entries.add({ at: new Date().toISOString(), call, outcome, ...(api && { api }) });
    const key = `${call} ${outcome}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  read(): { counts: Record<string, number>; calls: readonly LedgerEntry[] } {
    return { counts: Object.fromEntries(this.#counts), calls: this.#entries.all() };
  }
}
