import { type Clock, later, MINUTE } from '../domain/clock.ts';
import type { LoginCode } from '../domain/session/login-code.ts';

/** Twice as long as WeChat lets a code live. */
const REMEMBERED = 10 * MINUTE;
const MOST = 100_000;

/** The codes that were exchanged lately: asking WeChat about one again would only cost a call and be refused. */
export class SpentCodes {
  readonly #clock: Clock;
  /** When each may be forgotten; a Map keeps the order in which they came. */
  readonly #until = new Map<LoginCode, Date>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(code: LoginCode): boolean {
    const until = this.#until.get(code);
    return until !== undefined && this.#clock.now() < until;
  }

  add(code: LoginCode): void {
    this.#until.set(code, later(this.#clock.now(), REMEMBERED));
    this.#forgetTheOld();
  }

  #forgetTheOld(): void {
    for (const [code, until] of this.#until) {
      if (this.#clock.now() < until && this.#until.size <= MOST) return;
      this.#until.delete(code);
    }
  }
}
