import { randomInt } from 'node:crypto';

export interface Comment {
  /** Its place among all comments of all merchants, so that some in between are not this one's. */
  readonly offset: number;
  readonly at: Date;
  readonly transactionId: string;
  readonly stars: number;
  readonly text: string;
}

/** What payers said of their orders. */
export class Comments {
  readonly #all: Comment[] = [];

  add(comment: Omit<Comment, 'offset'>): Comment {
    const added = { ...comment, offset: (this.#all.at(-1)?.offset ?? 0) + randomInt(1, 10) };
    this.#all.push(added);
    return added;
  }

  /** Those of the time, after that offset, and no more of them than so many. */
  read(time: { from: Date; to: Date }, after: number, limit: number): readonly Comment[] {
    const found = this.#all.filter(({ at, offset }) => offset > after && at >= time.from && at <= time.to);
    return found.slice(0, limit);
  }
}
