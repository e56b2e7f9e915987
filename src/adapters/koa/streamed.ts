import { Readable } from 'node:stream';
import type { Context } from './context.ts';

/**
 * Answers with text while it is still being made. Trouble with its first piece is an answer like any other trouble;
 * trouble later cuts the connection, so that nobody takes half of it for the whole.
 */
export async function streamed(ctx: Context, type: string, pieces: AsyncGenerator<string>): Promise<void> {
  const first = await pieces.next();
  ctx.type = type;
  ctx.body = Readable.from(beginningWith(first, pieces), { objectMode: false });
}

async function* beginningWith(
  first: IteratorResult<string, unknown>,
  pieces: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done) return;
  try {
    yield first.value;
    yield* pieces;
  } finally {
    await pieces.return(undefined);
  }
}
