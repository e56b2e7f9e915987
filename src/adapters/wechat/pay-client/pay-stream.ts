import type { Readable } from 'node:stream';
import axios, { type AxiosInstance } from 'axios';
import { MINUTE, SECOND } from '../../../domain/clock.ts';
import { poolOf, type PoolSettings } from './agents.ts';
import type { ClientCertificate } from './merchant-certificate.ts';
import { timedOut } from './outages.ts';
import { faultOf } from './pay-fault.ts';
import { outageOf } from './pay-host.ts';
import type { PayRequest } from './pay-message.ts';
import { repeated } from './repeated.ts';

/** An answer on its way, of any length. */
export interface PayStream {
  readonly status: number;
  header(name: string): string | undefined;
  /** Can be read once. Throws an Outage where it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Hangs up. */
  abandon(): void;
}

export interface PayStreamSettings {
  readonly baseUrl: string;
  /** Takes over when the other cannot be connected to. */
  readonly backupBaseUrl: string;
  readonly certificate?: ClientCertificate | undefined;
  readonly connectDeadline?: number;
  /** How long WeChat may take to say its first word, in milliseconds. */
  readonly answerDeadline?: number;
  /** How long it may be silent then. */
  readonly idleDeadline?: number;
}

const CONNECTIONS = 10;
const MOST_REPEATS = 2;

/** The way to answers that are too long to be held. They have no deadline as a whole, and none may fall silent. */
export class PayStreams {
  readonly #main: AxiosInstance;
  readonly #spare: AxiosInstance;
  readonly #answerDeadline: number;
  readonly #idleDeadline: number;

  constructor(settings: PayStreamSettings) {
    const { connectDeadline = 2 * SECOND, answerDeadline = 10 * SECOND, idleDeadline = 10 * SECOND } = settings;
    const pool = { maxSockets: CONNECTIONS, connectDeadline, certificate: settings.certificate };
    this.#main = hostAt(settings.baseUrl, pool);
    this.#spare = hostAt(settings.backupBaseUrl, pool);
    this.#answerDeadline = answerDeadline;
    this.#idleDeadline = idleDeadline;
  }

  /** `write` and `read` are those of any call; what `read` has made sense of is not asked for again. */
  ask<Answer>(write: () => PayRequest, read: (stream: PayStream) => Promise<Answer>): Promise<Answer> {
    const limits = { deadline: (MOST_REPEATS + 1) * this.#answerDeadline, mostRepeats: MOST_REPEATS };
    return repeated(limits, async (signal) => {
      const stream = await this.#open(write(), signal);
      return read(stream).catch((error: unknown) => {
        stream.abandon();
        throw error;
      });
    });
  }

  async #open(request: PayRequest, signal: AbortSignal): Promise<PayStream> {
    try {
      return await this.#openAt(this.#main, request, signal);
    } catch (error) {
      if (!faultOf(error)?.isUnsent) throw error;
      return this.#openAt(this.#spare, request, signal);
    }
  }

  async #openAt(
    host: AxiosInstance,
    { method, path, headers, body }: PayRequest,
    given: AbortSignal,
  ): Promise<PayStream> {
    // Axios goes on listening to a signal while the stream is read, and this time is for its beginning alone.
    const late = new AbortController();
    const stop = () => late.abort();
    const timer = setTimeout(stop, this.#answerDeadline);
    given.addEventListener('abort', stop);
    try {
      const plain = { ...headers, 'accept-encoding': 'identity' };
      const { signal } = late;
      const answer = await host.request<Readable>({ method, url: path, headers: plain, data: body, signal });
      return streamOf(answer, this.#idleDeadline);
    } catch (error) {
      throw outageOf(error);
    } finally {
      clearTimeout(timer);
      given.removeEventListener('abort', stop);
    }
  }
}

const hostAt = (baseUrl: string, pool: PoolSettings): AxiosInstance =>
  axios.create({
    baseURL: baseUrl,
    allowAbsoluteUrls: false,
    proxy: false,
    maxRedirects: 0,
    decompress: false,
    responseType: 'stream',
    transformRequest: [(body: unknown) => body],
    validateStatus: () => true,
    ...poolOf(baseUrl, pool),
  });

interface Answered {
  readonly status: number;
  readonly headers: object;
  readonly data: Readable;
}

function streamOf({ status, headers, data }: Answered, idleDeadline: number): PayStream {
  const named = new Map(Object.entries(headers));
  return {
    status,
    header: (name) => {
      const value: unknown = named.get(name);
      return typeof value === 'string' ? value : undefined;
    },
    body: attended(data, idleDeadline),
    abandon: () => data.destroy(),
  };
}

/** Whoever lets a stream rest for so long will not come back, and WeChat is not kept waiting for them. */
const LONGEST_REST = MINUTE;

function attended(source: Readable, idleDeadline: number): AsyncIterable<Uint8Array> {
  // A stream that fails while nobody reads it is told to whoever reads it later, or to nobody.
  source.on('error', () => {});
  const watch = new Watch(source);
  watch.allow(LONGEST_REST);
  return chunksOf(source, watch, idleDeadline);
}

async function* chunksOf(source: Readable, watch: Watch, idleDeadline: number): AsyncGenerator<Uint8Array> {
  try {
    watch.allow(idleDeadline);
    for await (const chunk of source) {
      watch.allow(LONGEST_REST);
      yield chunk as Uint8Array;
      watch.allow(idleDeadline);
    }
  } catch (error) {
    throw watch.isOver ? timedOut('silence') : outageOf(error);
  } finally {
    watch.end();
    source.destroy();
  }
}

class Watch {
  readonly #source: Readable;
  #timer: NodeJS.Timeout | undefined;
  isOver = false;

  constructor(source: Readable) {
    this.#source = source;
  }

  allow(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#source.destroy(new Error('silence'));
    }, milliseconds);
    this.#timer.unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
