import type { MerchantNames } from '../v2-answer.ts';
import type { BillEntry } from './bill-entry.ts';
import type { BillHarm } from './bill-harm.ts';
import { type BillType, LAYOUTS } from './bill-layout.ts';
import { header, heading, row } from './csv.ts';
import { yuan, yuanOfFee } from './yuan.ts';

/** The file of a day's trades, line by line. */
export function* tradeBill(
  type: BillType,
  entries: Iterable<BillEntry>,
  names: MerchantNames,
  harm: BillHarm,
): Generator<string> {
  const layout = LAYOUTS[type];
  const totals = new Totals();
  yield header(layout.map(([name]) => name));
  for (const entry of entries) {
    totals.add(entry);
    yield row(layout.map(([, cell]) => cell(entry, names)));
  }
  if (harm.truncate) return;
  const summary = totals.summary().map(([name, value]) => [name, harm.totals[name] ?? value] as const);
  yield heading(summary.map(([name]) => name));
  yield row(summary.map(([, value]) => value));
}

/** In fen. */
class Totals {
  #count = 0;
  #settled = 0;
  #refunded = 0;
  #coupons = 0;
  #fee = 0;
  #total = 0;
  #asked = 0;

  add({ settled, fee, total, refund }: BillEntry): void {
    this.#count += 1;
    this.#settled += settled;
    this.#fee += fee;
    this.#total += total;
    if (!refund) return;
    this.#refunded += refund.settled;
    this.#coupons += refund.coupons;
    this.#asked += refund.asked;
  }

  summary(): readonly (readonly [string, string])[] {
    return [
      ['总交易单数', String(this.#count)],
      ['应结订单总金额', yuan(this.#settled)],
      ['退款总金额', yuan(this.#refunded)],
      ['充值券退款总金额', yuan(this.#coupons)],
      ['手续费总金额', yuanOfFee(this.#fee)],
      ['订单总金额', yuan(this.#total)],
      ['申请退款总金额', yuan(this.#asked)],
    ];
  }
}
