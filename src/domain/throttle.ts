import { SECOND } from './clock.ts';
import { Refusal } from './refusal.ts';

export class TooManyRequests extends Refusal {
  readonly code = 'too-many-requests';

  constructor(retryAfterSeconds: number) {
    super('Too many requests. Wait a little and try again.', { retryAfterSeconds });
  }
}

/** How often a key has called in the minute that is running for it. */
export interface CallCount {
  /** The call that was just counted included. */
  readonly calls: number;
  /** When the minute is over, in milliseconds from now. */
  readonly resetsIn: number;
}

/** Counts calls, each key in minutes of its own that begin with its first call. */
export interface CallCounter {
  /**
   * Counts one more call of the key and answers how many there were in its minute.
   * Keys do not count against each other.
   * Counters of different names do not count against each other.
   * What one instance counts, another that shares the storage counts on.
   * Of many calls at once, every one is counted.
   */
  count(key: string): Promise<CallCount>;
}

/** Keeps one caller from taking more than a fair share. */
export interface Throttle {
  /** Refuses a call beyond the limit with TooManyRequests, which says when to come again. */
  admit(key: string): Promise<void>;
}

export class PerMinute implements Throttle {
  readonly #most: number;
  readonly #counter: CallCounter;

  constructor(most: number, counter: CallCounter) {
    this.#most = most;
    this.#counter = counter;
  }

  async admit(key: string): Promise<void> {
    const { calls, resetsIn } = await this.#counter.count(key);
    if (calls > this.#most) throw new TooManyRequests(Math.max(1, Math.ceil(resetsIn / SECOND)));
  }
}

/** Admits everybody: for where something in front of us does the counting. */
export const NO_LIMIT: Throttle = { admit: async () => {} };
