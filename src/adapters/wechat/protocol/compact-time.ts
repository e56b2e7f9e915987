/** WeChat's wall clock, wherever the server stands. */
const OFFSET = 8 * 3_600_000;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** `yyyyMMddHHmmss`, UTC+8; milliseconds are cut off. Years that need more than four digits are refused. */
export function compactTime(time: Date): string {
  const iso = new Date(time.getTime() + OFFSET).toISOString();
  if (iso.length !== '2014-11-11T17:00:43.000Z'.length) throw new RangeError('a year of more than four digits');
  return iso.slice(0, 19).replaceAll(/\D/g, '');
}

/** The inverse: undefined for whatever is no real second of that clock, such as 30 February or 24:00:00. */
export function readCompactTime(text: string): Date | undefined {
  if (!COMPACT.test(text)) return undefined;
  const time = new Date(text.replace(COMPACT, '$1-$2-$3T$4:$5:$6+08:00'));
  if (Number.isNaN(time.getTime())) return undefined;
  return compactTime(time) === text ? time : undefined;
}

const DASHED = /^\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/**
 * `yyyy-MM-dd HH:mm:ss`, by the same clock, as bills, comments and refunds have it; undefined for what is no real second.
 * A bill has a million of them.
 */
export function readDashedTime(text: string): Date | undefined {
  if (!DASHED.test(text)) return undefined;
  const time = Date.parse(`${text.slice(0, 10)}T${text.slice(11)}+08:00`);
  // The 30th of February would be read as a day of March.
  const isReal = new Date(time + OFFSET).getUTCDate() === Number(text.slice(8, 10));
  return isReal ? new Date(time) : undefined;
}
