import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compactTime, readCompactTime, readDashedTime } from '../../src/adapters/wechat/protocol/compact-time.ts';

afterEach(() => vi.unstubAllEnvs());

const PAIRS: [string, string][] = [
  ['2014-11-11T09:00:43Z', '20141111170043'],
  ['1969-12-31T16:00:00Z', '19700101000000'],
  ['2023-12-31T15:59:59Z', '20231231235959'],
  ['2023-12-31T16:00:00Z', '20240101000000'],
  ['2024-02-28T16:00:00Z', '20240229000000'],
  ['2000-02-29T00:00:00Z', '20000229080000'],
  ['1988-07-01T00:00:00Z', '19880701080000'],
  ['0098-06-01T00:00:00Z', '00980601080000'],
  ['9999-12-31T15:59:59Z', '99991231235959'],
];

const ZONES = ['UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu', 'Europe/Berlin'];

describe('compact time', () => {
  it.each(PAIRS)('%s is %s', (instant, compact) => {
    expect(compactTime(new Date(instant))).toBe(compact);
    expect(readCompactTime(compact)).toEqual(new Date(instant));
  });

  it('cuts milliseconds off', () => {
    expect(compactTime(new Date('2014-11-11T09:00:43.999Z'))).toBe('20141111170043');
  });

  it('is what a clock at UTC+8 shows, and is read back', () => {
    const clock = new Intl.DateTimeFormat('sv', { timeZone: 'Etc/GMT-8', dateStyle: 'short', timeStyle: 'medium' });
    const seconds = fc.integer({ min: 0, max: Date.UTC(9_000, 0) / 1_000 });
    fc.assert(
      fc.property(seconds, (second) => {
        const time = new Date(second * 1_000);
        expect(compactTime(time)).toBe(clock.format(time).replaceAll(/\D/g, ''));
        expect(readCompactTime(compactTime(time))).toEqual(time);
      }),
    );
  });

  it('is the same in every time zone a server may stand in', () => {
    const offsets = ZONES.map((zone) => {
      vi.stubEnv('TZ', zone);
      for (const [instant, compact] of PAIRS) {
        expect(compactTime(new Date(instant)), zone).toBe(compact);
        expect(readCompactTime(compact), zone).toEqual(new Date(instant));
      }
      return new Date(2024, 0).getTimezoneOffset();
    });
    expect(offsets).toEqual([0, -480, 300, -840, -345, -60]);
  });

  it.each([
    '',
    '2014111117004',
    '201411111700430',
    '20141111170043 ',
    ' 20141111170043',
    '20141111170043\n',
    '2014-11-11 17:00:43',
    '2014111117004x',
    '２０１４１１１１１７００４３',
    '20140001000000',
    '20141301000000',
    '20141100000000',
    '20141132000000',
    '20140229000000',
    '21000229000000',
    '20140230000000',
    '20140431000000',
    '20141111240000',
    '20141111250000',
    '20141111176000',
    '20141111170060',
    '20161231235960',
  ])('refuses %j', (text) => expect(readCompactTime(text)).toBeUndefined());

  it.each([new Date(Number.NaN), new Date('9999-12-31T16:00:00Z'), new Date('-000001-01-01T00:00:00Z')])(
    'writes no %s',
    (time) => expect(() => compactTime(time)).toThrow(RangeError),
  );
});

describe('dashed time', () => {
  const dashed = (compact: string) => compact.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3 $4:$5:$6');

  it.each(PAIRS)('%s is what stands for %s', (instant, compact) => {
    expect(readDashedTime(dashed(compact))).toEqual(new Date(instant));
  });

  it.each([
    '',
    '20171125153617',
    '2017-11-25T15:36:17',
    '2017-11-25 15:36:17 ',
    '2017-11-25 15:36:17\n',
    '2017-11-25  15:36:17',
    '2017-11-25 15:36',
    '2017-1-25 15:36:17',
    '17-11-25 15:36:17',
    '2017/11/25 15:36:17',
    '2017-02-29 15:36:17',
    '2017-11-31 15:36:17',
    '2017-11-25 24:00:00',
    '2017-11-25 15:36:60',
    '２０１７-11-25 15:36:17',
  ])('refuses %j', (text) => expect(readDashedTime(text)).toBeUndefined());
});
