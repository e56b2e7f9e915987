import { HOUR, later, MINUTE, SECOND } from '../clock.ts';
import type { Order, OrderState, Watch } from './order.ts';

/** How long after one look the next one follows. */
type Pace = readonly [first: number, ...then: number[]];

const LOOKS: Pace = [15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE];
const REPEATS: Pace = [5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR];

/**
 * A lost notice is looked for ever more rarely and then once more when the time to pay is over: ten queries at most.
 * An unfinished call is finished soon, and for as long as it takes.
 */
const PACES: Partial<Record<OrderState, Pace>> = { prepaying: REPEATS, prepaid: LOOKS, closing: REPEATS };

/** The watch over an order that has just come into this state. */
export function watchFrom(state: OrderState, now: Date, timeExpire: Date): Watch {
  return { dueAt: dueAfter(state, 0, now, timeExpire), looks: 0, lookedAt: null };
}

/** The same order, claimed by whoever looks at it now: the next look is moved on before this one is taken. */
export function lookedAt<State extends Order>(order: State, now: Date): State {
  const { looks } = order.watch;
  const dueAt = order.watch.dueAt && dueAfter(order.state, looks + 1, now, order.timeExpire);
  return { ...order, watch: { dueAt, looks: looks + 1, lookedAt: now } };
}

/** The same order, asked about on somebody's wish: that moves no look. */
export const askedAbout = <State extends Order>(order: State, now: Date): State => ({
  ...order,
  watch: { ...order.watch, lookedAt: now },
});

function dueAfter(state: OrderState, looks: number, now: Date, timeExpire: Date): Date | null {
  if (state === 'created') return timeExpire;
  const pace = PACES[state];
  if (!pace) return null;
  const wait = pace[looks] ?? (state === 'prepaid' ? Infinity : HOUR);
  const overdue = now >= timeExpire;
  const next = now.getTime() + Math.min(wait, overdue ? HOUR : Infinity);
  return overdue ? new Date(next) : new Date(Math.min(next, timeExpire.getTime()));
}

const LEAST_BETWEEN = 3 * SECOND;

/** However often somebody says to have paid, WeChat is asked no more than every three seconds. */
export const wasJustLookedAt = ({ watch }: Order, now: Date): boolean =>
  watch.lookedAt !== null && now < later(watch.lookedAt, LEAST_BETWEEN);
