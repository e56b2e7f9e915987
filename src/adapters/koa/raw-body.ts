import { HttpMethodEnum, koaBody } from 'koa-body';
import type { Context } from './context.ts';
import { HttpFault } from './http-fault.ts';

export const KIB = 1024;

/**
 * Reads the body as the bytes that came, whatever their type says they are.
 * koa-body hands out text, so we ask for latin1, in which every byte is one character, and turn it back.
 */
export function rawBody(limit: number): (ctx: Context) => Promise<Buffer> {
  const read = koaBody({
    json: false,
    urlencoded: false,
    multipart: false,
    text: true,
    textTypes: ['*/*'],
    encoding: 'latin1',
    textLimit: limit,
    includeUnparsed: true,
    parsedMethods: [HttpMethodEnum.POST, HttpMethodEnum.PUT, HttpMethodEnum.PATCH],
  });
  return async (ctx) => {
    if (ctx.get('Content-Encoding') !== '')
      throw new HttpFault('unsupported-media-type', 'Send the body uncompressed.');
    // koa-body leaves a body unread whose type it does not understand; we read bytes, of whatever type.
    ctx.req.headers['content-type'] = 'application/octet-stream';
    await read(ctx, async () => {}).catch((error: unknown) => {
      throw bodyFault(error, limit);
    });
    const text: unknown = (ctx.request as { rawBody?: unknown }).rawBody;
    return Buffer.from(typeof text === 'string' ? text : '', 'latin1');
  };
}

/** The parser's error is let go: it may quote the body. */
function bodyFault(error: unknown, limit: number): HttpFault {
  const { status } = error as { status?: number };
  if (status === 413) return new HttpFault('payload-too-large', `The body is larger than ${limit / KIB} KiB.`);
  return new HttpFault('malformed-request', 'The body could not be read to its end.');
}
