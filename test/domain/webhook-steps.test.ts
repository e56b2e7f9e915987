import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Delivery } from '../../src/domain/webhook/delivery.ts';
import { isGone, MOST_TRIES, newDelivery, replayed, tried } from '../../src/domain/webhook/delivery-steps.ts';
import type { Sent } from '../../src/domain/webhook/webhook-sender.ts';
import { NOON, sampleDelivery, sampleNote } from '../support/samples.ts';

const answered = (status: number, retryAfter: number | null = null): Sent => ({ kind: 'answered', status, retryAfter });
const DOWN: Sent = { kind: 'failed', fault: 'unreachable' };
const MIDDLE = () => 0.5;

/** Tries again and again, each time when it is due, and answers how long it waited in between. */
function waitsOf(sent: Sent, chance = MIDDLE): { waits: number[]; last: Delivery } {
  let last = sampleDelivery();
  const waits: number[] = [];
  while (last.state === 'waiting') {
    const now = last.dueAt;
    last = tried(last, { startedAt: now, now, sent }, chance);
    if (last.state === 'waiting') waits.push(last.dueAt.getTime() - now.getTime());
  }
  return { waits, last };
}

const SCHEDULE = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];

describe('a webhook that is not heard', () => {
  it('is tried ten times over three days, and is then dead', () => {
    const { waits, last } = waitsOf(DOWN);
    expect(waits).toEqual(SCHEDULE);
    expect(last).toMatchObject({ state: 'dead', tries: MOST_TRIES });
    expect(last.attempts).toHaveLength(10);
    expect(last.attempts[0]).toEqual({ at: NOON, status: null, fault: 'unreachable', milliseconds: 0 });
  });

  it('is tried a fifth sooner or later, as chance has it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
        waitsOf(DOWN, () => chance).waits.forEach((wait, n) => {
          expect(wait).toBeGreaterThanOrEqual(0.8 * SCHEDULE[n]!);
          expect(wait).toBeLessThanOrEqual(1.2 * SCHEDULE[n]!);
        });
      }),
    );
    const shortest = waitsOf(DOWN, () => 0).waits;
    expect(shortest).toEqual(SCHEDULE.map((wait) => 0.8 * wait));
  });

  it.each([300, 302, 307, 400, 401, 404, 408, 429, 500, 503, 199, 101])('%i is no yes', (status) => {
    expect(waitsOf(answered(status)).last).toMatchObject({ state: 'dead', tries: 10 });
  });

  it('is left alone for as long as the receiver asks, a day at most, and never tried sooner for it', () => {
    const asked = (retryAfter: number) => waitsOf(answered(429, retryAfter)).waits;
    expect(asked(HOUR)).toEqual(SCHEDULE.map((wait) => Math.max(wait, HOUR)));
    expect(asked(SECOND)).toEqual(SCHEDULE);
    expect(asked(30 * DAY)).toEqual(SCHEDULE.map(() => DAY));
  });
});

describe('a webhook', () => {
  const now = later(NOON, 42);

  it.each([200, 201, 202, 204, 299])('that is answered with %i is delivered', (status) => {
    const delivery = tried(sampleDelivery({ tries: 3 }), { startedAt: NOON, now, sent: answered(status) }, MIDDLE);
    expect(delivery).toMatchObject({ state: 'delivered', tries: 4 });
    expect(delivery.attempts).toEqual([{ at: NOON, status, fault: null, milliseconds: 42 }]);
  });

  it('that the receiver is gone for waits, and has no try less', () => {
    const delivery = tried(sampleDelivery({ tries: 9 }), { startedAt: NOON, now, sent: answered(410) }, MIDDLE);
    expect(delivery).toMatchObject({ state: 'waiting', tries: 9, dueAt: now });
    expect(delivery.attempts).toHaveLength(1);
    expect([answered(410), answered(404), DOWN].map(isGone)).toEqual([true, false, false]);
  });

  it('that was broken off was not tried, and is at once for anybody to try', () => {
    const waiting = sampleDelivery({ dueAt: later(NOON, 30 * SECOND) });
    expect(tried(waiting, { startedAt: NOON, now, sent: { kind: 'cut' } }, MIDDLE)).toEqual({ ...waiting, dueAt: now });
  });

  it('keeps its last twenty tries, and begins anew when it is replayed', () => {
    let delivery = sampleDelivery();
    for (let n = 1; n <= 33; n += 1) {
      const startedAt = later(NOON, n);
      delivery = tried(replayed(delivery, startedAt), { startedAt, now: startedAt, sent: DOWN }, MIDDLE);
      expect(delivery).toMatchObject({ state: 'waiting', tries: 1 });
    }
    expect(delivery.attempts.map(({ at }) => at.getTime() - NOON.getTime())).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 14),
    );
  });

  it('is known by the place of its event', () => {
    const event = sampleNote();
    expect(newDelivery({ id: '0000000000000042', event }, now)).toEqual({
      id: 'evt_0000000000000042',
      orderId: event.orderId,
      sequence: 0,
      type: 'anomaly.raised',
      at: NOON,
      state: 'waiting',
      tries: 0,
      attempts: [],
      dueAt: now,
      version: 1,
    });
  });
});
