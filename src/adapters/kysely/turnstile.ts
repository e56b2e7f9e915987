import { Outage } from '../../domain/outage.ts';

/** Lets one through at a time, in the order they came, and sends away who has waited too long. */
export class Turnstile {
  #isTaken = false;
  readonly #waiting = new Set<() => void>();

  async enter(patience: number): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return;
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.add(turn.resolve);
    const timer = setTimeout(() => {
      this.#waiting.delete(turn.resolve);
      turn.reject(new Outage('storage-unavailable', 'The storage is too busy at the moment.'));
    }, patience);
    await turn.promise.finally(() => clearTimeout(timer));
  }

  leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#isTaken = false;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
