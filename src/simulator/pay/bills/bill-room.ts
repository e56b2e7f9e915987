import type { PaidTrade } from '../trade.ts';
import type { MerchantNames } from '../v2-answer.ts';
import { type BillEntry, entriesOf } from './bill-entry.ts';
import { type BillHarm, harmed, UNHARMED } from './bill-harm.ts';
import { BELONGS, type BillType } from './bill-layout.ts';
import { type Day, KEPT } from './day.ts';
import { flowsOf, fundFlowBill } from './fund-flow.ts';
import { tradeBill } from './trade-bill.ts';

/** Why there is no bill of a day. */
export type NoBill = 'never' | 'creating' | 'empty';

/** Can be read from the start as often as one likes. */
export type Lines = () => Iterable<string>;

/** Writes the merchant's bills, when their day has come. */
export class BillRoom {
  /** Whether bills can be fetched at all, and whether today's can, too. */
  ready = true;
  today = false;
  readonly #names: MerchantNames;
  #harms: (BillHarm & { left: number })[] = [];

  constructor(names: MerchantNames) {
    this.#names = names;
  }

  order(harm: BillHarm): void {
    this.#harms.push({ ...harm, left: harm.times });
  }

  forgetHarms(): void {
    this.#harms = [];
  }

  trades(day: Day, type: BillType, trades: () => Iterable<PaidTrade>): Lines | NoBill {
    const missing = this.#missing(day);
    if (missing) return missing;
    const harm = this.#harms[0] ?? UNHARMED;
    const entries = (): Iterable<BillEntry> =>
      only(BELONGS[type], harmed(entriesOf(day, trades()), harm, day, this.#names.appid));
    if (isEmpty(entries())) return 'empty';
    this.#spendHarm();
    return () => tradeBill(type, entries(), this.#names, harm);
  }

  /** What happens from now on is not in it, so that the file is the same when it is read twice. */
  funds(day: Day, account: string, trades: () => Iterable<PaidTrade>): Lines | NoBill {
    const missing = this.#missing(day);
    if (missing) return missing;
    const now = Date.now();
    const flows = () => flowsOf(trades(), now);
    const days = only(({ at }) => at.getTime() >= day.start && at.getTime() < day.end, flows());
    // The other accounts are never used here.
    if (account !== 'Basic' || isEmpty(days)) return 'empty';
    return () => fundFlowBill(day, flows, this.#names.mch_id);
  }

  #missing(day: Day): NoBill | undefined {
    const now = Date.now();
    if (day.start > now || day.end < now - KEPT) return 'never';
    if (!this.ready) return 'creating';
    return day.end > now && !this.today ? 'creating' : undefined;
  }

  #spendHarm(): void {
    const [harm] = this.#harms;
    if (!harm) return;
    harm.left -= 1;
    if (harm.left === 0) this.#harms.shift();
  }
}

function* only<Item>(belongs: (item: Item) => boolean, items: Iterable<Item>): Generator<Item> {
  for (const item of items) if (belongs(item)) yield item;
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _item of items) return false;
  return true;
}
