/** WeChat's wall clock, wherever the server stands. */
const OFFSET = 8 * 3_600_000;
const SHAPE =
  /^(\d{4}-\d\d-(\d\d))T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d{1,9})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** `yyyy-MM-ddTHH:mm:ss+08:00`; milliseconds are cut off. */
export const rfc3339 = (time: Date): string => `${new Date(time.getTime() + OFFSET).toISOString().slice(0, 19)}+08:00`;

/** A second of RFC 3339 in whatever zone; what it has of a second's parts is let go. Undefined for what is no real one. */
export function readRfc3339(text: string): Date | undefined {
  const [, date, day, time, zone] = SHAPE.exec(text) ?? [];
  // The 30th of February would be read as a day of March.
  if (!date || new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(day)) return undefined;
  return new Date(`${date}T${time}${zone}`);
}
