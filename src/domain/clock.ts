/** Where the time comes from. The domain never looks at a clock of its own. */
export interface Clock {
  now(): Date;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const later = (time: Date, milliseconds: number): Date => new Date(time.getTime() + milliseconds);

/** Lets so many milliseconds pass, or fewer when the signal says so. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;
