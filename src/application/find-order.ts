import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { Account, AccountId } from '../domain/account/account.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { OrderNotFound } from '../domain/order/order-refusals.ts';
import { isOthers, type Order } from '../domain/order/order.ts';
import { outTradeNo } from '../domain/order/out-trade-no.ts';
import { NotAuthenticated } from '../domain/session/session.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly accounts: AccountRepository;
}

/** Finds an order for whoever may see it. */
export class FindOrder {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** For the merchant, who may see every order. */
  async execute(number: string): Promise<Order> {
    const order = await this.#needs.orders.find(outTradeNo(number));
    if (!order) throw new OrderNotFound();
    return order;
  }

  /** For a user: somebody else's order is as good as none. */
  async forUser(number: string, id: AccountId): Promise<{ readonly order: Order; readonly account: Account }> {
    const account = await this.#needs.accounts.find(id);
    if (!account) throw new NotAuthenticated();
    const order = await this.execute(number);
    if (isOthers(order, account)) throw new OrderNotFound();
    return { order, account };
  }
}
