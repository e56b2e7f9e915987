import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import type { Step } from '../domain/order/order-steps.ts';
import type { Order, PaidOrder } from '../domain/order/order.ts';
import type { PaymentGateway, RefundAnswer, RefundsAnswer } from '../domain/order/payment-gateway.ts';
import {
  acceptRefund,
  askedFor,
  lookedForRefunds,
  markAbnormal,
  putOff,
  refuseRefund,
  turnOf,
} from '../domain/order/refund-steps.ts';
import type { OutRefundNo } from '../domain/order/refund.ts';
import { changeOrder } from './change-order.ts';
import { claimOrder } from './claim-order.ts';
import type { LookForRefunds } from './look-for-refunds.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
  readonly lookForRefunds: LookForRefunds;
}

export interface SettledRefunds {
  readonly order: Order;
  /** What WeChat said last; undefined where it was not asked. */
  readonly answer: RefundAnswer | RefundsAnswer | undefined;
}

/**
 * Brings the refunds of an order further: puts the one whose turn it is to WeChat, and asks how the others stand.
 * Where nobody knows what came of an earlier asking, it is looked for first, and asked for again only when WeChat has
 * said that it does not have it: then its answer, be it a no, is about this asking and no other.
 */
export class SettleRefunds {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(order: PaidOrder): Promise<SettledRefunds> {
    const { clock, orders } = this.#needs;
    const turn = turnOf(order);
    const now = clock.now();
    if (turn === undefined || turn.at > now) return this.#look(order);
    const claimed = await claimOrder(orders, askedFor(order, turn.refund, now));
    if (!claimed) return { order, answer: undefined };
    return turn.refund.looks === 0 ? this.#ask(claimed, turn.refund.id) : this.#askAgain(claimed, turn.refund.id);
  }

  async #look(order: PaidOrder): Promise<SettledRefunds> {
    const { clock, lookForRefunds, orders } = this.#needs;
    const claimed = await claimOrder(orders, lookedForRefunds(order, clock.now()));
    return claimed ? lookForRefunds.execute(claimed) : { order, answer: undefined };
  }

  async #askAgain(order: PaidOrder, id: OutRefundNo): Promise<SettledRefunds> {
    const look = await this.#needs.lookForRefunds.execute(order);
    if (look.answer.kind === 'unknown' || look.order.state !== 'paid') return look;
    return this.#ask(look.order, id);
  }

  async #ask(order: PaidOrder, id: OutRefundNo): Promise<SettledRefunds> {
    const { clock, orders, payments } = this.#needs;
    const refund = order.refunds.find((known) => known.id === id);
    if (refund?.state !== 'requested') return { order, answer: undefined };
    const answer = await payments.refund(order, refund);
    const heeded = await changeOrder(orders, order, (read) => ({ step: heed(read, id, answer, clock.now()) }));
    return { order: heeded.order, answer };
  }
}

/** Whatever somebody else made of it meanwhile stands. What nobody knows is asked again at its time. */
function heed(order: Order, id: OutRefundNo, answer: RefundAnswer, now: Date): Step | undefined {
  const refund = order.state === 'paid' ? order.refunds.find((known) => known.id === id) : undefined;
  if (order.state !== 'paid' || refund?.state !== 'requested') return undefined;
  switch (answer.kind) {
    case 'accepted':
      return acceptRefund(order, refund, answer.refundId, now);
    case 'refused':
      return refuseRefund(order, refund, answer.reason, now);
    case 'abnormal':
      return markAbnormal(order, refund, answer.reason, now);
    case 'later':
      return putOff(order, refund, answer, now);
    case 'unknown':
      return undefined;
    default:
      return answer satisfies never;
  }
}
