import { TradeTypeUnavailable } from '../domain/order/order-refusals.ts';
import type { Order, PrepaidOrder } from '../domain/order/order.ts';
import type { AppPaymentRequest, PaymentGateway } from '../domain/order/payment-gateway.ts';
import type { TradeType } from '../domain/order/trade-type.ts';
import type { ObtainTicket } from './obtain-ticket.ts';

interface Needs {
  readonly payments: PaymentGateway;
  readonly obtainTicket: ObtainTicket;
}

export interface ElsewhereWish {
  readonly tradeType: Exclude<TradeType, 'JSAPI'>;
  /** The payer's, or where that is not known the merchant's. */
  readonly clientIp: string;
}

/** What a merchant shows to a payer, or hands to an app. */
export type PaymentPass =
  | { readonly tradeType: 'NATIVE' | 'H5'; readonly url: string; readonly expiresAt: Date }
  | { readonly tradeType: 'APP'; readonly request: AppPaymentRequest };

/** Has an order paid outside the mini program: by a code to scan, in a browser, or in an app. */
export class PayElsewhere {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(order: Order, { tradeType, clientIp }: ElsewhereWish): Promise<PaymentPass> {
    const { obtainTicket, payments } = this.#needs;
    const { api, appAppid, merchant } = payments;
    const appid = tradeType === 'APP' ? appAppid : merchant.appid;
    if (appid === null) throw new TradeTypeUnavailable();
    const prepaid = await obtainTicket.execute(order, { api, appid, tradeType, payer: null, clientIp });
    if (tradeType === 'APP') return { tradeType, request: payments.appRequest(prepaid) };
    return { tradeType, url: prepaid.ticket.pass, expiresAt: goodUntil(prepaid) };
  }
}

/** Nothing can be paid with when the time of its order is over. */
const goodUntil = ({ ticket, timeExpire }: PrepaidOrder): Date =>
  ticket.expiresAt < timeExpire ? ticket.expiresAt : timeExpire;
