import { type Clock, DAY, later } from '../domain/clock.ts';
import { type Day, dayBefore, dayOf, lastBilledDay, startOf } from '../domain/statement/day.ts';
import type { ReconciliationRepository } from '../domain/statement/reconciliation-repository.ts';
import type { ReconcileDay } from './reconcile-day.ts';

interface Needs {
  readonly reconciliations: ReconciliationRepository;
  readonly reconcileDay: Pick<ReconcileDay, 'execute'>;
  readonly clock: Clock;
}

/** Hears of a day that will have its turn again. */
type OnFailure = (error: unknown, day: Day) => void;

/** Hears of one that will not: a person has to look at its bill. */
type OnGivenUp = (day: Day) => void;

/** How many days are made up for after a longer rest. */
const MOST_DAYS = 7;

/**
 * Compares yesterday, once its bill is there, and those of the last days that were not compared.
 * A first time begins with yesterday: what was before us is not ours to judge.
 */
export class ReconcileYesterday {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers how many days it has finished; one that fails, for now or for good, keeps no other from its turn. */
  async execute(onFailure: OnFailure = () => {}, onGivenUp: OnGivenUp = () => {}): Promise<number> {
    let finished = 0;
    for (const day of await this.#unfinished()) {
      const outcome = await this.#needs.reconcileDay.execute(day).catch((error: unknown) => onFailure(error, day));
      if (outcome?.state === 'done') finished += 1;
      if (outcome?.state === 'failed') onGivenUp(day);
    }
    return finished;
  }

  /** The oldest first. */
  async #unfinished(): Promise<Day[]> {
    const { clock, reconciliations } = this.#needs;
    const yesterday = lastBilledDay(clock.now());
    const [first] = await reconciliations.page('', 1);
    const days: Day[] = [];
    for (let day = yesterday; day > daysBefore(yesterday, MOST_DAYS) && day >= (first?.id ?? yesterday);) {
      const kept = await reconciliations.find(day);
      if (!kept || kept.state === 'running') days.unshift(day);
      day = dayBefore(day);
    }
    return days;
  }
}

const daysBefore = (day: Day, days: number): Day => dayOf(later(startOf(day), -days * DAY));
