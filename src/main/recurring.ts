import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

interface Recurring {
  readonly what: string;
  /** From the end of one turn to the start of the next, in milliseconds. */
  readonly every: number;
  readonly turn: () => Promise<number>;
}

/** Does something again and again, never twice at once; a turn that fails is followed by another. */
export function startRecurring({ what, every, turn }: Recurring, logger: Logger): () => Promise<void> {
  const stopped = new AbortController();
  const running = (async () => {
    while (await passed(every, stopped.signal)) {
      try {
        logger.debug({ what, count: await turn() }, 'done');
      } catch (err) {
        logger.warn({ err, what }, 'not done, for now');
      }
    }
  })();
  return async () => {
    stopped.abort();
    await running;
  };
}

/** Answers false when it was stopped meanwhile. */
const passed = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  wait(milliseconds, true, { signal, ref: false }).catch(() => false);
