import type { Clock } from '../domain/clock.ts';
import { Outage } from '../domain/outage.ts';
import type { Bill, BillTotals, FundAccount, FundRow, TradeBillType, TradeRow } from '../domain/statement/bill.ts';
import { type Day, firstBilledDay, lastBilledDay } from '../domain/statement/day.ts';
import type { BillAnswer, StatementGateway } from '../domain/statement/statement-gateway.ts';
import { BillGone, BillNotReady } from '../domain/statement/statement-refusals.ts';

interface Needs {
  readonly statements: StatementGateway;
  readonly clock: Clock;
}

/** Fetches the bill of a day, for its rows or its bytes. A day on which nothing happened has a bill without rows. */
export class ReadBill {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async trades(day: Day, type: TradeBillType): Promise<Bill<TradeRow>> {
    this.refuseUnbilled(day);
    return billIn(await this.#needs.statements.tradeBill(day, type));
  }

  async funds(day: Day, account: FundAccount): Promise<Bill<FundRow>> {
    this.refuseUnbilled(day);
    return billIn(await this.#needs.statements.fundFlow(day, account));
  }

  /** Asked too early, WeChat may say of a day that there is nothing, which is not the same as not yet. */
  refuseUnbilled(day: Day): void {
    const now = this.#needs.clock.now();
    if (day > lastBilledDay(now)) throw new BillNotReady();
    if (day < firstBilledDay(now)) throw new BillGone();
  }
}

/** Of a bill: it is cut, it has what cannot be, or it is not what its own sums say. */
export const isUnreadable = (error: unknown): error is Outage =>
  error instanceof Outage && error.code === 'wechat-unreadable';

function billIn<Row>(answer: BillAnswer<Row>): Bill<Row> {
  if (answer.kind === 'unknown') throw answer.outage;
  if (answer.kind === 'not-ready') throw new BillNotReady();
  return answer.kind === 'empty' ? { bytes: nothing(), rows: noRows } : answer.bill;
}

async function* nothing(): AsyncGenerator<never> {}

async function* noRows(): AsyncGenerator<never, BillTotals> {
  yield* nothing();
  return { count: 0, sums: {} };
}
