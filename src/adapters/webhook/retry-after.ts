import { SECOND } from '../../domain/clock.ts';

/** How long a receiver wants to be left alone, in milliseconds: it may say it in seconds or as a time. */
export function retryAfterIn(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  if (/^\d+$/.test(header)) return Number(header) * SECOND;
  const until = Date.parse(header);
  return Number.isNaN(until) ? null : Math.max(0, until - now.getTime());
}
