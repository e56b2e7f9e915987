import type { Logger } from 'pino';
import { Outage, type OutageCode } from '../../domain/outage.ts';
import { Refusal, type RefusalCode } from '../../domain/refusal.ts';
import type { Context, Middleware } from './context.ts';
import { HttpFault, type HttpFaultCode } from './http-fault.ts';

export type ProblemCode = RefusalCode | OutageCode | HttpFaultCode | 'internal-error';

/** The status of every problem; the compiler asks for a row as soon as somebody thinks of a new code. */
export const STATUS = {
  'invalid-request': 400,
  'malformed-json': 400,
  'malformed-request': 400,
  'login-code-invalid': 400,
  'login-code-used': 400,
  'not-authenticated': 401,
  'merchant-not-authenticated': 401,
  'merchant-key-needed': 403,
  'login-user-blocked': 403,
  'route-not-found': 404,
  'session-not-found': 404,
  'order-not-found': 404,
  'payments-off': 404,
  'refund-not-found': 404,
  'reconciliation-not-found': 404,
  'bill-gone': 404,
  'webhook-not-found': 404,
  'webhooks-off': 404,
  'method-not-allowed': 405,
  'session-key-stale': 409,
  'order-paid': 409,
  'order-closed': 409,
  'order-failed': 409,
  'order-expired': 409,
  'out-trade-no-taken': 409,
  'idempotency-key-in-flight': 409,
  'order-not-paid': 409,
  'out-refund-no-taken': 409,
  'refund-not-possible': 409,
  'refund-not-abnormal': 409,
  'abnormal-refunds-off': 409,
  'trade-type-conflict': 409,
  'trade-type-unavailable': 409,
  'comments-off': 409,
  'bill-type-off': 409,
  'bill-not-ready': 409,
  'certificate-missing': 409,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'payer-unknown': 422,
  'payment-refused': 422,
  'refund-refused': 422,
  'refund-too-much': 422,
  'too-many-refunds': 422,
  'refund-too-late': 422,
  'time-expire-too-late': 422,
  'time-expire-too-soon': 422,
  'idempotency-key-reused': 422,
  'login-too-often': 429,
  'too-many-requests': 429,
  'internal-error': 500,
  'wechat-unreadable': 502,
  overloaded: 503,
  'storage-contended': 503,
  'storage-unavailable': 503,
  'wechat-busy': 503,
  'wechat-misconfigured': 503,
  'wechat-quota-spent': 503,
  'wechat-unreachable': 503,
  'wechat-timeout': 504,
} as const satisfies Record<ProblemCode, number>;

interface Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: HttpFault['errors'];
}

/** Turns whatever is thrown below it into one shape of answer, RFC 9457. */
export function problemDetails(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const problem = problemOf(error);
      report(logger, ctx, error, problem);
      answer(ctx, problem);
    }
  };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof HttpFault) {
    return { code: error.code, detail: error.message, headers: error.headers, errors: error.errors };
  }
  if (error instanceof Refusal || error instanceof Outage) {
    return { code: error.code, detail: error.message, headers: headersOf(error) };
  }
  return { code: 'internal-error', detail: 'Something went wrong on our side. It has been noted.' };
}

function headersOf({ code, retryAfterSeconds }: Refusal | Outage): Record<string, string> {
  return {
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
    ...(code === 'not-authenticated' && { 'WWW-Authenticate': 'Bearer' }),
  };
}

function answer(ctx: Context, problem: Problem): void {
  ctx.status = STATUS[problem.code];
  ctx.set(problem.headers ?? {});
  ctx.body = problemBody(ctx, problem);
  ctx.type = PROBLEM_TYPE;
}

export const PROBLEM_TYPE = 'application/problem+json';

export function problemBody(ctx: Context, { code, detail, errors }: Problem): string {
  return JSON.stringify({
    type: `urn:wexagon:problem:${code}`,
    title: code.replaceAll('-', ' '),
    status: STATUS[code],
    code,
    detail,
    instance: `urn:wexagon:request:${ctx.state.requestId}`,
    ...(errors && { errors }),
  });
}

/** A refusal is no news; an outage is a warning; anything else is a bug, logged once and told to nobody. */
function report(logger: Logger, ctx: Context, error: unknown, { code }: Problem): void {
  const id = ctx.state.requestId;
  if (error instanceof Outage) logger.warn({ id, code, err: error }, 'outage');
  else if (code === 'internal-error') logger.error({ id, code, err: error }, 'bug');
  else logger.debug({ id, code, err: error }, 'refused');
}
