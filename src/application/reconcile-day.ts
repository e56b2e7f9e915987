import { type Clock, MINUTE } from '../domain/clock.ts';
import type { Outage } from '../domain/outage.ts';
import type { Bill, TradeRow } from '../domain/statement/bill.ts';
import type { Day } from '../domain/statement/day.ts';
import { Fingerprints } from '../domain/statement/fingerprints.ts';
import type { ReconciliationRepository } from '../domain/statement/reconciliation-repository.ts';
import {
  beginAgain,
  beginReconciliation,
  comparedMore,
  type Comparison,
  type Difference,
  failOnce,
  finishReconciliation,
  lockedFrom,
  MOST_DIFFERENCES_KEPT,
  type Reconciliation,
} from '../domain/statement/reconciliation.ts';
import { CompareTrade, type CompareTradeNeeds } from './compare-trade.ts';
import { FindMissing, type FindMissingNeeds, markOf } from './find-missing.ts';
import { isUnreadable, type ReadBill } from './read-bill.ts';

interface Needs extends CompareTradeNeeds, FindMissingNeeds {
  readonly payments: CompareTradeNeeds['payments'];
  readonly reconciliations: ReconciliationRepository;
  readonly readBill: Pick<ReadBill, 'trades' | 'refuseUnbilled'>;
  readonly clock: Clock;
}

type Progress = (reconciliation: Reconciliation) => void;

export interface Manner {
  /** Makes anew what was done or has failed, and begins with the first line what was interrupted. */
  readonly again?: boolean;
  readonly onProgress?: Progress;
}

/**
 * Compares a day's bill with our orders, line by line, and our orders with the bill (对账).
 * Of all instances one does it; where it is interrupted, the next one goes on behind what was compared.
 */
export class ReconcileDay {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers what it came to, now or before; undefined while somebody else is at it. */
  async execute(day: Day, { again = false, onProgress = () => {} }: Manner = {}): Promise<Reconciliation | undefined> {
    const claimed = await this.#claim(day, again);
    if (claimed?.state !== 'running') return claimed;
    const run = new Run(this.#needs, claimed, onProgress);
    try {
      return await run.execute();
    } catch (error) {
      if (error instanceof TakenOver) return undefined;
      if (error instanceof UselessBill) return run.fail(error.outage);
      await run.release();
      throw error;
    }
  }

  async #claim(day: Day, again: boolean): Promise<Reconciliation | undefined> {
    const { clock, readBill, reconciliations } = this.#needs;
    const kept = await reconciliations.find(day);
    if (kept && kept.state !== 'running' && !again) return kept;
    readBill.refuseUnbilled(day);
    const now = clock.now();
    const fresh = beginReconciliation(day, now);
    if (!kept) return (await reconciliations.begin(fresh)) ? fresh : undefined;
    if (kept.state === 'running' && kept.lockedUntil > now) return undefined;
    const taken = again ? beginAgain(kept, now) : { ...kept, lockedUntil: lockedFrom(now) };
    return (await reconciliations.save(taken)) ? { ...taken, version: taken.version + 1 } : undefined;
  }
}

/** Somebody thought that we were gone, and goes on in our place. */
class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

/** The bill came, and was not what a bill is. */
class UselessBill extends Error {
  override readonly name = 'UselessBill';
  readonly outage: Outage;

  constructor(outage: Outage) {
    super(outage.message);
    this.outage = outage;
  }
}

/** How many lines are compared at once. */
const AT_ONCE = 20;
const BETWEEN_SAVES = { lines: 1_000, milliseconds: MINUTE } as const;
const NOTHING: Comparison = { matched: 0, compared: 0, differences: [] };

class Run {
  readonly #needs: Needs;
  readonly #compareTrade: CompareTrade;
  readonly #findMissing: FindMissing;
  readonly #onProgress: Progress;
  readonly #seen = new Fingerprints();
  /** As it was saved last. */
  #kept: Reconciliation;
  #unsaved = NOTHING;
  #savedAt: Date;

