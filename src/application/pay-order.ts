import type { AccountId } from '../domain/account/account.ts';
import { OrderNotFound } from '../domain/order/order-refusals.ts';
import { isOthers, type Order } from '../domain/order/order.ts';
import type { PaymentGateway, PaymentRequest } from '../domain/order/payment-gateway.ts';
import type { FindOrder } from './find-order.ts';
import type { ObtainTicket } from './obtain-ticket.ts';

interface Needs {
  readonly payments: PaymentGateway;
  readonly findOrder: FindOrder;
  readonly obtainTicket: ObtainTicket;
}

/**
 * Answers what a payer's phone needs to pay an order in the mini program (小程序调起支付).
 * Whoever asks first becomes the payer of an order that has none.
 */
export class PayOrder {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(number: string, accountId: AccountId, clientIp: string): Promise<PaymentRequest> {
    const { findOrder, obtainTicket, payments } = this.#needs;
    const { order, account } = await findOrder.forUser(number, accountId);
    const { appid, openid, id } = account;
    const payer = { openid, accountId: id };
    const refuseOthers = (read: Order): void => {
      if (isOthers(read, account)) throw new OrderNotFound();
    };
    const manner = { api: payments.api, appid, tradeType: 'JSAPI', payer, clientIp } as const;
    return payments.paymentRequest(await obtainTicket.execute(order, manner, refuseOthers));
  }
}
