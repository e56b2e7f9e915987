import { DAY, HOUR, later, MINUTE, SECOND } from '../clock.ts';
import type { Order, OrderState, Watch } from './order.ts';

/** How long after one look the next one follows. */
type Pace = readonly [first: number, ...then: number[]];

const LOOKS: Pace = [
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  3 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  30 * MINUTE,
  DAY,
];
const REPEATS: Pace = [5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY];

/**
 * A lost notice is looked for ever more rarely and then once more when the time to pay is over: ten queries at most for
 * an order of two hours. An unfinished call is finished soon, and for as long as it takes. Closed and failed orders are
 * only looked at when something came for them, until WeChat has said what it is.
 */
const PACES: Record<OrderState, Pace | null> = {
  created: null,
  prepaying: REPEATS,
  prepaid: LOOKS,
  closing: REPEATS,
  closed: REPEATS,
  failed: REPEATS,
  paid: null,
};

const isOver = (state: OrderState): boolean => state === 'closed' || state === 'failed' || state === 'paid';

/** The watch over an order that has just come into this state. */
export function watchFrom(state: OrderState, now: Date, timeExpire: Date): Watch {
  return { dueAt: isOver(state) ? null : dueAfter(state, 0, now, timeExpire), looks: 0, lookedAt: null };
}

/** The same order, claimed by whoever looks at it now: the next look is moved on before this one is taken. */
export function lookedAt<State extends Order>(order: State, now: Date): State {
  const { looks } = order.watch;
  const dueAt = order.watch.dueAt && dueAfter(order.state, looks + 1, now, order.timeExpire);
  return { ...order, watch: { dueAt, looks: looks + 1, lookedAt: now } };
}

/** The same order, asked about because somebody says that it is paid: should it not be yet, it is looked at soon. */
export function askedAbout<State extends Order>(order: State, now: Date): State {
  const { dueAt } = order.watch;
  const soon = later(now, LOOKS[0]);
  const isToWait = order.state === 'prepaid' && (dueAt === null || dueAt > soon);
  return { ...order, watch: { ...order.watch, lookedAt: now, dueAt: isToWait ? soon : dueAt } };
}

/** The same order, with nothing left to ask. */
export const leftAlone = <State extends Order>(order: State): State => ({
  ...order,
  watch: { ...order.watch, dueAt: null },
});

function dueAfter(state: OrderState, looks: number, now: Date, timeExpire: Date): Date | null {
  if (state === 'created') return timeExpire;
  const pace = PACES[state];
  if (!pace) return null;
  const wait = pace[Math.min(looks, pace.length - 1)] ?? DAY;
  const next = later(now, wait);
  return isOver(state) || now >= timeExpire || next < timeExpire ? next : timeExpire;
}

const LEAST_BETWEEN = 3 * SECOND;

/** However often somebody says to have paid, WeChat is asked no more than every three seconds. */
export const wasJustLookedAt = ({ watch }: Order, now: Date): boolean =>
  watch.lookedAt !== null && watch.lookedAt <= now && now < later(watch.lookedAt, LEAST_BETWEEN);
