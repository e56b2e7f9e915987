import { compactTime } from '../../adapters/wechat/protocol/compact-time.ts';

/** `yyyy-MM-dd HH:mm:ss`, UTC+8. */
export const clockTime = (time: Date): string =>
  compactTime(time).replace(/(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/, '$1-$2-$3 $4:$5:$6');
