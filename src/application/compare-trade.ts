import type { Clock } from '../domain/clock.ts';
import type { AnomalyKind } from '../domain/order/anomaly.ts';
import type { EventLog } from '../domain/order/event-log.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import type { Order } from '../domain/order/order.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../domain/order/out-trade-no.ts';
import type { PaymentGateway, Unknown } from '../domain/order/payment-gateway.ts';
import { OUT_REFUND_NO_SHAPE, type OutRefundNo, type Refund } from '../domain/order/refund.ts';
import type { TradeRow } from '../domain/statement/bill.ts';
import type { Difference, DifferenceKind } from '../domain/statement/reconciliation.ts';
import { unknownTrade } from '../domain/statement/unknown-trade.ts';
import type { LookAtOrder } from './look-at-order.ts';
import type { LookForRefunds } from './look-for-refunds.ts';
import { raiseOnce } from './raise-once.ts';

export interface CompareTradeNeeds {
  readonly orders: OrderRepository;
  readonly events: EventLog;
  readonly payments: Pick<PaymentGateway, 'merchant' | 'appAppid'>;
  readonly lookAtOrder: Pick<LookAtOrder, 'execute'>;
  readonly lookForRefunds: Pick<LookForRefunds, 'execute'>;
  readonly clock: Clock;
}

/** A merchant's bill also has what was sold elsewhere, under another appid: that is nobody's business here. */
export type TradeVerdict = 'agrees' | 'not-ours' | Difference;

/** Compares one line of a bill with our order. Where they differ, WeChat is asked before anybody else is told. */
export class CompareTrade {
  readonly #needs: CompareTradeNeeds;

  constructor(needs: CompareTradeNeeds) {
    this.#needs = needs;
  }

  async execute(row: TradeRow): Promise<TradeVerdict> {
    const isRefund = row.refundId !== null;
    if (!isRefund && row.tradeState !== 'SUCCESS') return 'not-ours';
    const order = await this.#find(row);
    if (!order) return this.#noteUnknown(row);
    return isRefund ? this.#compareRefund(row, order) : this.#comparePayment(row, order);
  }

  async #find({ outTradeNo, transactionId }: TradeRow): Promise<Order | undefined> {
    const { orders } = this.#needs;
    const byNumber = OUT_TRADE_NO_SHAPE.test(outTradeNo) ? await orders.find(outTradeNo as OutTradeNo) : undefined;
    return byNumber ?? orders.findByTransaction(transactionId);
  }

  async #noteUnknown(row: TradeRow): Promise<TradeVerdict> {
    const { clock, events, payments } = this.#needs;
    if (row.appid !== payments.merchant.appid && row.appid !== payments.appAppid) return 'not-ours';
    await events.note(unknownTrade(row, clock.now()));
    return differing(row, row.refundId === null ? 'unknown-order' : 'refund-there-only');
  }

  async #comparePayment(row: TradeRow, known: Order): Promise<TradeVerdict> {
    const isKnown = isPaidBy(known, row);
    const order = isKnown ? known : await this.#lookAt(known);
    const here = order.amount.total;
    if (here !== paidIn(row)) {
      await this.#raise(row, order, 'amount-mismatch');
      return differing(row, 'amount-differs', { here });
    }
    if (isKnown) return 'agrees';
    if (isPaidBy(order, row)) return differing(row, 'paid-there-only', { here, healed: true });
    if (order.state !== 'paid') return this.#unconfirmed(row, order, 'paid-there-only');
    await this.#raise(row, order, 'second-payment');
    return differing(row, 'paid-there-only', { here });
  }

  async #compareRefund(row: TradeRow, known: Order): Promise<TradeVerdict> {
    const before = refundIn(known, row);
    if (before && agrees(before, row)) return 'agrees';
    const order = await this.#lookForRefundsOf(known, row);
    const refund = refundIn(order, row);
    const here = refund?.amount ?? null;
    if (here !== null && here !== row.refundAmount) {
      await this.#raise(row, order, 'refund-mismatch');
      return differing(row, 'refund-amount-differs', { here });
    }
    if (refund && agrees(refund, row)) return differing(row, 'refund-there-only', { here, healed: true });
    return this.#unconfirmed(row, order, 'refund-there-only', here);
  }

  async #lookAt(order: Order): Promise<Order> {
    const look = await this.#needs.lookAtOrder.execute(order);
    if (look.answer.kind === 'unknown') comeAgain(look.answer);
    return look.order;
  }

  async #lookForRefundsOf(known: Order, row: TradeRow): Promise<Order> {
    const order = known.state === 'paid' ? known : await this.#lookAt(known);
    if (order.state !== 'paid') return order;
    const look = await this.#needs.lookForRefunds.execute(order, namedIn(row));
    if (look.answer.kind === 'unknown') comeAgain(look.answer);
    return look.order;
  }

  /** WeChat was asked and does not say what its bill says; where it said what else is wrong, that was told. */
  async #unconfirmed(
    row: TradeRow,
    order: Order,
    kind: DifferenceKind,
    here: number | null = null,
  ): Promise<Difference> {
    if (!isToldOf(order, row)) await this.#raise(row, order, 'bill-mismatch');
    return differing(row, kind, { here });
  }

  #raise({ transactionId, refundId }: TradeRow, order: Order, kind: AnomalyKind): Promise<void> {
    return raiseOnce(this.#needs, order, { kind, transactionId, ...(refundId !== null && { refundId }) });
  }
}

const isToldOf = ({ anomalies }: Order, { transactionId, refundId }: TradeRow): boolean =>
  anomalies.some((key) => key.endsWith(`:${refundId ?? transactionId}`));

const isPaidBy = (order: Order, { transactionId }: TradeRow): boolean =>
  order.state === 'paid' && order.payment.transactionId === transactionId;

/** Older layouts have but one amount. */
const paidIn = ({ total, settlementTotal }: TradeRow): number => total ?? settlementTotal;

const refundIn = (order: Order, { outRefundNo }: TradeRow): Refund | undefined =>
  order.state === 'paid' ? order.refunds.find(({ id }) => id === outRefundNo) : undefined;

/** Not every version of the API tells of a refund that is not named. */
const namedIn = ({ outRefundNo }: TradeRow): readonly OutRefundNo[] =>
  outRefundNo !== null && OUT_REFUND_NO_SHAPE.test(outRefundNo) ? [outRefundNo as OutRefundNo] : [];

/** A bill tells how a refund stood when it was made: only of one that has come to nothing here it can know better. */
function agrees({ amount, state }: Refund, { refundAmount, refundState }: TradeRow): boolean {
  const isContradicted = state === 'closed' && refundState === 'SUCCESS';
  return amount === refundAmount && state !== 'requested' && !isContradicted;
}

/** What passes is waited for; what does not has to be seen by a person, and keeps no other line from its turn. */
export function comeAgain({ outage }: Unknown): void {
  if (PASSING.has(outage.code)) throw outage;
}

const PASSING: ReadonlySet<string> = new Set(['wechat-busy', 'wechat-timeout', 'wechat-unreachable']);

interface Found {
  readonly here?: number | null;
  readonly healed?: boolean;
}

const differing = (row: TradeRow, kind: DifferenceKind, { here = null, healed = false }: Found = {}): Difference => ({
  kind,
  outTradeNo: row.outTradeNo,
  transactionId: row.transactionId,
  outRefundNo: row.outRefundNo,
  there: row.refundId === null ? paidIn(row) : row.refundAmount,
  here,
  healed,
});
