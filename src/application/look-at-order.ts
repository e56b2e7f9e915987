import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { close, type Step } from '../domain/order/order-steps.ts';
import { isOpen, type Order } from '../domain/order/order.ts';
import type { PaymentGateway, QueryAnswer } from '../domain/order/payment-gateway.ts';
import { leftAlone } from '../domain/order/watch.ts';
import { type LatePayment, receivePayment } from '../domain/order/receive-payment.ts';
import { changeOrder } from './change-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
  readonly latePayment: LatePayment;
}

export interface Look {
  readonly order: Order;
  readonly answer: QueryAnswer;
}

/** Asks WeChat how an order stands, and writes down what follows: WeChat's word on money is the last. */
export class LookAtOrder {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(order: Order): Promise<Look> {
    const { orders, payments } = this.#needs;
    const answer = await payments.query(order);
    const heeded = await changeOrder(orders, order, (read, isTaken) => ({
      step: this.#heed(read, answer, isTaken),
    }));
    return { order: heeded.order, answer };
  }

  /** Unpaid, absent and unknown say nothing that could not be different a moment later. */
  #heed(order: Order, answer: QueryAnswer, isTaken: boolean): Step | undefined {
    const now = this.#needs.clock.now();
    if (answer.kind === 'paid') {
      const { latePayment } = this.#needs;
      const receipt = receivePayment(order, answer.report, { now }, { latePayment, isTaken });
      return 'step' in receipt ? receipt.step : undefined;
    }
    if (answer.kind === 'closed' && isOpen(order)) return close(order, now);
    return answer.kind === 'unknown' ? undefined : answered(order);
  }
}

/** Something came for an order that was over, and WeChat has said now that it is over there as well. */
function answered(order: Order): Step | undefined {
  const isAsked = (order.state === 'closed' || order.state === 'failed') && order.watch.dueAt !== null;
  return isAsked ? { order: leftAlone(order), events: [] } : undefined;
}