  constructor(needs: Needs, claimed: Reconciliation, onProgress: Progress) {
    this.#needs = needs;
    this.#compareTrade = new CompareTrade(needs);
    this.#findMissing = new FindMissing(needs);
    this.#onProgress = onProgress;
    this.#kept = claimed;
    this.#savedAt = needs.clock.now();
  }

  async execute(): Promise<Reconciliation> {
    await this.#compareBill();
    const missing = await this.#missing();
    const { clock } = this.#needs;
    const whole = comparedMore(this.#kept, missing, clock.now());
    return this.#save(finishReconciliation(whole, clock.now()));
  }

  /** Lets whoever comes next go on at once. Trouble with that is no news: the lock runs out. */
  async release(): Promise<void> {
    const { clock, reconciliations } = this.#needs;
    await reconciliations.save({ ...this.#kept, lockedUntil: clock.now() }).catch(() => false);
  }

  /** Counts a bill that was of no use, and throws why, but for the one that was one too many: that ends the day. */
  async fail(outage: Outage): Promise<Reconciliation> {
    const { clock, reconciliations } = this.#needs;
    const failed = failOnce(this.#kept, clock.now());
    const isKept = await reconciliations.save(failed).catch(() => false);
    if (!isKept || failed.state === 'running') throw outage;
    return { ...failed, version: failed.version + 1 };
  }

  async #compareBill(): Promise<void> {
    const bill = await this.#needs.readBill.trades(this.#kept.id, 'ALL');
    try {
      await this.#compareRows(bill);
    } catch (error) {
      throw isUnreadable(error) ? new UselessBill(error) : error;
    }
    await this.#saveUnsaved();
  }

  async #compareRows(bill: Bill<TradeRow>): Promise<void> {
    const behind = this.#kept.compared;
    let place = 0;
    let rows: TradeRow[] = [];
    for await (const row of bill.rows()) {
      this.#seen.add(markOf(row));
      place += 1;
      if (place > behind) rows.push(row);
      if (rows.length < AT_ONCE) continue;
      await this.#compare(rows);
      rows = [];
    }
    await this.#compare(rows);
  }

  async #compare(rows: readonly TradeRow[]): Promise<void> {
    const verdicts = await Promise.all(rows.map((row) => this.#compareTrade.execute(row)));
    const differences = verdicts.filter((verdict) => typeof verdict !== 'string');
    this.#unsaved = {
      matched: this.#unsaved.matched + verdicts.filter((verdict) => verdict === 'agrees').length,
      compared: this.#unsaved.compared + rows.length,
      // Texts of a row are cuts from a piece of the bill, and each would keep its whole piece.
      differences: [...this.#unsaved.differences, ...structuredClone(differences)],
    };
    if (this.#unsaved.compared >= BETWEEN_SAVES.lines || this.#isLongAgo()) await this.#saveUnsaved();
  }

  /** Saved at the very end alone: who takes over here looks for all of it again. */
  async #missing(): Promise<Comparison> {
    const differences: Difference[] = [];
    let more = 0;
    for await (const batch of this.#findMissing.execute(this.#kept.id, this.#seen)) {
      more += batch.length;
      differences.push(...batch.slice(0, MOST_DIFFERENCES_KEPT - differences.length));
      if (this.#isLongAgo()) await this.#saveUnsaved();
    }
    return { matched: 0, compared: 0, differences, differenceCount: more };
  }

  #isLongAgo(): boolean {
    return this.#needs.clock.now().getTime() - this.#savedAt.getTime() >= BETWEEN_SAVES.milliseconds;
  }

  async #saveUnsaved(): Promise<void> {
    const unsaved = this.#unsaved;
    await this.#save(comparedMore(this.#kept, unsaved, this.#needs.clock.now()));
    this.#unsaved = NOTHING;
  }

  async #save(next: Reconciliation): Promise<Reconciliation> {
    const { clock, reconciliations } = this.#needs;
    if (!(await reconciliations.save(next))) throw new TakenOver();
    this.#kept = { ...next, version: next.version + 1 };
    this.#savedAt = clock.now();
    this.#onProgress(this.#kept);
    return this.#kept;
  }
}
