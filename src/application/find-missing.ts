import { HOUR, later } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import type { PaidOrder } from '../domain/order/order.ts';
import type { PaymentGateway } from '../domain/order/payment-gateway.ts';
import type { Refund } from '../domain/order/refund.ts';
import type { TradeRow } from '../domain/statement/bill.ts';
import { type Day, dayAfter, dayBefore, dayOf, endOf, startOf } from '../domain/statement/day.ts';
import { Fingerprints } from '../domain/statement/fingerprints.ts';
import type { Difference } from '../domain/statement/reconciliation.ts';
import { BillGone, BillNotReady } from '../domain/statement/statement-refusals.ts';
import { comeAgain } from './compare-trade.ts';
import type { LookAtOrder } from './look-at-order.ts';
import type { ReadBill } from './read-bill.ts';

export interface FindMissingNeeds {
  readonly orders: OrderRepository;
  readonly payments: Pick<PaymentGateway, 'merchant'>;
  readonly lookAtOrder: Pick<LookAtOrder, 'execute'>;
  readonly readBill: Pick<ReadBill, 'trades'>;
}

const BATCH = 200;

/** Who was paid so shortly before midnight may be in the bill of the day after, which is not there yet. */
const LATE = HOUR;

/** What the bills of the day before and the day after have. */
interface Nearby {
  readonly seen: Fingerprints;
  readonly hasDayAfter: boolean;
}

/** Finds what was paid or refunded here on a day and is in no bill around it. */
export class FindMissing {
  readonly #needs: FindMissingNeeds;

  constructor(needs: FindMissingNeeds) {
    this.#needs = needs;
  }

  /** Answers, batch by batch, what is missing in a bill that has all of `seen`. */
  async *execute(day: Day, seen: Fingerprints): AsyncGenerator<readonly Difference[]> {
    let nearby: Promise<Nearby> | undefined;
    for await (const orders of this.#paidOn(day)) {
      const absent = orders.flatMap((order) => expectedOf(order, day)).filter(({ mark }) => !seen.has(mark));
      if (absent.length > 0) nearby ??= this.#readNearby(day);
      yield nearby ? await this.#missing(absent, day, await nearby) : [];
    }
  }

  /** Only orders of the merchant whose bills these are. */
  async *#paidOn(day: Day): AsyncGenerator<readonly PaidOrder[]> {
    const { orders, payments } = this.#needs;
    const { mchid } = payments.merchant;
    let last: PaidOrder | undefined;
    do {
      const batch = await orders.paidBetween(startOf(day), endOf(day), BATCH, last);
      yield batch.filter((order) => order.mchid === mchid);
      last = batch.length === BATCH ? batch.at(-1) : undefined;
    } while (last);
  }

  async #missing(absent: readonly Expected[], day: Day, { seen, hasDayAfter }: Nearby): Promise<Difference[]> {
    const missing: Difference[] = [];
    for (const expected of absent) {
      const mayComeLater = !hasDayAfter && expected.at > later(endOf(day), -LATE);
      if (seen.has(expected.mark) || (mayComeLater && (await this.#isTrue(expected)))) continue;
      missing.push(expected.difference);
    }
    return missing;
  }

  /** Asks WeChat, since there is no bill yet that could tell. */
  async #isTrue({ order, difference }: Expected): Promise<boolean> {
    if (difference.kind === 'refund-here-only') return true;
    const { answer } = await this.#needs.lookAtOrder.execute(order);
    if (answer.kind === 'unknown') comeAgain(answer);
    return answer.kind === 'paid' && answer.report.transactionId === order.payment.transactionId;
  }

  async #readNearby(day: Day): Promise<Nearby> {
    const seen = new Fingerprints();
    await this.#read(dayBefore(day), seen);
    return { seen, hasDayAfter: await this.#read(dayAfter(day), seen) };
  }

  /** Answers whether there is a bill. */
  async #read(day: Day, seen: Fingerprints): Promise<boolean> {
    try {
      const bill = await this.#needs.readBill.trades(day, 'ALL');
      for await (const row of bill.rows()) seen.add(markOf(row));
      return true;
    } catch (error) {
      if (error instanceof BillNotReady || error instanceof BillGone) return false;
      throw error;
    }
  }
}

/** By what a line of a bill and what we have are found in each other. */
export const markOf = ({ refundId, outRefundNo, transactionId }: TradeRow): string =>
  refundId === null ? paymentMark(transactionId) : refundMark(outRefundNo ?? '');

const paymentMark = (transactionId: string): string => `payment ${transactionId}`;
const refundMark = (outRefundNo: string): string => `refund ${outRefundNo}`;

/** Something that a bill of the day should have. */
interface Expected {
  readonly mark: string;
  readonly at: Date;
  readonly order: PaidOrder;
  readonly difference: Difference;
}

function expectedOf(order: PaidOrder, day: Day): Expected[] {
  const { transactionId, paidAt } = order.payment;
  const common = { outTradeNo: order.id, transactionId, there: null, healed: false } as const;
  const here = order.amount.total;
  return [
    {
      mark: paymentMark(transactionId),
      at: paidAt,
      order,
      difference: { ...common, kind: 'paid-here-only', outRefundNo: null, here },
    },
    ...order.refunds
      .filter((refund) => isOf(refund, day))
      .map((refund) => ({
        mark: refundMark(refund.id),
        at: refund.askedAt ?? refund.createdAt,
        order,
        difference: { ...common, kind: 'refund-here-only', outRefundNo: refund.id, here: refund.amount } as const,
      })),
  ];
}

/** Of a refund that took longer it is not certain which day's bill has it. */
const isOf = (refund: Refund, day: Day): boolean =>
  refund.state === 'succeeded' &&
  refund.askedAt !== null &&
  dayOf(refund.askedAt) === day &&
  dayOf(refund.succeededAt) === day;
