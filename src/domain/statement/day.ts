import type { Brand } from '../brand.ts';
import { DAY, HOUR, later } from '../clock.ts';

/** A day of WeChat's calendar, which is that of UTC+8 wherever we are: `2026-11-21`. */
export type Day = Brand<string, 'Day'>;

const AHEAD = 8 * HOUR;

/** The day on which an instant falls. */
export const dayOf = (time: Date): Day => later(time, AHEAD).toISOString().slice(0, 10) as Day;

/** A day as it is written, or undefined for what is none: the 30th of February, or next to no text at all. */
export function readDay(text: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const start = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(text) ? (text as Day) : undefined;
}

export const startOf = (day: Day): Date => later(new Date(`${day}T00:00:00Z`), -AHEAD);
export const endOf = (day: Day): Date => later(startOf(day), DAY);
export const dayBefore = (day: Day): Day => dayOf(later(startOf(day), -1));

/** WeChat has the bill of a day ready by 10 in the morning of the day after. */
const READY = 10 * HOUR;

/** The last day whose bill WeChat has ready. */
export const lastBilledDay = (now: Date): Day => dayBefore(dayOf(later(now, -READY)));

/** The first day whose bill WeChat still has: it keeps them for three months. */
export function firstBilledDay(now: Date): Day {
  const first = new Date(`${dayOf(now)}T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() - 3);
  return first.toISOString().slice(0, 10) as Day;
}

export const dayAfter = (day: Day): Day => dayOf(endOf(day));
