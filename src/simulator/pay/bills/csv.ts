import { createHash } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';

const CHUNK = 64 * 1_024;
const NEW_LINE = '\r\n';
const BYTE_ORDER_MARK = '\uFEFF';

export const header = (names: readonly string[]): string => `${BYTE_ORDER_MARK}${heading(names)}`;

export const heading = (names: readonly string[]): string => `${names.join(',')}${NEW_LINE}`;

/** WeChat escapes nothing; it only sees to it that a row stays one line. */
export const row = (cells: readonly string[]): string =>
  `${cells.map((cell) => `\`${cell.replaceAll(/[\r\n]+/g, ' ')}`).join(',')}${NEW_LINE}`;

/** As fast as the reader reads, so that no bill is too long; other calls have their turns in between. */
export function streamOf(lines: Iterable<string>, isCompressed: boolean): Readable {
  const text = Readable.from(chunks(lines));
  // A reader who goes away is no error.
  return isCompressed ? pipeline(text, createGzip(), () => {}) : text;
}

/** In hex, over the file as it is before it is compressed. */
export async function sha1Of(lines: Iterable<string>): Promise<string> {
  const hash = createHash('sha1');
  for await (const chunk of chunks(lines)) hash.update(chunk);
  return hash.digest('hex');
}

async function* chunks(lines: Iterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
    await nextTurn();
  }
  if (chunk !== '') yield chunk;
}
