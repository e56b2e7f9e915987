import { createHash } from 'node:crypto';
import type { AnswerOnce } from '../../application/answer-once.ts';
import type { KeptAnswer, KeyedRequest } from '../../domain/idempotency/keyed-request.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Context } from './context.ts';
import { HttpFault } from './http-fault.ts';
import { PROBLEM_TYPE, problemBody, problemOf, STATUS } from './problem-details.ts';

export interface JsonAnswer {
  readonly status: number;
  readonly body: object;
}

const KEY_SHAPE = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** Does the work and answers it; of requests that carry one Idempotency-Key the work is done once. */
export async function answeredOnce(
  answerOnce: AnswerOnce,
  ctx: Context,
  body: unknown,
  work: (request?: KeyedRequest) => Promise<JsonAnswer>,
): Promise<void> {
  const key = ctx.get('Idempotency-Key');
  if (key === '') return send(ctx, { ...(await work()) });
  if (!KEY_SHAPE.test(key)) throw badKey();
  const request = {
    id: sha256([ctx.state.merchant, ctx.method, ctx.path.replace(/\/$/, ''), key]),
    digest: sha256(canonical(plain(body))),
  };
  const { answer, replayed } = await answerOnce.execute(request, (kept) => toKeep(ctx, () => work(kept)));
  if (replayed) ctx.set('Idempotent-Replayed', 'true');
  send(ctx, { status: answer.status, body: answer.body });
}

/** A definite no is an answer like any other, to be given again; what may end otherwise next time is none. */
async function toKeep(ctx: Context, work: () => Promise<JsonAnswer>): Promise<KeptAnswer> {
  try {
    const { status, body } = await work();
    return { status, body: JSON.stringify(body) };
  } catch (error) {
    if (!(error instanceof Refusal) || error.retryAfterSeconds !== undefined) throw error;
    const problem = problemOf(error);
    return { status: STATUS[problem.code], body: problemBody(ctx, problem) };
  }
}

function send(ctx: Context, { status, body }: { readonly status: number; readonly body: object | string }): void {
  ctx.status = status;
  ctx.body = body;
  ctx.type = status < 400 ? 'application/json' : PROBLEM_TYPE;
}

const badKey = () =>
  new HttpFault('invalid-request', 'The Idempotency-Key has to be 1 to 255 printable characters of ASCII.');

const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

const plain = (body: unknown): unknown => JSON.parse(JSON.stringify(body));

/** The same JSON, whatever the order of its names. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, inner]) => [name, canonical(inner)]);
}
