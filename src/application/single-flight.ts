/** Lets callers who come with one key while its work is under way share that work and its outcome. */
export class SingleFlight<Key, Result> {
  readonly #underWay = new Map<Key, Promise<Result>>();

  run(key: Key, work: () => Promise<Result>): Promise<Result> {
    const joined = this.#underWay.get(key);
    if (joined) return joined;
    const started = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, started);
    return started;
  }
}
