import type { Clock } from '../domain/clock.ts';
import type { EventLog } from '../domain/order/event-log.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import type { Order } from '../domain/order/order.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../domain/order/out-trade-no.ts';
import type { NoticeVerdict, PaymentGateway, PaymentNotice, RawNotice } from '../domain/order/payment-gateway.ts';
import type { LatePayment } from '../domain/order/receive-payment.ts';
import { receiveNotice, unknownOrder } from '../domain/order/receive-notice.ts';
import { changeOrder } from './change-order.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly events: EventLog;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
  readonly latePayment: LatePayment;
}

export interface Received {
  readonly verdict: NoticeVerdict;
  /** For the log: what was wrong with one that is no notice of ours. */
  readonly why?: string;
}

/**
 * Takes a notice of WeChat Pay in (支付结果通知) and answers what became of it.
 * What is not signed with our key never reaches the storage. What it says is compared with our own order before any state
 * moves, and is written in one durable step before anybody is told that it was taken.
 */
export class ReceivePaymentNotice {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(raw: RawNotice): Promise<Received> {
    const { clock, latePayment, orders, payments } = this.#needs;
    const reading = payments.readNotice(raw);
    if (!('notice' in reading)) return { verdict: reading.kind, why: reading.why };
    const order = await this.#find(reading.notice);
    if (!order) return { verdict: await this.#noteUnknownOrder(reading.notice) };
    const { decision } = await changeOrder(orders, order, (read, isTaken) =>
      receiveNotice(read, reading, clock.now(), { latePayment, isTaken }),
    );
    return { verdict: decision.verdict };
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
