import type { OrderQuery, OrderRepository } from '../domain/order/order-repository.ts';
import type { Order } from '../domain/order/order.ts';

export interface OrderPage {
  readonly orders: readonly Order[];
  /** The order behind which the next page begins; undefined on the last one. */
  readonly last: Order | undefined;
}

/** Answers a page of orders, newest first. */
export class ListOrders {
  readonly #orders: OrderRepository;

  constructor({ orders }: { readonly orders: OrderRepository }) {
    this.#orders = orders;
  }

  /** Asks for one more than it answers, to know whether there is a next page. */
  async execute(query: OrderQuery): Promise<OrderPage> {
    const found = await this.#orders.list({ ...query, limit: query.limit + 1 });
    const orders = found.slice(0, query.limit);
    return { orders, last: found.length > query.limit ? orders.at(-1) : undefined };
  }
}
