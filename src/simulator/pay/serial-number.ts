import { randomInt } from 'node:crypto';
import { compactTime } from '../../adapters/wechat/protocol/compact-time.ts';

/** Never the same twice: by its serial in one run, and by eight drawn digits in another. */
export const serialNumber = (prefix: string, serial: number, at: Date): string =>
  `${prefix}${String(randomInt(1e8)).padStart(8, '0')}${compactTime(at).slice(0, 8)}${String(serial).padStart(8, '0')}`;
