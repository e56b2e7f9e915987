import { type Clock, HOUR, later } from '../domain/clock.ts';
import type { Anomaly } from '../domain/order/anomaly.ts';
import type { OrderRepository, Repayment } from '../domain/order/order-repository.ts';
import type { PaidOrder } from '../domain/order/order.ts';
import type { PaymentGateway } from '../domain/order/payment-gateway.ts';
import type { SucceededRefund } from '../domain/order/refund.ts';
import type { TradeRow } from '../domain/statement/bill.ts';
import { type Day, dayAfter, dayBefore, dayOf, endOf, startOf } from '../domain/statement/day.ts';
import { Fingerprints } from '../domain/statement/fingerprints.ts';
import type { Difference } from '../domain/statement/reconciliation.ts';
import { BillGone, BillNotReady } from '../domain/statement/statement-refusals.ts';
import { comeAgain } from './compare-trade.ts';
import type { LookAtOrder } from './look-at-order.ts';
import type { LookForRefunds } from './look-for-refunds.ts';
import { raiseOnce } from './raise-once.ts';
import { isUnreadable, type ReadBill } from './read-bill.ts';

export interface FindMissingNeeds {
  readonly orders: OrderRepository;
  readonly payments: Pick<PaymentGateway, 'merchant'>;
  readonly lookAtOrder: Pick<LookAtOrder, 'execute'>;
  readonly lookForRefunds: Pick<LookForRefunds, 'execute'>;
  readonly readBill: Pick<ReadBill, 'trades'>;
  readonly clock: Clock;
}

const BATCH = 200;

/** So near to midnight, it may be in the bill of the day before or after, where there is one that can be read. */
const NEAR = HOUR;

/** What the bills of the day before and the day after have. */
interface Nearby {
  readonly seen: Fingerprints;
  readonly hasDayBefore: boolean;
  readonly hasDayAfter: boolean;
}

/** Finds what was paid or refunded here on a day and is in no bill around it, and tells of it. */
export class FindMissing {
  readonly #needs: FindMissingNeeds;

  constructor(needs: FindMissingNeeds) {
    this.#needs = needs;
  }

  /** Answers, batch by batch, what is missing in a bill that has all of `seen`. */
  async *execute(day: Day, seen: Fingerprints): AsyncGenerator<readonly Difference[]> {
    let nearby: Promise<Nearby> | undefined;
    for await (const expected of this.#expectedOn(day)) {
      const absent = expected.filter(({ mark }) => !seen.has(mark));
      if (absent.length > 0) nearby ??= this.#readNearby(day);
      yield nearby ? await this.#missing(absent, day, await nearby) : [];
    }
  }

  /** Only of orders of the merchant whose bills these are. */
  async *#expectedOn(day: Day): AsyncGenerator<readonly Expected[]> {
    const { orders, payments } = this.#needs;
    const isOurs = ({ mchid }: PaidOrder) => mchid === payments.merchant.mchid;
    const [from, until] = [startOf(day), endOf(day)];
    for await (const paid of inPages<PaidOrder>((last) => orders.paidBetween(from, until, BATCH, last)))
      yield paid.filter(isOurs).map(expectedPayment);
    for await (const refunded of inPages<Repayment>((last) => orders.refundedBetween(from, until, BATCH, last)))
      yield refunded.filter(({ order, refund }) => isOurs(order) && isOf(refund, day)).map(expectedRefund);
  }

  async #missing(absent: readonly Expected[], day: Day, nearby: Nearby): Promise<Difference[]> {
    const missing: Difference[] = [];
    for (const expected of absent) {
      if (nearby.seen.has(expected.mark)) continue;
      if (mayBeNextDoor(expected.at, day, nearby) && (await this.#isTrue(expected))) continue;
      await raiseOnce(this.#needs, expected.order, expected.anomaly);
      missing.push(expected.difference);
    }
    return missing;
  }

  /** Asks WeChat, since there is no bill that could tell. */
  async #isTrue({ order, refund }: Expected): Promise<boolean> {
    const { lookAtOrder, lookForRefunds } = this.#needs;
    const { answer } = await (refund ? lookForRefunds.execute(order, [refund.id]) : lookAtOrder.execute(order));
    if (answer.kind === 'unknown') comeAgain(answer);
    if (answer.kind === 'refunds') return answer.reports.some(({ outRefundNo }) => outRefundNo === refund?.id);
    return answer.kind === 'paid' && answer.report.transactionId === order.payment.transactionId;
  }

  async #readNearby(day: Day): Promise<Nearby> {
    const seen = new Fingerprints();
    const hasDayBefore = await this.#read(dayBefore(day), seen);
    return { seen, hasDayBefore, hasDayAfter: await this.#read(dayAfter(day), seen) };
  }

  /** Answers whether there is a bill, and all of it. */
  async #read(day: Day, seen: Fingerprints): Promise<boolean> {
    try {
      const bill = await this.#needs.readBill.trades(day, 'ALL');
      for await (const row of bill.rows()) seen.add(markOf(row));
      return true;
    } catch (error) {
      if (error instanceof BillNotReady || error instanceof BillGone || isUnreadable(error)) return false;
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
  readonly refund: SucceededRefund | null;
  readonly difference: Difference;
  readonly anomaly: Anomaly;
}

function expectedPayment(order: PaidOrder): Expected {
  const { transactionId, paidAt } = order.payment;
  return {
    mark: paymentMark(transactionId),
    at: paidAt,
    order,
    refund: null,
    difference: { ...absenceOf(order), kind: 'paid-here-only', outRefundNo: null, here: order.amount.total },
    anomaly: { kind: 'missing-in-bill', transactionId },
  };
}

function expectedRefund({ order, refund }: Repayment): Expected {
  const { transactionId } = order.payment;
  const { refundId } = refund;
  return {
    mark: refundMark(refund.id),
    at: refund.askedAt ?? refund.createdAt,
    order,
    refund,
    difference: { ...absenceOf(order), kind: 'refund-here-only', outRefundNo: refund.id, here: refund.amount },
    anomaly: { kind: 'refund-missing-in-bill', transactionId, ...(refundId !== null && { refundId }) },
  };
}

const absenceOf = ({ id, payment }: PaidOrder) =>
  ({ outTradeNo: id, transactionId: payment.transactionId, there: null, healed: false }) as const;

/** Of a refund that took longer it is not certain which day's bill has it. */
const isOf = ({ askedAt, succeededAt }: SucceededRefund, day: Day): boolean =>
  askedAt !== null && dayOf(askedAt) === day && dayOf(succeededAt) === day;

const mayBeNextDoor = (at: Date, day: Day, { hasDayBefore, hasDayAfter }: Nearby): boolean =>
  (!hasDayBefore && at < later(startOf(day), NEAR)) || (!hasDayAfter && at > later(endOf(day), -NEAR));

/** Page by page, each behind the last one of the page before. */
async function* inPages<Found>(next: (last?: Found) => Promise<Found[]>): AsyncGenerator<Found[]> {
  let last: Found | undefined;
  do {
    const page = await next(last);
    yield page;
    last = page.length === BATCH ? page.at(-1) : undefined;
  } while (last !== undefined);
}
