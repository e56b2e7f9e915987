import type { IncomingMessage } from 'node:http';
import axios, { AxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import type { Outage } from '../../../domain/outage.ts';
import { poolOf, type PoolSettings } from './agents.ts';
import { timedOut, unreachable, unreadable } from './outages.ts';
import { LONGEST_ANSWER, type PayRequest, type PayResponse } from './pay-message.ts';

/** One host of WeChat Pay: answers whatever it answers, or throws an Outage. */
export class PayHost {
  readonly #axios: AxiosInstance;

  constructor(baseUrl: string, pool: PoolSettings) {
    this.#axios = axios.create({
      baseURL: baseUrl,
      allowAbsoluteUrls: false,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: LONGEST_ANSWER,
      responseType: 'arraybuffer',
      transformRequest: [(body: unknown) => body],
      transformResponse: [(body: unknown) => body],
      validateStatus: () => true,
      ...poolOf(baseUrl, pool),
    });
  }

  /** The signal is the deadline: axios' own timeout starts anew with every byte that drips in. */
  async send({ method, path, headers, body }: PayRequest, signal: AbortSignal): Promise<PayResponse> {
    try {
      const answer = await this.#axios.request<Buffer>({ method, url: path, headers, data: body, signal });
      return { status: answer.status, headers: headersOf(answer), body: answer.data };
    } catch (error) {
      throw outageOf(error);
    }
  }
}

/** Axios makes one of those that came twice, so they are taken from Node's own answer. */
function headersOf({ request }: AxiosResponse): [string, string][] {
  const { rawHeaders } = (request as { readonly res: IncomingMessage }).res;
  return rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1]!] satisfies [string, string]] : [],
  );
}

/** The axios error itself is let go: it holds the request, and a request holds what is signed and for whom. */
export function outageOf(error: unknown): Outage {
  const code = error instanceof AxiosError ? (error.code ?? 'no code') : 'no code';
  if (isBeforeConnection(error)) return unreachable(code, true);
  if (TIMEOUTS.has(code)) return timedOut(code);
  if (code === 'ERR_BAD_RESPONSE') return unreadable(code);
  return unreachable(code, false);
}

const TIMEOUTS = new Set(['ERR_CANCELED', 'ECONNABORTED', 'ETIMEDOUT']);

interface SystemError {
  readonly syscall?: string;
  /** Of a host with several addresses, what became of each. */
  readonly errors?: readonly SystemError[];
}

function isBeforeConnection(error: unknown): boolean {
  const { cause } = error as { cause?: SystemError };
  const tries = cause?.errors ?? (cause ? [cause] : []);
  return tries.length > 0 && tries.every(({ syscall }) => syscall === 'connect' || syscall === 'getaddrinfo');
}
