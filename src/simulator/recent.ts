/** The newest of many things, so that a simulator that runs for days does not grow. */
export class Recent<Item> {
  readonly #kept: number;
  #items: Item[] = [];

  constructor(kept = 10_000) {
    this.#kept = kept;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > this.#kept) this.#items = this.#items.slice(-this.#kept / 2);
  }

  all(): readonly Item[] {
    return this.#items;
  }
}
