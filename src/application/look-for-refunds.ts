import type { Clock } from '../domain/clock.ts';
import { type OrderRepository, RefundNoTaken } from '../domain/order/order-repository.ts';
import type { Step } from '../domain/order/order-steps.ts';
import type { Order, PaidOrder } from '../domain/order/order.ts';
import type { PaymentGateway, RefundsAnswer } from '../domain/order/payment-gateway.ts';
import type { RefundReport } from '../domain/order/refund-report.ts';
import { heedRefunds } from '../domain/order/refund-steps.ts';
import type { OutRefundNo } from '../domain/order/refund.ts';
import { changeOrder } from './change-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
}

export interface RefundsLook {
  readonly order: Order;
  readonly answer: RefundsAnswer;
}

/**
 * Asks WeChat for all refunds of an order, ours and those made at its console, and writes down what is new.
 * Of a number that another order of ours has, nothing is taken in here: it is that order's.
 */
export class LookForRefunds {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Those that are named are asked for, too, should WeChat not list them by itself. */
  async execute(order: PaidOrder, named: readonly OutRefundNo[] = []): Promise<RefundsLook> {
    const { clock, orders, payments } = this.#needs;
    const answer = await payments.queryRefunds(order, named);
    if (answer.kind === 'unknown') return { order, answer };
    const all = answer.kind === 'refunds' ? answer.reports : [];
    const heed = (reports: readonly RefundReport[]) =>
      changeOrder(orders, order, (read) => ({ step: news(read, reports, clock.now()) }));
    const heeded = await heed(all).catch((error: unknown) => {
      if (!(error instanceof RefundNoTaken)) throw error;
      return heed(all.filter(({ outRefundNo }) => order.refunds.some(({ id }) => id === outRefundNo)));
    });
    return { order: heeded.order, answer };
  }
}

function news(order: Order, reports: readonly RefundReport[], now: Date): Step | undefined {
  const step = order.state === 'paid' ? heedRefunds(order, reports, { now }) : undefined;
  return step && step.events.length > 0 ? step : undefined;
}
