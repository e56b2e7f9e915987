import { Courier } from './courier.ts';
import { Lane } from './lane.ts';
import { NoticeFaults, type Taken } from './notice-faults.ts';
import { NoticeJournal, type Attempt } from './notice-journal.ts';
import { AS_IT_SHOULD_BE, wishOf, type NoticeFault, type Wish } from './notice-wishes.ts';
import { Timers } from './timers.ts';
import type { Dialect, News } from './trade.ts';

const SECOND = 1_000;

/** What WeChat waits before each retry: 24 hours and 4 minutes in all. */
const SCHEDULE: readonly number[] = [
  15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
].map((seconds) => seconds * SECOND);

const IN_FLIGHT = 64;

/** Tells the server what became of its trades, until it says that it has understood. */
export class Notices {
  /** By how much the waits between retries are multiplied. */
  compress = 1;
  readonly journal = new NoticeJournal();
  readonly #faults = new NoticeFaults();
  readonly #courier = new Courier();
  readonly #lane = new Lane(IN_FLIGHT);
  readonly #timers = new Timers();
  readonly #dialectOf: (news: News) => Dialect;
  #isClosed = false;

  constructor(dialectOf: (news: News) => Dialect) {
    this.#dialectOf = dialectOf;
  }

  /** How many notices wait for their time. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Sends it, in the background and as the ordered faults would have it. */
  tell(news: News): void {
    const taken = this.#faults.befall(news);
    if (taken) this.#befall(taken);
    else void this.#send(news, AS_IT_SHOULD_BE);
  }

  /** Sends it now and once, whatever is answered. */
  async tellNow(news: News, wish: Wish): Promise<readonly Attempt[]> {
    return this.#sendAll(news, wish);
  }

  order(fault: NoticeFault): void {
    this.#faults.order(fault);
  }

  /** Sends what was held back. */
  forgetFaults(): void {
    for (const taken of this.#faults.clear()) this.#befall(taken);
  }

  /** No notice leaves the house from now on. */
  close(): void {
    this.#isClosed = true;
    this.#timers.close();
    this.#courier.close();
  }

  #befall({ fault, news }: Taken): void {
    if (fault.lose) for (const lost of news) this.journal.note(lost, 1, 'lost', undefined);
    else if (news.length > 0)
      this.#timers.after(fault.delay, async () => {
        for (const one of news) await this.#send(one, wishOf(fault));
      });
  }

  async #send(news: News, wish: Wish): Promise<void> {
    const attempts = await this.#sendAll(news, wish);
    if (!attempts.some(({ outcome }) => outcome === 'taken')) this.#retryAfter(1, news);
  }

  async #sendAll(news: News, wish: Wish): Promise<readonly Attempt[]> {
    const attempts: Attempt[] = [];
    while (attempts.length < wish.repeat) {
      const length = Math.min(wish.at_once, wish.repeat - attempts.length);
      attempts.push(...(await Promise.all(Array.from({ length }, () => this.#attempt(news, wish, 1)))));
    }
    return attempts;
  }

  #retryAfter(attempt: number, news: News): void {
    const wait = SCHEDULE[attempt - 1];
    if (wait === undefined) return;
    this.#timers.after(wait * this.compress, async () => {
      const { outcome } = await this.#attempt(news, AS_IT_SHOULD_BE, attempt + 1);
      if (outcome !== 'taken') this.#retryAfter(attempt + 1, news);
    });
  }

  async #attempt(news: News, wish: Wish, attempt: number): Promise<Attempt> {
    const dialect = this.#dialectOf(news);
    const delivery = await this.#lane.run(() =>
      this.#isClosed
        ? { error: 'the simulator is closed' }
        : this.#courier.deliver(addressOf(news), dialect.writeNotice(news, wish)),
    );
    if ('error' in delivery) return this.journal.note(news, attempt, 'failed', delivery);
    return this.journal.note(news, attempt, dialect.isTaken(delivery) ? 'taken' : 'refused', delivery);
  }
}

const addressOf = (news: News): string =>
  'refund' in news ? (news.refund.terms.notifyUrl ?? '') : news.trade.terms.notifyUrl;
