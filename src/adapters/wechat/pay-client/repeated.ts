import { setTimeout as wait } from 'node:timers/promises';
import { faultOf } from './pay-fault.ts';

const BASE_PAUSE = 200;

/**
 * Tries again what failed with a fault that may pass, so often at most, after pauses of full jitter.
 * Everything together ends with the deadline.
 */
export async function repeated<Answer>(
  { deadline, mostRepeats }: { readonly deadline: number; readonly mostRepeats: number },
  attempt: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(deadline);
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await attempt(signal);
    } catch (error) {
      const isWorthIt = repeats < mostRepeats && faultOf(error)?.isPassing === true;
      if (!isWorthIt || !(await paused(repeats, signal))) throw error;
    }
  }
}

/** Answers whether there is time left. */
async function paused(repeats: number, signal: AbortSignal): Promise<boolean> {
  const pause = Math.random() * BASE_PAUSE * 2 ** repeats;
  return wait(pause, true, { signal }).catch(() => false);
}
