import { DAY, HOUR, later, MINUTE, SECOND } from '../clock.ts';
import { eventId, type LoggedEvent } from '../order/event-log.ts';
import type { Attempt, Delivery, WebhookId } from './delivery.ts';
import type { Sent } from './webhook-sender.ts';

/** How long after one try the next one follows, give or take a fifth. */
const WAITS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

export const MOST_TRIES = WAITS.length + 1;

const MOST_ATTEMPTS_KEPT = 20;

/** However long a receiver wants to be left alone, it is asked again within a day. */
const LONGEST_WAIT = DAY;

/** Longer than any try takes, so that two instances do not tell one thing at once; not much longer, for one may die. */
const LEASE = 30 * SECOND;

/** From 0 up to, but not including, 1; another one each time. */
export type Chance = () => number;

export const newDelivery = ({ id, event }: LoggedEvent, now: Date): Delivery => ({
  id: eventId(id) as WebhookId,
  orderId: event.orderId,
  sequence: event.sequence,
  type: event.happening.type,
  at: event.at,
  state: 'waiting',
  tries: 0,
  attempts: [],
  dueAt: now,
  version: 1,
});

/** Until when it is ours to tell. */
export const leaseFrom = (now: Date): Date => later(now, LEASE);

/** To be told as if it never was: its tries begin anew. */
export const replayed = (delivery: Delivery, now: Date): Delivery => ({
  ...delivery,
  state: 'waiting',
  tries: 0,
  dueAt: now,
});

export interface Tried {
  readonly startedAt: Date;
  readonly now: Date;
  readonly sent: Sent;
}

/** The same delivery after a try. What was broken off was none, and is at once anybody's to try. */
export function tried(delivery: Delivery, { startedAt, now, sent }: Tried, chance: Chance): Delivery {
  if (sent.kind === 'cut') return { ...delivery, dueAt: now };
  const tries = delivery.tries + 1;
  const attempts = [...delivery.attempts, attemptOf(sent, startedAt, now)].slice(-MOST_ATTEMPTS_KEPT);
  const noted = { ...delivery, tries, attempts };
  if (isHeard(sent)) return { ...noted, state: 'delivered', dueAt: now };
  if (isGone(sent)) return { ...noted, tries: delivery.tries, dueAt: now };
  const wait = WAITS[tries - 1];
  if (wait === undefined) return { ...noted, state: 'dead', dueAt: now };
  return { ...noted, dueAt: later(now, Math.max(jittered(wait, chance), askedWait(sent))) };
}

const isHeard = (sent: Sent): boolean => sent.kind === 'answered' && sent.status >= 200 && sent.status < 300;

/** 410: the receiver wants nothing any more, ever. */
export const isGone = (sent: Sent): boolean => sent.kind === 'answered' && sent.status === 410;

function attemptOf(sent: Exclude<Sent, { kind: 'cut' }>, at: Date, now: Date): Attempt {
  const milliseconds = Math.max(0, now.getTime() - at.getTime());
  if (sent.kind === 'failed') return { at, status: null, fault: sent.fault, milliseconds };
  return { at, status: sent.status, fault: null, milliseconds };
}

/** Receivers that went down together are not to be asked together. */
const jittered = (wait: number, chance: Chance): number => Math.round(wait * (0.8 + 0.4 * chance()));

/** A receiver may ask for more time, never for less: else it would be out of tries in no time. */
const askedWait = (sent: Sent): number => (sent.kind === 'answered' ? Math.min(sent.retryAfter ?? 0, LONGEST_WAIT) : 0);
