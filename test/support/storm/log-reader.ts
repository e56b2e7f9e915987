import { MERCHANT_KEY } from '../test-config.ts';
import { ask, type Where } from './asker.ts';

/** A merchant who asks for what has happened, page after page, and waits for the next. */
export class LogReader {
  /** The ids, as they came. */
  readonly read: string[] = [];
  readonly #at: Where;
  #isOver = false;
  readonly #reading: Promise<void>;

  constructor(at: Where) {
    this.#at = at;
    this.#reading = this.#readOn();
    // What goes wrong is told by stopped().
    this.#reading.catch(() => {});
  }

  end(): void {
    this.#isOver = true;
  }

  /** Ends it, and tells what went wrong with it if anything did. */
  async stopped(): Promise<void> {
    this.end();
    await this.#reading;
  }

  async #readOn(): Promise<void> {
    while (!this.#isOver) await this.#readPage();
  }

  async #readPage(): Promise<void> {
    const after = this.read.at(-1);
    const query = new URLSearchParams({ wait: '1', limit: '200', ...(after !== undefined && { after }) });
    const path = `/v1/merchant/events?${query.toString()}`;
    const { status, body, text } = await ask(this.#at, path, { method: 'GET', token: MERCHANT_KEY });
    if (status !== 200) throw new Error(`reading events: ${status} ${text}`);
    this.read.push(...(body.events as { id: string }[]).map(({ id }) => id));
  }
}
