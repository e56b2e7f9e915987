import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface Turns {
  readonly what: string;
  /** From the end of one turn to the start of the next, in milliseconds. */
  readonly every: number;
  /** Is told when it is to come to an end. */
  readonly turn: (signal: AbortSignal) => Promise<number>;
}

/** What is done again and again, without anybody asking. */
export class Recurring {
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Never two turns at once; one that fails is followed by another. */
  start(turns: Turns): void {
    this.#running.push(this.#run(turns));
  }

  /** No turn begins from now on, and those under way are told to end. */
  tellToStop(): void {
    this.#stopped.abort();
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run({ what, every, turn }: Turns): Promise<void> {
    const { signal } = this.#stopped;
    while (await passed(every, signal)) {
      try {
        this.#logger.debug({ what, count: await turn(signal) }, 'done');
      } catch (err) {
        this.#logger.warn({ err, what }, 'not done, for now');
      }
    }
  }
}

/** Answers false when it was stopped meanwhile. */
const passed = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  wait(milliseconds, true, { signal, ref: false }).catch(() => false);
