import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { close } from '../domain/order/order-steps.ts';
import type { ClosingOrder, Order } from '../domain/order/order.ts';
import type { PaymentGateway } from '../domain/order/payment-gateway.ts';
import { changeOrder } from './change-order.ts';
import type { LookAtOrder } from './look-at-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
  readonly lookAtOrder: LookAtOrder;
}

/**
 * Has WeChat close an order, asks how it stands then, and only on that word calls it closed.
 * A payment that was faster makes it paid; what nobody can tell is asked again later.
 */
export class FinishClosing {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(order: ClosingOrder): Promise<Order> {
    const { lookAtOrder, payments } = this.#needs;
    const answer = await payments.close(order);
    if (answer.kind === 'unknown') return order;
    const look = await lookAtOrder.execute(order);
    return look.answer.kind === 'absent' ? this.#close(look.order) : look.order;
  }

  /** WeChat has never heard of it, so there is nothing there that could be paid. */
  async #close(order: Order): Promise<Order> {
    const { clock, orders } = this.#needs;
    const closed = await changeOrder(orders, order, (read) => ({
      step: read.state === 'closing' ? close(read, clock.now()) : undefined,
    }));
    return closed.order;
  }
}
