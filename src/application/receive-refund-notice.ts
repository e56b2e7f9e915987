import { type Clock, later, SECOND } from '../domain/clock.ts';
import type { NoticeVerdict, RefundNotice } from '../domain/order/notice-reader.ts';
import { type OrderRepository, RefundNoTaken } from '../domain/order/order-repository.ts';
import { lookSoon, type Step } from '../domain/order/order-steps.ts';
import type { Order } from '../domain/order/order.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../domain/order/out-trade-no.ts';
import { heedRefund } from '../domain/order/refund-steps.ts';
import { changeOrder } from './change-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly clock: Clock;
}

/** However often a notice is repeated, WeChat is asked no more than every three seconds. */
const LEAST_BETWEEN = 3 * SECOND;

/**
 * Takes what a notice says of a refund in (退款结果通知). One that WeChat signed is believed; one that nobody signs is
 * believed in nothing: it is written down that WeChat is to be asked about this order soon. That is what is acknowledged.
 */
export class ReceiveRefundNotice {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(notice: RefundNotice): Promise<NoticeVerdict> {
    const { clock, orders } = this.#needs;
    const order = await this.#find(notice.outTradeNo);
    if (!order) return 'unknown-order';
    const take = (decide: (read: Order) => Step | undefined) =>
      changeOrder(orders, order, (read) => ({ step: decide(read) }));
    const taken = await take((read) => heard(read, notice, clock.now())).catch((error: unknown) => {
      // Its number is another order's here: only WeChat can tell whose it is.
      if (!(error instanceof RefundNoTaken)) throw error;
      return take((read) => hint(read, clock.now()));
    });
    // Nobody lists a refund that was made at the console: WeChat is to tell again, once its payment is known.
    return notice.signed && taken.order.state !== 'paid' ? 'not-now' : 'noted';
  }

  async #find(number: string): Promise<Order | undefined> {
    return OUT_TRADE_NO_SHAPE.test(number) ? this.#needs.orders.find(number as OutTradeNo) : undefined;
  }
}

/** What is signed is about the payment that the order has, or it is only a reason to ask. */
function heard(order: Order, { signed }: RefundNotice, now: Date): Step | undefined {
  const isBelieved = order.state === 'paid' && order.payment.transactionId === signed?.transactionId;
  if (!isBelieved) return hint(order, now);
  const step = heedRefund(order, signed.report, { now, notice: signed.kept });
  return step.events.length > 0 ? step : undefined;
}

function hint(order: Order, now: Date): Step | undefined {
  if (order.state === 'created') return undefined;
  const { dueAt, lookedAt } = order.watch;
  const soon = new Date(Math.max(now.getTime(), lookedAt ? later(lookedAt, LEAST_BETWEEN).getTime() : 0));
  return dueAt !== null && dueAt <= soon ? undefined : { order: lookSoon(order, soon), events: [] };
}
