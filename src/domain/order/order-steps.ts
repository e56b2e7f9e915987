import { DAY, later, MINUTE } from '../clock.ts';
import { type Anomaly, anomalyKey, type AnomalyKey } from './anomaly.ts';
import type { Happening, KeptNotice, OrderEvent } from './order-event.ts';
import { ExpiresTooLate, ExpiresTooSoon } from './order-refusals.ts';
import {
  type ClosedOrder,
  type ClosingOrder,
  type CreatedOrder,
  type FailedOrder,
  type Manner,
  type OpenOrder,
  type Order,
  type PaidOrder,
  type Payer,
  type Payment,
  type PrepaidOrder,
  type PrepayingOrder,
  type Terms,
  type Ticket,
} from './order.ts';
import type { PayApi } from './pay-api.ts';
import { watchFrom } from './watch.ts';

/*
 * Every way from one state to another. What is missing here cannot be done: it does not compile.
 */

/** An order as a step leaves it, and what is to be told of it; both are written at once or not at all. */
export interface Step<After extends Order = Order> {
  readonly order: After;
  readonly events: readonly OrderEvent[];
}

/** When a step is taken, and on whose word. */
export interface Occasion {
  readonly now: Date;
  readonly notice?: KeptNotice | undefined;
}

export const SHORTEST_LIFE = MINUTE;
const LONGEST_LIFE = 7 * DAY;

export function place(terms: Terms, payer: Payer | null, api: PayApi): Step<CreatedOrder> {
  const { createdAt: now, timeExpire } = terms;
  if (timeExpire <= later(now, SHORTEST_LIFE)) throw new ExpiresTooSoon();
  if (timeExpire > later(now, LONGEST_LIFE)) throw new ExpiresTooLate();
  const order: CreatedOrder = {
    ...terms,
    state: 'created',
    api,
    payer,
    watch: watchFrom('created', now, timeExpire),
    anomalies: [],
    sequence: 0,
    version: 1,
  };
  return toldAs(order.version, order, { now }, { type: 'order.created' });
}

/** For a first time: in what manner is settled now, and for good. */
export function beginPrepay(order: CreatedOrder, manner: Manner, now: Date): Step<PrepayingOrder> {
  const { api, appid, payer, tradeType, clientIp } = manner;
  const prepay = { tradeType, clientIp, beganAt: now };
  const said = { api, appid, payer: order.payer ?? payer, prepay, ticket: null };
  const next = { ...termsAndMore(order, 'prepaying', now), ...said, state: 'prepaying' } as const;
  return told(next, { now }, { type: 'order.prepaying' });
}

/** With the very same words, when a ticket has run out. */
export function prepayAgain(order: PrepaidOrder, now: Date): Step<PrepayingOrder> {
  const { prepay, ticket } = order;
  const next = { ...termsAndMore(order, 'prepaying', now), state: 'prepaying', prepay, ticket } as const;
  return told(next, { now }, { type: 'order.prepaying' });
}

export function takeTicket(order: PrepayingOrder, ticket: Ticket, now: Date): Step<PrepaidOrder> {
  const { prepay } = order;
  const next = { ...termsAndMore(order, 'prepaid', now), state: 'prepaid', prepay, ticket } as const;
  return told(next, { now }, { type: 'order.prepaid' });
}

export function fail(order: PrepayingOrder, reason: string, now: Date): Step<FailedOrder> {
  const next = { ...termsAndMore(order, 'failed', now), state: 'failed', failedAt: now, reason } as const;
  return told(next, { now }, { type: 'order.failed', reason });
}

export function beginClose(order: PrepayingOrder | PrepaidOrder, now: Date): Step<ClosingOrder> {
  const { prepay, ticket } = order;
  const next = { ...termsAndMore(order, 'closing', now), state: 'closing', prepay, ticket } as const;
  return told(next, { now }, { type: 'order.closing' });
}

/** One that WeChat has never heard of is closed by our word alone; any other when WeChat says that it is. */
export function close(order: CreatedOrder | OpenOrder, now: Date): Step<ClosedOrder> {
  const next = { ...termsAndMore(order, 'closed', now), state: 'closed', closedAt: now } as const;
  return told(next, { now }, { type: 'order.closed' });
}

/** From wherever it is: late money is still money. */
export function pay(order: Exclude<Order, PaidOrder>, payment: Payment, occasion: Occasion): Step<PaidOrder> {
  const { transactionId } = payment;
  const late = order.state === 'closed' || order.state === 'failed';
  const payer = order.payer ?? (payment.payer && { openid: payment.payer, accountId: null });
  const next = {
    ...termsAndMore(order, 'paid', occasion.now),
    state: 'paid',
    payer,
    payment,
    late,
    refunds: [],
  } as const;
  const paid = told(next, occasion, { type: 'order.paid', transactionId, late });
  return late ? followedBy(paid, raise(paid.order, { kind: 'late-payment', transactionId }, occasion)) : paid;
}

/** Tells of an anomaly; of one that has been told already there is nothing to tell. */
export function raise<State extends Order>(order: State, anomaly: Anomaly, occasion: Occasion): Step<State> {
  return tellOnce(order, anomalyKey(anomaly), { type: 'anomaly.raised', ...anomaly }, occasion);
}

/** Tells that a payer's bank said no, once for each reason. */
export function noteFailedPayment<State extends Order>(order: State, reason: string, occasion: Occasion): Step<State> {
  return tellOnce(order, `payment-failed:${reason}`, { type: 'payment.failed', reason }, occasion);
}

/** WeChat is to be asked as soon as can be. */
export const lookSoon = <State extends Order>(order: State, now: Date): State => ({
  ...order,
  watch: { ...order.watch, dueAt: now },
});

export const followedBy = <State extends Order>(first: Step, then: Step<State>): Step<State> => ({
  order: then.order,
  events: [...first.events, ...then.events],
});

/** What an order takes along from one state into the next. */
function termsAndMore(order: Order, state: Order['state'], now: Date) {
  return {
    id: order.id,
    appid: order.appid,
    mchid: order.mchid,
    description: order.description,
    amount: order.amount,
    attach: order.attach,
    metadata: order.metadata,
    createdAt: order.createdAt,
    timeExpire: order.timeExpire,
    requestId: order.requestId,
    api: order.api,
    payer: order.payer,
    anomalies: order.anomalies,
    sequence: order.sequence,
    version: order.version,
    watch: watchFrom(state, now, order.timeExpire),
  };
}

function tellOnce<State extends Order>(
  order: State,
  key: AnomalyKey,
  what: Happening,
  occasion: Occasion,
): Step<State> {
  if (order.anomalies.includes(key)) return { order, events: [] };
  return told({ ...order, anomalies: [...order.anomalies, key] }, occasion, what);
}

/** Steps do not raise the version, saving does: so all that is told in one step is of the one that it will be saved as. */
export const told = <State extends Order>(order: State, occasion: Occasion, happening: Happening): Step<State> =>
  toldAs(order.version + 1, order, occasion, happening);

function toldAs<State extends Order>(
  version: number,
  order: State,
  { now, notice }: Occasion,
  happening: Happening,
): Step<State> {
  const sequence = order.sequence + 1;
  const event: OrderEvent = {
    id: `evt_${order.id}_${sequence}`,
    orderId: order.id,
    sequence,
    version,
    at: now,
    state: order.state,
    happening,
    notice: notice ?? null,
  };
  return { order: { ...order, sequence }, events: [event] };
}
