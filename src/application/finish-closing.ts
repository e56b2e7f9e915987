import type { Clock } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { close } from '../domain/order/order-steps.ts';
import { type ClosingOrder, isExpired } from '../domain/order/order.ts';
import type { PaymentGateway } from '../domain/order/payment-gateway.ts';
import { changeOrder } from './change-order.ts';
import type { Look, LookAtOrder } from './look-at-order.ts';

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

  async execute(order: ClosingOrder): Promise<Look> {
    const { clock, lookAtOrder, payments } = this.#needs;
    const closing = await payments.close(order);
    const look = await lookAtOrder.execute(order);
    const isUnheardOf = closing.kind === 'absent' && look.answer.kind === 'absent';
    return isUnheardOf && isHarmless(order, clock.now()) ? this.#close(look) : look;
  }

  async #close({ order, answer }: Look): Promise<Look> {
    const { clock, orders } = this.#needs;
    const closed = await changeOrder(orders, order, (read) => ({
      step: read.state === 'closing' ? close(read, clock.now()) : undefined,
    }));
    return { order: closed.order, answer };
  }
}

/**
 * WeChat may not have heard yet of what it will have in a moment.
 * Without a ticket nobody can pay it, and after its time nobody may.
 */
const isHarmless = (order: ClosingOrder, now: Date): boolean => order.ticket === null || isExpired(order, now);
