import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, SECOND } from '../../src/domain/clock.ts';
import {
  dayAfter,
  dayBefore,
  dayOf,
  endOf,
  firstBilledDay,
  lastBilledDay,
  readDay,
  startOf,
} from '../../src/domain/statement/day.ts';
import { Fingerprints } from '../../src/domain/statement/fingerprints.ts';

describe('a day', () => {
  it('is that of UTC+8, from midnight to midnight', () => {
    const time = fc.date({ min: new Date('2015-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(time, (time) => {
        const day = dayOf(time);
        expect(startOf(day) <= time && time < endOf(day)).toBe(true);
        expect(startOf(day).toISOString()).toMatch(/T16:00:00.000Z$/);
        expect(dayBefore(dayAfter(day))).toBe(day);
        expect(dayOf(later(time, DAY))).toBe(dayAfter(day));
        expect(readDay(day)).toBe(day);
      }),
    );
  });

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-1-1',
    '20261121',
    '2026-11-21T00:00:00Z',
    ' 2026-11-21',
    '',
    '0000-00-00',
  ])('is not %j', (text) => {
    expect(readDay(text)).toBeUndefined();
  });

  it('has its bill from 10 in the morning of the day after, for three months', () => {
    const ten = new Date('2026-11-22T10:00:00+08:00');
    expect(lastBilledDay(ten)).toBe('2026-11-21');
    expect(lastBilledDay(later(ten, -SECOND))).toBe('2026-11-20');
    expect(lastBilledDay(later(ten, 24 * HOUR - SECOND))).toBe('2026-11-21');
    expect(firstBilledDay(ten)).toBe('2026-08-22');
    expect(firstBilledDay(new Date('2026-02-01T00:00:00+08:00'))).toBe('2025-11-01');
  });
});

describe('fingerprints', () => {
  it('know what they have seen, and nothing else', () => {
    const texts = fc.uniqueArray(fc.string({ maxLength: 40 }), { maxLength: 400 });
    fc.assert(
      fc.property(texts, texts, (seen, others) => {
        const fingerprints = new Fingerprints();
        for (const text of [...seen, ...seen]) fingerprints.add(text);
        for (const text of [...seen, ...others]) expect(fingerprints.has(text)).toBe(seen.includes(text));
      }),
    );
  });

  it('hold a busy day', () => {
    const fingerprints = new Fingerprints();
    const number = (n: number) => `payment 42000002632026112116${String(n).padStart(10, '0')}`;
    for (let n = 0; n < 200_000; n += 1) fingerprints.add(number(2 * n));
    let wrong = 0;
    for (let n = 0; n < 200_000; n += 1) if (fingerprints.has(number(n)) !== (n % 2 === 0)) wrong += 1;
    expect(wrong).toBe(0);
  });
});
