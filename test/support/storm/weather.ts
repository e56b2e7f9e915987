/** Something that happens to everybody as soon as so many orders are begun. */
export interface Blow {
  readonly after: number;
  readonly strike: () => Promise<unknown>;
}

/** So many of a kind, evenly over all the orders. */
export const evenly = (count: number, orders: number, strike: (n: number) => Promise<unknown>): Blow[] =>
  Array.from({ length: count }, (_, n) => ({
    after: Math.ceil(((n + 1) * orders) / (count + 1)),
    strike: () => strike(n),
  }));

/** All that is to happen, in its order. */
export class Weather {
  readonly #blows: Blow[];
  readonly #underWay: Promise<unknown>[] = [];

  constructor(blows: readonly Blow[]) {
    this.#blows = blows.toSorted((one, other) => one.after - other.after);
  }

  heed(begun: number): void {
    while (this.#blows.length > 0 && this.#blows[0]!.after <= begun) this.#begin(this.#blows.shift()!);
  }

  /** Whatever has not happened by then happens now. */
  async finish(): Promise<void> {
    this.heed(Infinity);
    await Promise.all(this.#underWay);
  }

  #begin({ strike }: Blow): void {
    const blow = strike();
    // What goes wrong is told by finish().
    blow.catch(() => {});
    this.#underWay.push(blow);
  }
}
