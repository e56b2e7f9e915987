import { problemIn, unreadable, WexagonProblem } from './problem.ts';

export interface MerchantOptions {
  readonly baseUrl: string;
  /** One of the server's MERCHANT_API_KEYS, without its name. */
  readonly key: string;
  readonly fetch?: typeof fetch | undefined;
  /** How often a call is made again that can be. */
  readonly retries?: number | undefined;
  /** How many milliseconds one call may take. */
  readonly timeout?: number | undefined;
  /** What is done between two tries, until the signal says that nobody waits any more. */
  readonly pause?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface Ask extends CallOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
  readonly idempotencyKey?: string;
  readonly accept?: string;
  /** Milliseconds that the server may take on purpose. */
  readonly longer?: number;
  /** How often this one is made again, where that is not as often as any other. */
  readonly retries?: number;
}

export type Http = ReturnType<typeof httpTo>;

/** Longer than this nobody waits for an answer: whoever called is told when to come again. */
const LONGEST_PAUSE = 30_000;

/** Calls of a merchant backend. All of them may be made again: what could be done twice carries an Idempotency-Key. */
export function httpTo(options: MerchantOptions) {
  return {
    get: <Answer>(path: string, asked: Ask = {}) => again(options, 'GET', path, asked, jsonOf<Answer>),
    post: <Answer>(path: string, asked: Ask = {}) => again(options, 'POST', path, asked, jsonOf<Answer>),
    /** The bytes as they come; what breaks off in the middle is an error of the stream. */
    file: (path: string, asked: Ask = {}) => again(options, 'GET', path, { ...asked, accept: 'text/csv' }, streamOf),
  };
}

async function again<Answer>(
  options: MerchantOptions,
  method: 'GET' | 'POST',
  path: string,
  asked: Ask,
  read: (response: Response) => Promise<Answer>,
): Promise<Answer> {
  const { pause = wait } = options;
  const { retries = options.retries ?? 3, signal } = asked;
  for (let tries = 0; ; tries += 1) {
    try {
      return await read(await once(options, method, path, asked));
    } catch (error) {
      signal?.throwIfAborted();
      const problem = error instanceof WexagonProblem ? error : networkFailed(error);
      const milliseconds = pauseAfter(problem, tries);
      if (tries >= retries || milliseconds === undefined) throw problem;
      await pause(milliseconds, signal);
    }
  }
}

async function once(options: MerchantOptions, method: string, path: string, asked: Ask): Promise<Response> {
  const { baseUrl, key, fetch: send = fetch, timeout = 30_000 } = options;
  const limit = AbortSignal.timeout(timeout + (asked.longer ?? 0));
  const response = await send(baseUrl.replace(/\/$/, '') + path + searchOf(asked), {
    method,
    headers: headersOf(key, asked),
    ...(asked.body && { body: JSON.stringify(asked.body) }),
    // No key follows anybody elsewhere.
    redirect: 'error',
    signal: asked.signal ? AbortSignal.any([asked.signal, limit]) : limit,
  });
  if (!response.ok) throw problemIn(await bodyOf(response), response.status, retryAfterOf(response));
  return response;
}

const headersOf = (
  key: string,
  { body, idempotencyKey, accept = 'application/json' }: Ask,
): Record<string, string> => ({
  accept,
  authorization: `Bearer ${key}`,
  ...(body && { 'content-type': 'application/json' }),
  ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
});

function searchOf({ query = {} }: Ask): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return search === '' ? '' : `?${search}`;
}

async function jsonOf<Answer>(response: Response): Promise<Answer> {
  const body = await bodyOf(response);
  if (typeof body !== 'object' || body === null) throw unreadable(response.status);
  return body as Answer;
}

async function streamOf({ body, status }: Response): Promise<ReadableStream<Uint8Array>> {
  if (!body) throw unreadable(status);
  return body;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const AGAIN = new Set([429, 502, 503, 504]);

/** How long to wait before the same again; undefined where it would end the same. */
function pauseAfter({ code, status, retryAfter }: WexagonProblem, tries: number): number | undefined {
  const isPassing = AGAIN.has(status) || code === 'network-failed' || code === 'idempotency-key-in-flight';
  const milliseconds = retryAfter === undefined ? Math.min(500 * 2 ** tries, LONGEST_PAUSE) : retryAfter * 1_000;
  return isPassing && milliseconds <= LONGEST_PAUSE ? milliseconds : undefined;
}

function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,9}$/.test(seconds) ? Number(seconds) : undefined;
}

const networkFailed = (cause: unknown): WexagonProblem =>
  new WexagonProblem('network-failed', 'The server cannot be reached.', { cause });

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const over = (): void => resolve();
  const timer = setTimeout(over, milliseconds);
  signal?.addEventListener('abort', over);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', over);
  });
}
