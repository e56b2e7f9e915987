import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { beginClose, fail, type Step, takeTicket } from '../domain/order/order-steps.ts';
import type { Order, PrepayingOrder } from '../domain/order/order.ts';
import type { PaymentGateway, PrepayAnswer } from '../domain/order/payment-gateway.ts';
import { changeOrder } from './change-order.ts';
import type { LookAtOrder } from './look-at-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
  readonly lookAtOrder: LookAtOrder;
}

/**
 * Puts an order to WeChat that was written down to be, and writes down what WeChat said.
 * A crash or an outage in between leaves it to be done again: with the same number and the same words it is the same order.
 */
export class FinishPrepaying {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(order: PrepayingOrder): Promise<{ readonly order: Order; readonly answer: PrepayAnswer }> {
    const { orders, payments } = this.#needs;
    const answer = await payments.prepay(order);
    if (isDoubtful(answer, order)) return { order: await this.#settle(order), answer };
    const heeded = await changeOrder(orders, order, (read) => ({ step: this.#heed(read, answer) }));
    return { order: heeded.order, answer };
  }

  /** Whatever somebody else made of it meanwhile stands. */
  #heed(order: Order, answer: PrepayAnswer): Step | undefined {
    if (order.state !== 'prepaying') return undefined;
    const now = this.#needs.clock.now();
    if (answer.kind === 'ready') return takeTicket(order, answer.ticket, now);
    return answer.kind === 'refused' ? fail(order, answer.reason, now) : undefined;
  }

  /** What WeChat has and takes no new ticket for is either paid or to be closed there: somebody may hold a ticket of it. */
  async #settle(order: PrepayingOrder): Promise<Order> {
    const { clock, lookAtOrder, orders } = this.#needs;
    const look = await lookAtOrder.execute(order);
    if (look.answer.kind !== 'unpaid' && look.answer.kind !== 'absent') return look.order;
    const begun = await changeOrder(orders, look.order, (read) => ({
      step: read.state === 'prepaying' ? beginClose(read, clock.now()) : undefined,
    }));
    return begun.order;
  }
}

/** A no to an order that a ticket was handed out for does not unmake that ticket. */
const isDoubtful = ({ kind }: PrepayAnswer, { ticket }: PrepayingOrder): boolean =>
  kind === 'already-paid' || kind === 'conflict' || (kind === 'refused' && ticket !== null);
