import { SECOND } from '../../../domain/clock.ts';

const REST = 15 * SECOND;
const WINDOW = 30 * SECOND;
const LEAST_CALLS = 20;

/**
 * Lets nobody through for 15 seconds where at least half of at least 20 calls failed within 30 seconds.
 * Then one is let through and decides for the others. Its time is the process' own, which moves on steadily when
 * somebody sets the machine's clock.
 */
export class CircuitBreaker {
  #ended: { readonly at: number; readonly failed: boolean }[] = [];
  #openUntil: number | undefined;
  #isTrying = false;

  /** Answers whether a call may be made; whoever may has to say how it ended. */
  admits(): boolean {
    if (this.#openUntil === undefined) return true;
    if (this.#isTrying || performance.now() < this.#openUntil) return false;
    this.#isTrying = true;
    return true;
  }

  end(failed: boolean): void {
    const now = performance.now();
    if (this.#openUntil !== undefined) return this.#judge(failed, now);
    this.#ended = [...this.#ended.filter(({ at }) => now - at < WINDOW), { at: now, failed }];
    const failures = this.#ended.filter((call) => call.failed).length;
    if (this.#ended.length >= LEAST_CALLS && failures * 2 >= this.#ended.length) this.#open(now);
  }

  /** A call that was under way when the circuit opened has nothing more to say. */
  #judge(failed: boolean, now: number): void {
    if (!this.#isTrying) return;
    this.#isTrying = false;
    if (failed) this.#open(now);
    else this.#openUntil = undefined;
  }

  #open(now: number): void {
    this.#openUntil = now + REST;
    this.#ended = [];
  }
}

export const REST_SECONDS = REST / SECOND;
