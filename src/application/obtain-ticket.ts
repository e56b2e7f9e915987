import { type Clock, later } from '../domain/clock.ts';
import {
  OrderClosed,
  OrderExpired,
  OrderFailed,
  OrderPaid,
  PaymentRefused,
  TradeTypeConflict,
} from '../domain/order/order-refusals.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { beginPrepay, prepayAgain, SHORTEST_LIFE, type Step } from '../domain/order/order-steps.ts';
import { isAlive, type Manner, type Order, type PrepaidOrder } from '../domain/order/order.ts';
import type { PrepayAnswer } from '../domain/order/payment-gateway.ts';
import { changeOrder } from './change-order.ts';
import type { FinishPrepaying } from './finish-prepaying.ts';
import { SingleFlight } from './single-flight.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly clock: Clock;
  readonly finishPrepaying: FinishPrepaying;
}

/**
 * Answers an order with a ticket that it can be paid with now.
 * Whoever asks again gets the same living ticket; whoever asks first settles in what manner it is paid.
 */
export class ObtainTicket {
  readonly #needs: Needs;
  readonly #flights = new SingleFlight<string, PrepaidOrder>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** `refuse` throws for an order that is not for the one who asks, each time that it is read. */
  execute(order: Order, manner: Manner, refuse: (order: Order) => void = () => {}): Promise<PrepaidOrder> {
    const flight = `${order.id} ${manner.tradeType} ${manner.payer?.openid}`;
    return this.#flights.run(flight, () => this.#obtain(order, manner, refuse));
  }

  /** Writes first that WeChat is going to be asked, then asks, then hands out what was written. */
  async #obtain(order: Order, manner: Manner, refuse: (order: Order) => void): Promise<PrepaidOrder> {
    const { clock, finishPrepaying, orders } = this.#needs;
    const begun = await changeOrder(orders, order, (read) => {
      refuse(read);
      return { step: beginning(read, manner, clock.now()) };
    });
    if (begun.order.state !== 'prepaying') return prepaid(begun.order);
    const finished = await finishPrepaying.execute(begun.order);
    return prepaid(finished.order, finished.answer);
  }
}

/** The step that has to be written before WeChat can be asked; none where it has been written or nothing is to be asked. */
function beginning(order: Order, manner: Manner, now: Date): Step | undefined {
  if (isOtherwise(order, manner)) throw new TradeTypeConflict();
  if (order.state === 'prepaid' && isAlive(order, now)) return undefined;
  if (order.state !== 'created' && order.state !== 'prepaid') return undefined;
  if (order.timeExpire <= later(now, SHORTEST_LIFE)) throw new OrderExpired();
  return order.state === 'created' ? beginPrepay(order, manner, now) : prepayAgain(order, now);
}

/** Who is named as the payer of an order pays it in the mini program, where it is known who pays. */
function isOtherwise(order: Order, { tradeType }: Manner): boolean {
  if ('prepay' in order) return order.prepay.tradeType !== tradeType;
  return order.state === 'created' && order.payer !== null && tradeType !== 'JSAPI';
}

/** What the order has become counts, and after that what WeChat said. */
function prepaid(order: Order, answer?: PrepayAnswer): PrepaidOrder {
  if (order.state === 'prepaid') return order;
  if (order.state === 'paid' || answer?.kind === 'already-paid') throw new OrderPaid();
  if (answer?.kind === 'unknown') throw answer.outage;
  if (answer?.kind === 'refused') throw new PaymentRefused(answer.reason);
  throw order.state === 'failed' ? new OrderFailed() : new OrderClosed();
}
