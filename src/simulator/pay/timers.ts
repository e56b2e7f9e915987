/** What is to be done later, unless everything ends first. */
export class Timers {
  readonly #waiting = new Set<NodeJS.Timeout>();
  #isClosed = false;

  /** How much waits for its time. */
  get size(): number {
    return this.#waiting.size;
  }

  after(wait: number, work: () => Promise<void> | void): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      void work();
    }, wait);
    this.#waiting.add(timer);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
  }
}
