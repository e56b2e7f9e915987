import { begun } from '../bills/begun.ts';
import { collected } from '../bills/collected.ts';
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
  const { head, bytes } = await begun(stream.body);
  if (!isXml(head)) return { kind: 'statement', head, bytes };
  return meaningOf(readError(await collected(bytes, LONGEST_ERROR)));
}

function refuseStatus(status: number): void {
  const why = `HTTP ${status}`;
  if (status === 429) throw busy(why, { isPassing: false });
  if (status === 503) throw busy(why, { isPassing: true });
  if (status !== 200) throw unreadable(why, { isPassing: status >= 500 });
}

const isXml = (head: Uint8Array): boolean => /^\uFEFF?\s*</.test(Buffer.from(head).toString());

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
