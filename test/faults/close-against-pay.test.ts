import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { HOUR } from '../../src/domain/clock.ts';
import { describeOverBoth } from '../support/over-both.ts';
import { codeOf, LogReader, openShop, settleUntilQuiet, type Shop } from '../support/shop.ts';
import { STORAGES } from '../support/storages.ts';

const RACES = { v2: 100, v3: 60 } as const;
const AT_ONCE = 10;

/** How long a closing takes here, so that a payment may come at any moment of it. */
interface Pace {
  milliseconds: number;
}

/** The merchant closes an order, and at about the same time its payer pays; half of the notices are lost. */
async function race(shop: Shop, pace: Pace): Promise<string> {
  const { close, find, notice, wechat } = shop;
  const { order, request } = await shop.prepaid();
  const closing = async () => {
    await wait(randomInt(12));
    // The clock that everybody goes by stands still.
    const began = process.hrtime.bigint();
    await codeOf(close.execute(await find(order.id)));
    pace.milliseconds = Math.ceil(Number(process.hrtime.bigint() - began) / 1e6);
  };
  const paying = async () => {
    await wait(randomInt(12 + pace.milliseconds));
    if (!wechat.payWith(request, { user: 'alice' }) || randomInt(2) === 0) return;
    await wait(randomInt(6));
    expect(await notice(wechat.noticeOf(order.id)!)).toMatch(/^(paid|duplicate)$/);
  };
  await Promise.all([closing(), paying()]);
  return order.id;
}

describeOverBoth('closing against paying', STORAGES, (storage, api) => {
  const races = RACES[api];

  it(`${races} races: none ends closed that WeChat says is paid, and each ends`, async () => {
    const persistence = await storage.open();
    const shop = await openShop(persistence, { api, deadline: 10_000 });
    const pace: Pace = { milliseconds: 12 };
    const numbers: string[] = [];
    while (numbers.length < races)
      numbers.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => race(shop, pace)))));
    await settleUntilQuiet(shop, 3 * HOUR);
    const events = await new LogReader(persistence).rest();
    const ends = { paid: 0, closed: 0 };
    for (const number of numbers) {
      const { state } = await shop.find(number);
      expect(state).toBe(shop.wechat.isPaid(number) ? 'paid' : 'closed');
      ends[state as 'paid' | 'closed'] += 1;
      const own = events.filter(({ event }) => event.orderId === number);
      expect(own.filter(({ event }) => event.happening.type === `order.${state}`)).toHaveLength(1);
    }
    process.stdout.write(`${storage.name}, ${api}: ${ends.paid} paid, ${ends.closed} closed\n`);
    expect(ends.paid).toBeGreaterThan(0);
    expect(ends.closed).toBeGreaterThan(0);
  }, 120_000);
});
