import { setTimeout as wait } from 'node:timers/promises';
import type { Pause } from '../../domain/clock.ts';

export const pause: Pause = async (milliseconds, signal) => {
  await wait(milliseconds, undefined, { signal }).catch(() => {});
};
