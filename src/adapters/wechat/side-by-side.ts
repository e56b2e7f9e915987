import type { AppId } from '../../domain/account/account.ts';
import type { Merchant, Order, PaidOrder, PrepaidOrder, PrepayingOrder } from '../../domain/order/order.ts';
import type { PayApi } from '../../domain/order/pay-api.ts';
import type {
  AbnormalRefundWish,
  AppPaymentRequest,
  CloseAnswer,
  PaymentGateway,
  PaymentRequest,
  PrepayAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundsAnswer,
} from '../../domain/order/payment-gateway.ts';
import type { AbnormalRefund, OutRefundNo, Refund } from '../../domain/order/refund.ts';

/**
 * Both versions of the API at once: new orders go the current way, and one that was put to WeChat by the other is talked
 * about in that. Where it is not set up any more, in the current one, for WeChat knows an order by its number.
 */
export class SideBySide implements PaymentGateway {
  readonly #current: PaymentGateway;
  readonly #byApi: Partial<Record<PayApi, PaymentGateway>>;

  constructor(current: PaymentGateway, byApi: Partial<Record<PayApi, PaymentGateway>>) {
    this.#current = current;
    this.#byApi = byApi;
  }

  get merchant(): Merchant {
    return this.#current.merchant;
  }

  get api(): PayApi {
    return this.#current.api;
  }

  get appAppid(): AppId | null {
    return this.#current.appAppid;
  }

  prepay(order: PrepayingOrder): Promise<PrepayAnswer> {
    return this.#of(order).prepay(order);
  }

  query(order: Order): Promise<QueryAnswer> {
    return this.#of(order).query(order);
  }

  close(order: Order): Promise<CloseAnswer> {
    return this.#of(order).close(order);
  }

  paymentRequest(order: PrepaidOrder): PaymentRequest {
    return this.#of(order).paymentRequest(order);
  }

  appRequest(order: PrepaidOrder): AppPaymentRequest {
    return this.#of(order).appRequest(order);
  }

  mayRefund(order: PaidOrder): boolean {
    return this.#of(order).mayRefund(order);
  }

  refund(order: PaidOrder, refund: Refund): Promise<RefundAnswer> {
    return this.#of(order).refund(order, refund);
  }

  queryRefunds(order: PaidOrder, named?: readonly OutRefundNo[]): Promise<RefundsAnswer> {
    return this.#of(order).queryRefunds(order, named);
  }

  /** Only version 3 can, and it can for orders that came by either. */
  sendAbnormalRefund(order: PaidOrder, refund: AbnormalRefund, wish: AbnormalRefundWish): Promise<RefundAnswer> {
    return (this.#byApi.v3 ?? this.#of(order)).sendAbnormalRefund(order, refund, wish);
  }

  #of({ api }: Order): PaymentGateway {
    return this.#byApi[api] ?? this.#current;
  }
}
