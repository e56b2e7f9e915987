import type { MerchantRefunds, RefundDenial } from './merchant-refunds.ts';
import type { Notices } from './notices.ts';
import { OUTCOME_STATES, RefundOutcomes } from './refund-outcomes.ts';
import type { BankCard, RefundState, RefundTerms } from './refund.ts';
import { Timers } from './timers.ts';
import type { RefundNews, Trade } from './trade.ts';

const SECOND = 1_000;

/** Takes refunds, lets them end some time later, and tells the server. */
export class RefundDesk {
  readonly outcomes = new RefundOutcomes();
  /** Where the console was told to send the notices of refunds that name no address. */
  notifyUrl: string | undefined;
  readonly #refunds: MerchantRefunds;
  readonly #notices: Notices;
  readonly #timers = new Timers();

  constructor(refunds: MerchantRefunds, notices: Notices) {
    this.#refunds = refunds;
    this.#notices = notices;
  }

  ask(trade: Trade, terms: RefundTerms): RefundNews | RefundDenial {
    const answer = this.#refunds.ask(trade, { ...terms, notifyUrl: terms.notifyUrl ?? this.notifyUrl });
    if (typeof answer !== 'string' && answer.isNew) this.#process(answer);
    return answer;
  }

  /** Answers whether it could be settled so. */
  settle(news: RefundNews, state: RefundState, isTold = true): boolean {
    if (!this.#refunds.settle(news.refund, state)) return false;
    if (isTold && news.refund.terms.notifyUrl !== undefined) this.#notices.tell(news);
    return true;
  }

  /** Answers whether it could be sent to that card; it ends like any other refund then. */
  sendTo(news: RefundNews, card: BankCard): boolean {
    if (!this.#refunds.sendTo(news.refund, card)) return false;
    this.#process(news);
    return true;
  }

  close(): void {
    this.#timers.close();
  }

  #process(news: RefundNews): void {
    const { outcome, delay = SECOND * this.#refunds.compress } = this.outcomes.take();
    if (outcome === 'none') return;
    this.#timers.after(delay, () => {
      // Unless somebody was quicker.
      if (news.refund.state === 'PROCESSING') this.settle(news, OUTCOME_STATES[outcome]);
    });
  }
}
