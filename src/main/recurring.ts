import type { Logger } from 'pino';
import type { SweepSessions } from '../application/sweep-sessions.ts';

/** Removes dead sessions now and then; a sweep that fails is tried again at the next turn. */
export function startSweeper(sweep: SweepSessions, every: number, logger: Logger): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  const turn = async () => {
    try {
      logger.debug({ removed: await sweep.execute() }, 'swept sessions');
    } catch (err) {
      logger.warn({ err }, 'sessions were not swept');
    }
  };
  const timer = setInterval(() => {
    underWay = turn();
  }, every);
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
