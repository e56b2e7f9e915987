import { compactTime, readCompactTime } from '../../../adapters/wechat/protocol/compact-time.ts';

const LENGTH = 24 * 60 * 60_000;
/** Bills and comments are kept for three months. */
export const KEPT = 93 * LENGTH;

/** A day of WeChat's clock, UTC+8: from its first moment to the first of the next. */
export interface Day {
  readonly start: number;
  readonly end: number;
}

/** From `yyyyMMdd`; undefined for what is no day. */
export function readDay(text: string): Day | undefined {
  const start = readCompactTime(`${text}000000`)?.getTime();
  return start === undefined ? undefined : { start, end: start + LENGTH };
}

export const dateOf = (time: Date): string => compactTime(time).slice(0, 'yyyyMMdd'.length);

export const isIn = ({ start, end }: Day, time: Date): boolean => time.getTime() >= start && time.getTime() < end;
