import { type Clock, later, type Pause, SECOND } from '../domain/clock.ts';
import type { LoggedEvent } from '../domain/order/event-log.ts';
import type { ReadEvents } from './read-events.ts';

interface Needs {
  readonly readEvents: Pick<ReadEvents, 'execute'>;
  readonly pause: Pause;
  readonly clock: Clock;
}

export interface Waiting {
  readonly after: string;
  readonly limit: number;
  /** For how many seconds at most. */
  readonly seconds: number;
  /** Is told when nobody waits any more. */
  readonly signal: AbortSignal;
}

/**
 * Answers the events behind a place in the log as soon as there are any, and none when the time is over. It looks once a
 * second: whichever instance writes the next event, nobody has to be told.
 */
export class WaitForEvents {
  readonly #needs: Needs;
  readonly #ended = new AbortController();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute({ after, limit, seconds, signal }: Waiting): Promise<LoggedEvent[]> {
    const { clock, pause, readEvents } = this.#needs;
    const end = later(clock.now(), seconds * SECOND);
    const over = AbortSignal.any([signal, this.#ended.signal]);
    for (let left = seconds; ; left -= 1) {
      const page = await readEvents.execute(after, limit);
      // Looking takes time, too; and a clock may be set back.
      if (page.length > 0 || left <= 0 || clock.now() >= end || over.aborted) return page;
      await pause(SECOND, over);
    }
  }

  /** Everybody who waits is answered at once, and nobody waits from now on. */
  end(): void {
    this.#ended.abort();
  }
}
