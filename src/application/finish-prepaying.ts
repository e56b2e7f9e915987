import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { fail, type Step, takeTicket } from '../domain/order/order-steps.ts';
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
    const { lookAtOrder, orders, payments } = this.#needs;
    const answer = await payments.prepay(order);
    if (answer.kind === 'already-paid') return { ...(await lookAtOrder.execute(order)), answer };
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
}
