import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { AccountId, OpenId } from '../domain/account/account.ts';
import { type Clock, HOUR, later } from '../domain/clock.ts';
import type { IdSource } from '../domain/id-source.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import { OutTradeNoTaken, PayerUnknown } from '../domain/order/order-refusals.ts';
import { place, type Step } from '../domain/order/order-steps.ts';
import type { Amount, CreatedOrder, Order, Payer, Terms } from '../domain/order/order.ts';
import { newOutTradeNo, type OutTradeNo } from '../domain/order/out-trade-no.ts';
import { Outage } from '../domain/outage.ts';
import type { PaymentGateway } from '../domain/order/payment-gateway.ts';

interface Needs {
  readonly orders: OrderRepository;
  readonly accounts: AccountRepository;
  readonly payments: PaymentGateway;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** What a merchant orders. The price is theirs to say: no mini program is ever asked for one. */
export interface OrderWish {
  readonly description: string;
  readonly amount: Amount;
  readonly outTradeNo?: OutTradeNo | undefined;
  readonly payer?: { readonly accountId: AccountId } | { readonly openid: OpenId } | undefined;
  readonly attach?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly timeExpire?: Date | undefined;
}

/** What makes the same request make the same order. */
export interface RequestMark {
  readonly id: string;
  readonly outTradeNo: OutTradeNo;
}

const LIFE = 2 * HOUR;

/** Writes a new order down; WeChat hears of it when somebody comes to pay. */
export class CreateOrder {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Of a request that was cut short, the order may be there already. */
  async execute(wish: OrderWish, mark?: RequestMark): Promise<Order> {
    const id = wish.outTradeNo ?? mark?.outTradeNo ?? newOutTradeNo(this.#needs.ids);
    const made = mark && (await this.#madeBy(mark, id, wish));
    return (
      made ??
      this.#add(place(this.#terms(id, wish, mark), await this.#payerOf(wish), this.#needs.payments.api), wish, mark)
    );
  }

  #terms(id: OutTradeNo, wish: OrderWish, mark: RequestMark | undefined): Terms {
    const { clock, payments } = this.#needs;
    const now = clock.now();
    return {
      ...payments.merchant,
      id,
      description: wish.description,
      amount: wish.amount,
      attach: wish.attach ?? null,
      metadata: wish.metadata ?? null,
      createdAt: now,
      timeExpire: wish.timeExpire ?? later(now, LIFE),
      requestId: mark?.id ?? null,
    };
  }

  async #add(step: Step<CreatedOrder>, wish: OrderWish, mark: RequestMark | undefined): Promise<Order> {
    try {
      await this.#needs.orders.add(step);
      return step.order;
    } catch (error) {
      const isTaken = error instanceof OutTradeNoTaken && mark;
      const made = isTaken && (await this.#madeBy(mark, step.order.id, wish));
      if (made) return made;
      // Nobody else has a number of ours: it is an earlier try of this request, which we will see in a moment.
      throw isTaken && !wish.outTradeNo ? unseen(error) : error;
    }
  }

  /** The same request, and still for the same: long after, a key may come again for another order. */
  async #madeBy(mark: RequestMark, id: OutTradeNo, { amount, description }: OrderWish): Promise<Order | undefined> {
    const kept = await this.#needs.orders.find(id);
    const isSame = kept?.amount.total === amount.total && kept.description === description;
    return isSame && kept.requestId === mark.id ? kept : undefined;
  }

  async #payerOf({ payer }: OrderWish): Promise<Payer | null> {
    if (!payer) return null;
    if ('openid' in payer) return { openid: payer.openid, accountId: null };
    const account = await this.#needs.accounts.find(payer.accountId);
    if (account?.appid !== this.#needs.payments.merchant.appid) throw new PayerUnknown();
    return { openid: account.openid, accountId: account.id };
  }
}

const unseen = (cause: unknown): Outage =>
  new Outage('storage-contended', 'The order is being made. Try again.', { cause, retryAfterSeconds: 1 });
