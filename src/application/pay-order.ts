import type { Account, AccountId } from '../domain/account/account.ts';
import { type Clock, later } from '../domain/clock.ts';
import {
  OrderClosed,
  OrderExpired,
  OrderFailed,
  OrderNotFound,
  OrderPaid,
  PaymentRefused,
} from '../domain/order/order-refusals.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { beginPrepay, SHORTEST_LIFE, type Step } from '../domain/order/order-steps.ts';
import { isAlive, isOthers, type Order, type Ticket } from '../domain/order/order.ts';
import type { PaymentGateway, PaymentRequest, PrepayAnswer } from '../domain/order/payment-gateway.ts';
import { changeOrder } from './change-order.ts';
import type { FindOrder } from './find-order.ts';
import type { FinishPrepaying } from './finish-prepaying.ts';
import { SingleFlight } from './single-flight.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
  readonly findOrder: FindOrder;
  readonly finishPrepaying: FinishPrepaying;
}

/**
 * Answers what a payer's phone needs to pay an order (小程序调起支付).
 * Whoever asks again gets the same living ticket; whoever asks first becomes the payer of an order that has none.
 */
export class PayOrder {
  readonly #needs: Needs;
  readonly #flights = new SingleFlight<string, Ticket>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(number: string, accountId: AccountId, clientIp: string): Promise<PaymentRequest> {
    const { findOrder, payments } = this.#needs;
    const { order, account } = await findOrder.forUser(number, accountId);
    const ticket = await this.#flights.run(`${accountId} ${order.id}`, () => this.#ticket(order, account, clientIp));
    return payments.paymentRequest(ticket);
  }

  /** Writes first that WeChat is going to be asked, then asks, then hands out what was written. */
  async #ticket(order: Order, account: Account, clientIp: string): Promise<Ticket> {
    const { clock, finishPrepaying, orders } = this.#needs;
    const begun = await changeOrder(orders, order, (read) => ({
      step: beginning(read, account, clientIp, clock.now()),
    }));
    if (begun.order.state !== 'prepaying') return ticketOf(begun.order);
    const finished = await finishPrepaying.execute(begun.order);
    return ticketOf(finished.order, finished.answer);
  }
}

/** The step that has to be written before WeChat can be asked; none where it has been written or nothing is to be asked. */
function beginning(order: Order, account: Account, clientIp: string, now: Date): Step | undefined {
  if (isOthers(order, account)) throw new OrderNotFound();
  if (order.state === 'prepaid' && isAlive(order, now)) return undefined;
  if (order.state !== 'created' && order.state !== 'prepaid') return undefined;
  if (order.timeExpire <= later(now, SHORTEST_LIFE)) throw new OrderExpired();
  const payer = order.payer ?? { openid: account.openid, accountId: account.id };
  return beginPrepay(order, { payer, clientIp }, now);
}

/** What the order has become counts, and after that what WeChat said. */
function ticketOf(order: Order, answer?: PrepayAnswer): Ticket {
  if (order.state === 'prepaid') return order.ticket;
  if (order.state === 'paid' || answer?.kind === 'already-paid') throw new OrderPaid();
  if (answer?.kind === 'unknown') throw answer.outage;
  if (answer?.kind === 'refused') throw new PaymentRefused(answer.reason);
  throw order.state === 'failed' ? new OrderFailed() : new OrderClosed();
}
