import { unreadable } from '../pay-client/outages.ts';

interface Begun {
  /** Its first bytes, to tell what kind of file it is. */
  readonly head: Uint8Array;
  /** All of it, the head as well. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Throws an Outage where there is not a byte. */
export async function begun(stream: AsyncIterable<Uint8Array>): Promise<Begun> {
  const chunks = stream[Symbol.asyncIterator]();
  const head = await firstOf(chunks);
  return { head, bytes: goOn(head, chunks) };
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
