import { isDeepStrictEqual } from 'node:util';
import { openMemory } from '../../../src/adapters/memory/open-memory.ts';
import { type Clock, later, MINUTE } from '../../../src/domain/clock.ts';
import { fen } from '../../../src/domain/order/fen.ts';
import type { Step } from '../../../src/domain/order/order-steps.ts';
import type {
  CreatedOrder,
  Order,
  OrderState,
  PaidOrder,
  Payer,
  PrepayingOrder,
} from '../../../src/domain/order/order.ts';
import type { OutTradeNo } from '../../../src/domain/order/out-trade-no.ts';
import type { PaymentGateway } from '../../../src/domain/order/payment-gateway.ts';
import { heedRefund } from '../../../src/domain/order/refund-steps.ts';
import type { OutRefundNo } from '../../../src/domain/order/refund.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import type { Shelf } from '../../../src/domain/shelf.ts';
import type { Day } from '../../../src/domain/statement/day.ts';
import { newDelivery } from '../../../src/domain/webhook/delivery-steps.ts';
import { FakePaymentGateway } from '../fake-payment-gateway.ts';
import {
  NOON,
  refundTo,
  sampleDifference,
  samplePayment,
  sampleReconciliation,
  sampleWish,
  stepsTo,
} from '../samples.ts';
import { boundTo } from './stock.ts';

const STATES = [
  'created',
  'prepaying',
  'prepaid',
  'closing',
  'closed',
  'failed',
  'paid',
] as const satisfies OrderState[];
const REFUNDS = ['succeeded', 'abnormal'] as const;

/** By their states; those with a refund by the refund's. */
export const NUMBERS = [...STATES, ...REFUNDS, 'of-nobody'].map((state) => `order-${state}`);
export const REFUND_PAIRS = REFUNDS.map((state) => [`order-${state}`, `back-${state}`] as const);
/** Of which the most has been told. */
const LONGEST = 'order-abnormal';
export const DAY = '2026-11-21' as Day;

type Steps = readonly [made: Step<CreatedOrder>, ...further: Step[]];

/** An order of this user's in each state, two of which something was paid back, and one of nobody's yet. */
export function ordersOf(payer: Payer): readonly Steps[] {
  const refunded = REFUNDS.map((state): Steps => {
    const steps = stepsOf('paid', state, payer);
    return [...steps, ...refundSteps(steps.at(-1)!.order as PaidOrder, state)];
  });
  return [...STATES.map((state) => stepsOf(state, state, payer)), ...refunded, stepsOf('created', 'of-nobody', null)];
}

const stepsOf = (state: OrderState, name: string, payer: Payer | null): Steps =>
  stepsTo(state, {
    terms: { id: `order-${name}` as OutTradeNo, amount: { total: fen(1_800), currency: 'CNY' } },
    payer,
    payment: samplePayment({ transactionId: `42000000000000000000000000${NUMBERS.indexOf(`order-${name}`) + 10}` }),
  });

function refundSteps(paid: PaidOrder, state: (typeof REFUNDS)[number]): readonly Step[] {
  const wish = sampleWish({ id: `back-${state}` as OutRefundNo, amount: fen(300) });
  const steps = refundTo('processing', paid, later(NOON, 2 * MINUTE), wish);
  const { order } = steps.at(-1)!;
  const { amount, id: outRefundNo, refundId } = order.refunds[0]!;
  const now = later(NOON, 3 * MINUTE);
  const report = {
    outRefundNo,
    refundId: refundId ?? '',
    amount,
    state,
    succeededAt: state === 'succeeded' ? now : null,
  };
  return [...steps, heedRefund(order, report, { now })];
}

const SHELVES = ['accounts', 'sessions', 'orders', 'events', 'reconciliations', 'webhooks'] as const;

/** Everything there is to be found, here and at WeChat, and how to have it all once more. */
export class Furniture {
  readonly payments: PaymentGateway;
  readonly #clock: Clock;
  #wechat: FakePaymentGateway;
  #isAsked = false;
  #orders: readonly Steps[] = [];
  #kept: Awaited<ReturnType<typeof allIn>> = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wechat = new FakePaymentGateway(clock);
    this.payments = new Proxy({} as PaymentGateway, {
      get: (_target, name) => {
        this.#isAsked = true;
        return boundTo(this.#wechat, name);
      },
    });
  }

  async furnish({ events, orders, reconciliations }: Persistence, own: readonly Steps[]): Promise<void> {
    this.#orders = own;
    await orders.restore(own.map((steps) => steps.at(-1)!.order));
    // As many as there is to read: every one of them takes its time to be put back.
    const told = own.find((steps) => steps.at(-1)!.order.id === LONGEST)!.flatMap((step) => step.events);
    for (const event of told) await events.note(event);
    await reconciliations.begin(
      sampleReconciliation({ id: DAY, differences: [sampleDifference()], differenceCount: 1 }),
    );
  }

  async remember(persistence: Persistence): Promise<void> {
    const [dead, ...waiting] = (await persistence.events.page('', 4)).map((event) => newDelivery(event, NOON));
    await persistence.webhooks.restore([{ ...dead!, state: 'dead' }, ...waiting]);
    this.#kept = await allIn(persistence);
    this.#wechat = await this.#wechatAnew();
  }

  async changesIn(persistence: Persistence): Promise<string[]> {
    const now = new Map(await allIn(persistence));
    return this.#kept.filter(([name, items]) => !isDeepStrictEqual(now.get(name), items)).map(([name]) => name);
  }

  async anew(): Promise<Persistence> {
    const fresh = await openMemory();
    for (const [name, items] of this.#kept) await (fresh[name] as Shelf<{ readonly id: string }>).restore(items);
    if (this.#isAsked) this.#wechat = await this.#wechatAnew();
    return fresh;
  }

  /** It has what it was asked for. */
  async #wechatAnew(): Promise<FakePaymentGateway> {
    this.#isAsked = false;
    const wechat = new FakePaymentGateway(this.#clock);
    for (const steps of this.#orders) await tellOf(steps, wechat);
    return wechat;
  }
}

const allIn = (persistence: Persistence) =>
  Promise.all(
    SHELVES.map(
      async (name) => [name, (await persistence[name].page('', 1_000)) as { readonly id: string }[]] as const,
    ),
  );

async function tellOf(steps: Steps, wechat: FakePaymentGateway): Promise<void> {
  const orders = steps.map(({ order }): Order => order);
  const prepaying = orders.find((order): order is PrepayingOrder => order.state === 'prepaying');
  const last = orders.at(-1)!;
  if (!prepaying || last.state === 'failed') return;
  await wechat.prepay(prepaying);
  if (last.state === 'closed') wechat.closeAt(last.id);
  if (last.state !== 'paid') return;
  wechat.payAt(last.id, { transactionId: last.payment.transactionId });
  for (const refund of last.refunds) {
    await wechat.refund(last, refund);
    if (refund.state === 'succeeded' || refund.state === 'abnormal') wechat.settleRefundAt(refund.id, refund.state);
  }
}
