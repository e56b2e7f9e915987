import { describe, expect, it } from 'vitest';
import { InboxChecker } from '../support/inbox-checker.ts';
import { Weather } from '../support/storm/weather.ts';

/*
 * What the storm is made of, where a run that finds nothing would not tell that it is broken.
 */

const received = (id: string, sequence: number, order: string | null = 'coffee-1') => ({
  headers: { 'webhook-id': id },
  body: JSON.stringify({ data: { out_trade_no: order, sequence } }),
  path: '/',
});

describe('the checker of the inbox', () => {
  const checker = () => new InboxChecker(() => true);

  it('finds nothing where each comes under its one id, be it twice', () => {
    const inbox = checker();
    for (const one of [
      received('evt_1', 1),
      received('evt_1', 1),
      received('evt_2', 0, null),
      received('evt_3', 0, null),
    ])
      inbox.sees(one);
    expect(inbox.wrong).toEqual([]);
  });

  it('finds what comes again under another id', () => {
    const inbox = checker();
    inbox.sees(received('evt_1', 1));
    inbox.sees(received('evt_7', 1));
    expect(inbox.wrong).toEqual([{ finding: 'webhook unbelievable', about: 'evt_7' }]);
  });

  it('finds what comes before the one before it was taken', () => {
    const inbox = checker();
    inbox.sees(received('evt_1', 1));
    inbox.sees(received('evt_2', 2));
    expect(inbox.wrong).toEqual([{ finding: 'webhook out of order', about: 'evt_2' }]);
  });

  it('finds another body, and a signature that is not right', () => {
    const inbox = new InboxChecker(({ path }) => {
      if (path !== '/') throw new Error('not signed');
    });
    const first = received('evt_1', 1);
    inbox.sees(first);
    inbox.saysYesTo(first);
    inbox.sees({ ...first, body: first.body.replace('}', ' }') });
    inbox.sees({ ...first, path: '/elsewhere' });
    expect(inbox.wrong.map(({ finding }) => finding)).toEqual(['webhook unbelievable', 'webhook unbelievable']);
  });
});

describe('the weather', () => {
  it('tells of a blow that failed, once it is over and not before', async () => {
    const weather = new Weather([{ after: 1, strike: () => Promise.reject(new Error('missed')) }]);
    weather.heed(1);
    await new Promise(setImmediate);
    await expect(weather.finish()).rejects.toThrow('missed');
  });
});
