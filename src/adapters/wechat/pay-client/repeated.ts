import { setTimeout as wait } from 'node:timers/promises';
import { faultOf } from './pay-fault.ts';

const MOST_REPEATS = 2;
const BASE_PAUSE = 200;

/**
 * Tries again what failed with a fault that may pass, at most twice, after pauses of full jitter.
 * Everything together ends with the deadline.
 */
export async function repeated<Answer>(
  deadline: number,
  attempt: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(deadline);
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await attempt(signal);
    } catch (error) {
      const isWorthIt = repeats < MOST_REPEATS && faultOf(error)?.isPassing === true;
      if (!isWorthIt || !(await paused(repeats, signal))) throw error;
    }
  }
}

/** Answers whether there is time left. */
async function paused(repeats: number, signal: AbortSignal): Promise<boolean> {
  const pause = Math.random() * BASE_PAUSE * 2 ** repeats;
  return wait(pause, true, { signal }).catch(() => false);
}
