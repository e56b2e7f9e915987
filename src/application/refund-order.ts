import type { Clock } from '../domain/clock.ts';
import type { IdSource } from '../domain/id-source.ts';
import type { Fen } from '../domain/order/fen.ts';
import { type OrderRepository, RefundNoTaken } from '../domain/order/order-repository.ts';
import { OrderNotPaid, OutRefundNoTaken, RefundNotFound, RefundNotPossible } from '../domain/order/order-refusals.ts';
import type { Step } from '../domain/order/order-steps.ts';
import type { Order } from '../domain/order/order.ts';
import type { PaymentGateway } from '../domain/order/payment-gateway.ts';
import { requestRefund } from '../domain/order/refund-steps.ts';
import { newOutRefundNo, type OutRefundNo, type Refund } from '../domain/order/refund.ts';
import { changeOrder } from './change-order.ts';
import type { SettleRefunds } from './settle-refunds.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly settleRefunds: SettleRefunds;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly payments: Pick<PaymentGateway, 'mayRefund'>;
}

export interface RefundOrderWish {
  readonly amount: Fen;
  readonly reason?: string | undefined;
  readonly outRefundNo?: OutRefundNo | undefined;
}

/** What makes the same request make the same refund. */
export interface RefundMark {
  readonly id: string;
  readonly outRefundNo: OutRefundNo;
}

/** Pays back a part of an order or all of it: writes it down with its number, then asks WeChat when its turn has come. */
export class RefundOrder {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /**
   * What WeChat cannot be asked about now stays `requested` and is finished later.
   * Throws RefundNotPossible where there is no merchant certificate, and a refusal for what can never be refunded.
   */
  async execute(order: Order, wish: RefundOrderWish, mark?: RefundMark): Promise<Refund> {
    const { ids } = this.#needs;
    const id = wish.outRefundNo ?? mark?.outRefundNo ?? newOutRefundNo(ids);
    const written = await this.#write(order, id, wish, mark);
    return refundOf(await this.#settle(written), id);
  }

  /** One whose turn has not come is put to WeChat by whoever settles what is due. */
  async #settle(order: Order): Promise<Order> {
    const { clock, settleRefunds } = this.#needs;
    const { dueAt } = order.watch;
    if (order.state !== 'paid' || dueAt === null || dueAt > clock.now()) return order;
    return (await settleRefunds.execute(order)).order;
  }

  async #write(order: Order, id: OutRefundNo, wish: RefundOrderWish, mark: RefundMark | undefined): Promise<Order> {
    const { clock, orders, payments } = this.#needs;
    const { amount, reason = null } = wish;
    const whole = { id, amount, reason, origin: 'merchant', requestId: mark?.id ?? null } as const;
    const decide = (read: Order): { step: Step | undefined } => {
      if (read.state !== 'paid') throw new OrderNotPaid();
      if (!payments.mayRefund(read)) throw new RefundNotPossible();
      const made = mark && read.refunds.some((refund) => refund.id === id && refund.requestId === mark.id);
      return { step: made ? undefined : requestRefund(read, whole, clock.now()) };
    };
    try {
      return (await changeOrder(orders, order, decide)).order;
    } catch (error) {
      throw error instanceof RefundNoTaken ? new OutRefundNoTaken() : error;
    }
  }
}

export function refundOf(order: Order, id: OutRefundNo): Refund {
  const refund = order.state === 'paid' ? order.refunds.find((known) => known.id === id) : undefined;
  if (!refund) throw new RefundNotFound();
  return refund;
}
