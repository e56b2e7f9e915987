import { Refusal } from './refusal.ts';

export class TooManyRequests extends Refusal {
  readonly code = 'too-many-requests';

  constructor(retryAfterSeconds: number) {
    super('Too many requests. Wait a little and try again.', { retryAfterSeconds });
  }
}

/** Keeps one caller from taking more than a fair share. */
export interface Throttle {
  /**
   * Admits as many calls of a key as the limit allows in its window.
   * Refuses the one after that with TooManyRequests, which says in how many seconds to come again.
   * Keys do not count against each other.
   */
  admit(key: string): Promise<void>;
}
