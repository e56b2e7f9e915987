import { type Clock, DAY, later } from '../domain/clock.ts';
import type { IdempotencyRepository } from '../domain/idempotency/idempotency-repository.ts';

interface Needs {
  readonly idempotency: IdempotencyRepository;
  readonly clock: Clock;
}

const BATCH = 500;
const KEPT_FOR = 3 * DAY;

/** Forgets the requests that nobody will repeat any more. */
export class SweepRequests {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(): Promise<number> {
    const { clock, idempotency } = this.#needs;
    const oldest = later(clock.now(), -KEPT_FOR);
    let removed = 0;
    for (;;) {
      const batch = await idempotency.removeOlderThan(oldest, BATCH);
      removed += batch;
      if (batch < BATCH) return removed;
    }
  }
}
