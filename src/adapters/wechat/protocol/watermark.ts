import { UnreadableUserData } from './user-data.ts';

export interface WatermarkRule {
  /** Ours, to the letter. */
  readonly appid: string;
  readonly now: Date;
  /** How far the stamp may be from now, in milliseconds; Infinity takes any. */
  readonly maxAge: number;
}

/** Checks the stamp that WeChat puts into user data: `watermark: {appid, timestamp}`, the time in Unix seconds. */
export function checkWatermark(data: Record<string, unknown>, { appid, now, maxAge }: WatermarkRule): void {
  const { watermark } = data as { watermark?: { appid?: unknown; timestamp?: unknown } | null };
  if (watermark?.appid !== appid) throw new UnreadableUserData('watermark of another app');
  const { timestamp } = watermark;
  if (typeof timestamp !== 'number') throw new UnreadableUserData('watermark without a time');
  if (!(Math.abs(now.getTime() - timestamp * 1_000) <= maxAge)) throw new UnreadableUserData('watermark too old');
}
