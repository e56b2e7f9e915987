interface Circumstances {
  readonly status?: number;
  /** Seconds, where the server said when to come again. */
  readonly retryAfter?: number | undefined;
  readonly errors?: readonly { readonly field: string; readonly message: string }[] | undefined;
  readonly cause?: unknown;
}

/**
 * A call that did not end well. Decide by `code`: those of the server are in its README, and the client has a few of its own:
 * `network-failed`, `unreadable-answer`, `wx-login-failed`, `webhook-forged`, `webhook-stale`.
 */
export class WexagonProblem extends Error {
  override readonly name = 'WexagonProblem';
  readonly code: string;
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly errors: Circumstances['errors'];

  constructor(code: string, message: string, { status = 0, retryAfter, errors, cause }: Circumstances = {}) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.errors = errors;
  }
}

/** The problem that a body tells of; something between us and the server may have answered in its place. */
export function problemIn(body: unknown, status: number, retryAfter?: number): WexagonProblem {
  const { code, detail, errors } = (body ?? {}) as {
    readonly code?: unknown;
    readonly detail?: unknown;
    readonly errors?: Circumstances['errors'];
  };
  if (typeof code !== 'string') return unreadable(status);
  return new WexagonProblem(code, typeof detail === 'string' ? detail : code, { status, retryAfter, errors });
}

export const unreadable = (status: number): WexagonProblem =>
  new WexagonProblem('unreadable-answer', `This is no answer of Wexagon (HTTP ${status}).`, { status });
