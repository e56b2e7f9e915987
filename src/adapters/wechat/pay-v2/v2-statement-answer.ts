import { busy, misconfigured, unreadable } from '../pay-client/outages.ts';
import type { PayStream } from '../pay-client/pay-stream.ts';
import { readFlatXml, UnreadableXml } from '../protocol/flat-xml.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';

/** A statement begins at its beginning; an answer in XML says in what way there is none. */
export type StatementAnswer =
  | { readonly kind: 'statement'; readonly head: Uint8Array; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-ready' };

const LONGEST_ERROR = 64 * 1024;

/** Throws an Outage for whatever says neither of these. */
export async function openStatement(stream: PayStream): Promise<StatementAnswer> {
  refuseStatus(stream.status);
  const chunks = stream.body[Symbol.asyncIterator]();
  const head = await firstOf(chunks);
  const bytes = goOn(head, chunks);
  if (!isXml(head)) return { kind: 'statement', head, bytes };
  return meaningOf(readError(await collected(bytes, LONGEST_ERROR)));
}

function refuseStatus(status: number): void {
  const why = `HTTP ${status}`;
  if (status === 429) throw busy(why, { isPassing: false });
  if (status === 503) throw busy(why, { isPassing: true });
  if (status !== 200) throw unreadable(why, { isPassing: status >= 500 });
}

/** Enough bytes to tell one kind of file from another. */
const ENOUGH = 4;

async function firstOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head = new Uint8Array();
  while (head.length < ENOUGH) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  if (head.length === 0) throw unreadable('an empty answer');
  return head;
}

/** Hangs up when its reader has had enough. */
async function* goOn(head: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}

const isXml = (head: Uint8Array): boolean => /^\uFEFF?\s*</.test(Buffer.from(head).toString());

/** Throws an Outage where there is more of it. */
export async function collected(bytes: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > most) throw unreadable('an endless answer');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readError(body: Buffer): V2Fields {
  try {
    return readFlatXml(body, 'xml', { maxBytes: LONGEST_ERROR });
  } catch (error) {
    throw error instanceof UnreadableXml ? unreadable(`XML: ${error.message}`) : error;
  }
}

/** Numbers and words in the same fields, and not the same ones for every statement. */
const WHERE = ['error_code', 'err_code', 'return_msg', 'err_code_des'] as const;

/** What WeChat says, in lower case: the first that fits counts, and its own pages spell them in more ways than one. */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: () => StatementAnswer])[] = [
  [/^20002$|no.?bill.?exist/, () => ({ kind: 'empty' })],
  [/^20003$|bill.?creating/, () => ({ kind: 'not-ready' })],
  [
    /^20100$|^system.?error$|compressgzip error/,
    () => {
      throw busy('error_code', { isPassing: true });
    },
  ],
  [
    /^frequency/,
    () => {
      throw busy('error_code', { isPassing: false });
    },
  ],
];

/** Anything else is wrong with what we asked or with how we are set up, which asking again does not mend. */
function meaningOf(fields: V2Fields): StatementAnswer {
  const words = WHERE.map((name) => (fields.get(name) ?? '').trim().toLowerCase());
  for (const [pattern, meaning] of MEANINGS) if (words.some((word) => pattern.test(word))) return meaning();
  const code = fields.get('error_code') || fields.get('err_code') || 'FAIL';
  throw misconfigured('error_code', /^[0-9A-Z_]{1,32}$/i.test(code) ? code : 'FAIL');
}
