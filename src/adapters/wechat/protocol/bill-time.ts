const OFFSET = 8 * 3_600_000;
const SHAPE = /^\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** `yyyy-MM-dd HH:mm:ss` of UTC+8, as bills and comments write it; undefined for whatever is no real second. */
export function readBillTime(text: string): Date | undefined {
  if (!SHAPE.test(text)) return undefined;
  const time = Date.parse(`${text.slice(0, 10)}T${text.slice(11)}+08:00`);
  // The 30th of February would be read as a day of March.
  const isReal = new Date(time + OFFSET).getUTCDate() === Number(text.slice(8, 10));
  return isReal ? new Date(time) : undefined;
}
