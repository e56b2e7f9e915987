import { RefundNotAbnormal, RefundRefused } from '../domain/order/order-refusals.ts';
import type { Order } from '../domain/order/order.ts';
import type { AbnormalRefundWish, PaymentGateway } from '../domain/order/payment-gateway.ts';
import type { OutRefundNo, Refund } from '../domain/order/refund.ts';
import type { LookForRefunds } from './look-for-refunds.ts';
import { refundOf } from './refund-order.ts';

interface Needs {
  readonly payments: PaymentGateway;
  readonly lookForRefunds: LookForRefunds;
}

/** Has WeChat send the money of a refund that could not get where it should to a bank card instead (发起异常退款). */
export class SendAbnormalRefund {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers the refund as WeChat says that it stands then. */
  async execute(order: Order, id: OutRefundNo, wish: AbnormalRefundWish): Promise<Refund> {
    const { lookForRefunds, payments } = this.#needs;
    const refund = refundOf(order, id);
    if (order.state !== 'paid' || refund.state !== 'abnormal' || refund.refundId === null)
      throw new RefundNotAbnormal();
    const answer = await payments.sendAbnormalRefund(order, refund, wish);
    if (answer.kind === 'unknown') throw answer.outage;
    if (answer.kind !== 'accepted') throw new RefundRefused(answer.reason ?? answer.kind);
    return refundOf((await lookForRefunds.execute(order)).order, id);
  }
}
