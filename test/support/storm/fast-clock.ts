import type { Clock } from '../../../src/domain/clock.ts';

/** How time passes: from an instant on, so many times as fast as the wall's. */
export interface Pace {
  readonly since: number;
  readonly speed: number;
}

/** The time of all who share a pace, in milliseconds. It never goes back where the wall's does not. */
export const timeAt = ({ since, speed }: Pace, wall = Date.now()): number => since + (wall - since) * speed;

export const fastClock = (pace: Pace): Clock => ({ now: () => new Date(timeAt(pace)) });
