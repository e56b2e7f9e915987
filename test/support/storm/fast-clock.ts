import type { Clock } from '../../../src/domain/clock.ts';

/** How time passes: from an instant on, so many times as fast as the wall's. */
export interface Pace {
  readonly since: number;
  readonly speed: number;
}

const Wall = Date;

/** The time of all who share a pace, in milliseconds. It never goes back where the wall's does not. */
export const timeAt = ({ since, speed }: Pace, wall = Wall.now()): number => since + (wall - since) * speed;

export const fastClock = (pace: Pace): Clock => ({ now: () => new Wall(timeAt(pace)) });

/**
 * Makes this process go by that pace, for a simulator in it has no other clock than the process', and those who show each
 * other the time when they sign have to agree on it. Answers how to give the wall's back.
 */
export function hurry(pace: Pace): () => void {
  // Who asks for its name, as schemas do, is to hear the usual one.
  const hurried = class Date extends Wall {
    constructor(...given: unknown[]) {
      super(...((given.length > 0 ? given : [timeAt(pace)]) as [number]));
    }

    static override now(): number {
      return timeAt(pace);
    }

    /** A Date is one, whoever made it. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return Wall[Symbol.hasInstance](value);
    }
  };
  globalThis.Date = hurried as DateConstructor;
  return () => {
    globalThis.Date = Wall;
  };
}
