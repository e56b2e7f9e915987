import { SECOND } from '../../../domain/clock.ts';

const MOST_FAILURES = 5;

/**
 * At most five calls that fail reach WeChat within any second: of refunds it takes six, and then none at all for a while.
 * Nobody knows beforehand which will fail, so that a call under way counts as one that does.
 */
export class ErrorBudget {
  #underWay = 0;
  #failedAt: readonly number[] = [];

  /** Answers undefined, with nothing done, where there is nothing left. */
  async spend<Answer>(call: () => Promise<Answer>, isWell: (answer: Answer) => boolean): Promise<Answer | undefined> {
    if (this.#spent() >= MOST_FAILURES) return undefined;
    let well = false;
    this.#underWay += 1;
    try {
      const answer = await call();
      well = isWell(answer);
      return answer;
    } finally {
      this.#underWay -= 1;
      if (!well) this.#failedAt = [...this.#failedAt, performance.now()];
    }
  }

  #spent(): number {
    const now = performance.now();
    this.#failedAt = this.#failedAt.filter((at) => now - at < SECOND);
    return this.#underWay + this.#failedAt.length;
  }
}
