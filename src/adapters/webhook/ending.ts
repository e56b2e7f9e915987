import { SECOND } from '../../domain/clock.ts';

/** A receiver that answers at once is heard out when we stop; a slow one is not waited for. */
const GRACE = 2 * SECOND;

/** When a try comes to its end: at its deadline, or a little after we were told to stop. */
export class Ending {
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #stop: AbortSignal | undefined;
  #grace: NodeJS.Timeout | undefined;
  isCut = false;

  constructor(deadline: number, stop: AbortSignal | undefined) {
    this.#stop = stop;
    this.#timer = setTimeout(() => this.#over.abort(), deadline);
    if (stop?.aborted === true) this.#beginGrace();
    else stop?.addEventListener('abort', this.#beginGrace, { once: true });
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** For what cannot be told to end: it is not waited for any longer. */
  async orEnd<Result>(work: Promise<Result>): Promise<Result> {
    const ended = Promise.withResolvers<never>();
    const onAbort = () => ended.reject(this.signal.reason);
    this.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work, ended.promise]);
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#grace);
    this.#stop?.removeEventListener('abort', this.#beginGrace);
  }

  readonly #beginGrace = (): void => {
    this.#grace = setTimeout(() => {
      this.isCut = true;
      this.#over.abort();
    }, GRACE);
  };
}
