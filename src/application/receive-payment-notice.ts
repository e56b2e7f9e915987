import type { Clock } from '../domain/clock.ts';
import type { EventLog } from '../domain/order/event-log.ts';
import type { NoticeVerdict, PaymentNotice } from '../domain/order/notice-reader.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import type { Order } from '../domain/order/order.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../domain/order/out-trade-no.ts';
import type { LatePayment } from '../domain/order/receive-payment.ts';
import { receiveNotice, type SignedReading, unknownOrder } from '../domain/order/receive-notice.ts';
import { changeOrder } from './change-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly latePayment: LatePayment;
}

/**
 * Takes what a verified notice says of a payment (支付结果通知) and answers what became of it.
 * It is compared with our own order before any state moves, and is written in one durable step before anybody is told
 * that it was taken.
 */
export class ReceivePaymentNotice {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(reading: SignedReading): Promise<NoticeVerdict> {
    const { clock, latePayment, orders } = this.#needs;
    const order = await this.#find(reading.notice);
    if (!order) return this.#noteUnknownOrder(reading.notice);
    const { decision } = await changeOrder(orders, order, (read, isTaken) =>
      receiveNotice(read, reading, clock.now(), { latePayment, isTaken }),
    );
    return decision.verdict;
  }

  async #find({ outTradeNo }: PaymentNotice): Promise<Order | undefined> {
    if (outTradeNo === null || !OUT_TRADE_NO_SHAPE.test(outTradeNo)) return undefined;
    return this.#needs.orders.find(outTradeNo as OutTradeNo);
  }

  async #noteUnknownOrder(notice: PaymentNotice): Promise<NoticeVerdict> {
    const { clock, events } = this.#needs;
    await events.note(unknownOrder(notice, clock.now()));
    return 'unknown-order';
  }
}
