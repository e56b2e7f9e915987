import type { Context, Next } from 'koa';
import { z } from 'zod';
import { Refused } from './refused.ts';
import { requestBytes } from './request-bytes.ts';

/** Takes JSON under any content type, as curl sends it, and no body for an empty one. */
export async function controlBody(ctx: Context, next: Next): Promise<void> {
  const bytes = await requestBytes(ctx);
  if (bytes === 'too long') throw new Refused(413, 'the body is too long');
  ctx.state.body = parse(bytes.toString());
  await next();
}

/** What {@link controlBody} has taken, as the schema has it. */
export function readControl<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> {
  const { success, data, error } = schema.safeParse(ctx.state.body);
  if (!success) throw new Refused(400, z.prettifyError(error));
  return data;
}

function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, 'the body is not JSON');
  }
}
