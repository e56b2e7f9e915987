import type { Context } from 'koa';

export const REQUEST_LIMIT = 64 * 1_024;

/** The body under any content type or none. One that is too long is read to its end, to be answered, but not kept. */
export async function requestBytes(ctx: Context): Promise<Buffer | 'too long'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= REQUEST_LIMIT) chunks.push(chunk);
  }
  return size > REQUEST_LIMIT ? 'too long' : Buffer.concat(chunks);
}
