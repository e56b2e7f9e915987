import type { z } from 'zod';
import type { Context, Handler } from './context.ts';
import { demanding } from './demands.ts';
import { type FieldError, HttpFault } from './http-fault.ts';
import { KIB, rawBody } from './raw-body.ts';

const readBytes = rawBody(64 * KIB);

/** Lets a controller work that wants no body. */
export const withoutBody = (handler: Handler): Handler =>
  demanding({ refuses: ['overloaded'] }, (ctx: Context) => ctx.state.inFlight.run(() => handler(ctx)));

/** Hands a controller the JSON of the body, once it is all there and its schema has nothing against it. */
export function withJson<Schema extends z.ZodType>(
  schema: Schema,
  handler: (ctx: Context, body: z.output<Schema>) => Promise<void>,
): Handler {
  return demanding({ body: schema, refuses: BODY_FAULTS }, async (ctx: Context) => {
    if (!ctx.is('application/json')) throw new HttpFault('unsupported-media-type', 'Send application/json.');
    const { success, data, error } = schema.safeParse(parseJson(await readBytes(ctx)));
    if (!success) throw invalid('body', error.issues);
    await ctx.state.inFlight.run(() => handler(ctx, data));
  });
}

const BODY_FAULTS = [
  'invalid-request',
  'malformed-json',
  'malformed-request',
  'payload-too-large',
  'unsupported-media-type',
  'overloaded',
] as const;

/** Hands a controller what stands behind the question mark, each name once, when its schema has nothing against it. */
export function withQuery<Schema extends z.ZodType>(
  schema: Schema,
  handler: (ctx: Context, query: z.output<Schema>) => Promise<void>,
): Handler {
  return demanding({ query: schema, refuses: ['invalid-request', 'overloaded'] }, async (ctx: Context) => {
    const { success, data, error } = schema.safeParse({ ...ctx.query });
    if (!success) throw invalid('query', error.issues);
    await ctx.state.inFlight.run(() => handler(ctx, data));
  });
}

/** Deeper than any of our bodies; what nests further wants to harm somebody. */
const DEEPEST = 8;

/** Strict where `JSON.parse` is not: broken UTF-8 is refused, and so are names that reach into prototypes. */
function parseJson(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HttpFault('malformed-json', 'The body is not JSON in UTF-8.');
  }
  if (!isPlain(value, DEEPEST))
    throw new HttpFault('malformed-json', 'The body nests too deep or has a reserved name.');
  return value;
}

const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(([name, inner]) => !RESERVED.has(name) && isPlain(inner, depth - 1));
}

function invalid(what: 'body' | 'query', issues: readonly z.core.$ZodIssue[]): HttpFault {
  const errors = issues.flatMap(fieldErrors).slice(0, 20);
  return new HttpFault('invalid-request', `The ${what} is not as it should be: \`errors\` says where.`, { errors });
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({
    field: [...path, key.slice(0, 64)].join('.'),
    message: 'There is no such field.',
  }));
}
