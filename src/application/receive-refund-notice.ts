import { type Clock, later, SECOND } from '../domain/clock.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { lookSoon, type Step } from '../domain/order/order-steps.ts';
import { isOpen, type Order } from '../domain/order/order.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../domain/order/out-trade-no.ts';
import type { PaymentGateway, RawNotice } from '../domain/order/payment-gateway.ts';
import { changeOrder } from './change-order.ts';
import type { Received } from './receive-payment-notice.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
}

/** However often a notice is repeated, WeChat is asked no more than every three seconds. */
const LEAST_BETWEEN = 3 * SECOND;

/**
 * Takes a notice of a refund in (退款结果通知). Nobody signs it, so it is believed in nothing:
 * it is written down that WeChat is to be asked about this order soon, and that is what is acknowledged.
 */
export class ReceiveRefundNotice {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(raw: RawNotice): Promise<Received> {
    const { clock, orders, payments } = this.#needs;
    const reading = payments.readRefundNotice(raw);
    if (reading.kind !== 'refund') return { verdict: reading.kind, why: reading.why };
    const order = await this.#find(reading.outTradeNo);
    if (!order) return { verdict: 'unknown-order' };
    await changeOrder(orders, order, (read) => ({ step: hint(read, clock.now()) }));
    return { verdict: 'noted' };
  }

  async #find(number: string): Promise<Order | undefined> {
    return OUT_TRADE_NO_SHAPE.test(number) ? this.#needs.orders.find(number as OutTradeNo) : undefined;
  }
}

function hint(order: Order, now: Date): Step | undefined {
  if (order.state !== 'paid' && !isOpen(order)) return undefined;
  const { dueAt, lookedAt } = order.watch;
  const soon = new Date(Math.max(now.getTime(), lookedAt ? later(lookedAt, LEAST_BETWEEN).getTime() : 0));
  return dueAt !== null && dueAt <= soon ? undefined : { order: lookSoon(order, soon), events: [] };
}
