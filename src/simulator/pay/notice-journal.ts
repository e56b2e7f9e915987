import { Recent } from '../recent.ts';
import type { Delivery } from './courier.ts';
import type { News } from './trade.ts';

type Outcome = 'taken' | 'refused' | 'failed' | 'lost';

/** One sending of a notice, and how it ended. */
export interface Attempt {
  readonly at: string;
  readonly out_trade_no: string;
  /** Of a notice about a refund. */
  readonly out_refund_no?: string;
  /** 1 for the first sending and its repetitions, then one more with every retry. */
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly status?: number;
  readonly body?: string;
  readonly error?: string;
}

/** What became of the notices. */
export class NoticeJournal {
  readonly #attempts = new Recent<Attempt>(50_000);
  readonly #counts: Record<Outcome, number> = { taken: 0, refused: 0, failed: 0, lost: 0 };

  note(news: News, attempt: number, outcome: Outcome, delivery: Delivery | undefined): Attempt {
    this.#counts[outcome] += 1;
    const noted = {
      at: new Date().toISOString(),
      out_trade_no: news.trade.terms.outTradeNo,
      ...('refund' in news && { out_refund_no: news.refund.terms.outRefundNo }),
      attempt,
      outcome,
      ...delivery,
    };
    this.#attempts.add(noted);
    return noted;
  }

  read(outTradeNo: string | undefined): { counts: Record<Outcome, number>; attempts: readonly Attempt[] } {
    const all = this.#attempts.all();
    const attempts = outTradeNo === undefined ? all : all.filter((attempt) => attempt.out_trade_no === outTradeNo);
    return { counts: this.#counts, attempts };
  }
}
