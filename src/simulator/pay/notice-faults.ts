import type { NoticeFault } from './notice-wishes.ts';
import type { News } from './trade.ts';

interface Ordered {
  readonly fault: NoticeFault;
  left: number;
  /** The notices that a reordering has in its hands. */
  readonly held: News[];
}

/** What is to be done with a notice: send it as the fault says, or several, or none for now. */
export interface Taken {
  readonly fault: NoticeFault;
  readonly news: readonly News[];
}

/** The faults that were ordered and have not befallen a notice yet, in the order of their orders. */
export class NoticeFaults {
  #ordered: Ordered[] = [];

  order(fault: NoticeFault): void {
    this.#ordered.push({ fault, left: fault.reorder ?? fault.times, held: [] });
  }

  /** Lets the next fault that is meant for it befall the notice; undefined when there is none. */
  befall(news: News): Taken | undefined {
    const about = 'refund' in news ? 'refund' : 'payment';
    const next = this.#ordered.find(({ fault }) => (fault.about ?? about) === about);
    if (!next) return undefined;
    next.left -= 1;
    if (next.left === 0) this.#ordered.splice(this.#ordered.indexOf(next), 1);
    if (next.fault.reorder === undefined) return { fault: next.fault, news: [news] };
    next.held.push(news);
    return { fault: next.fault, news: next.left === 0 ? next.held.toReversed() : [] };
  }

  /** Forgets them all, and answers what they have held back. */
  clear(): readonly Taken[] {
    const ordered = this.#ordered;
    this.#ordered = [];
    return ordered.map(({ fault, held }) => ({ fault, news: held.toReversed() }));
  }
}
