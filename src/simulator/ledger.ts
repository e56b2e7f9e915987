/** One call that was made to this WeChat. */
export interface LedgerEntry {
  readonly at: string;
  readonly call: string;
  readonly outcome: string;
}

const KEPT = 10_000;

/** What really happened here: tests compare with it what the server believes. */
export class Ledger {
  #entries: LedgerEntry[] = [];
  readonly #counts = new Map<string, number>();

  note(call: string, outcome: string): void {
    this.#entries.push({ at: new Date().toISOString(), call, outcome });
    if (this.#entries.length > KEPT) this.#entries = this.#entries.slice(-KEPT / 2);
    const key = `${call} ${outcome}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  read(): { counts: Record<string, number>; calls: readonly LedgerEntry[] } {
    return { counts: Object.fromEntries(this.#counts), calls: this.#entries };
  }
}
