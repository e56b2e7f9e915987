import { HttpFault } from './http-fault.ts';

/**
 * Turns work away while `most` of it is under way: late answers for all would be worse.
 * Waiting for a body is no work, or a few slow senders could keep everybody out.
 */
export class InFlight {
  readonly #most: number;
  #underWay = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async run<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    if (this.#underWay >= this.#most) {
      throw new HttpFault('overloaded', 'Too much is going on at the moment.', { headers: { 'Retry-After': '1' } });
    }
    this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
    }
  }
}
