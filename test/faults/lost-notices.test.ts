import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import { describeOverBoth } from '../support/over-both.ts';
import { LogReader, openShop, type Shop } from '../support/shop.ts';
import { type Storage, STORAGES } from '../support/storages.ts';

/** As often as a server settles, or a bit more rarely. */
const STEP = 15 * SECOND;
const LIFE = 2 * HOUR;
/** What WeChat cannot be asked at the deadline is asked ever more rarely, and in the end once a day. */
const AFTERWARDS = 8 * DAY;
const LONG_STEP = 5 * MINUTE;
const MOST_QUERIES = 10;

/** A thorough run (`npm run test:thorough`) has more. */
const isThorough = process.env.WEXAGON_THOROUGH !== undefined;

function countFor({ name }: Storage, api: PayApi): number {
  if (isThorough) return 300;
  if (name === 'memory') return api === 'v2' ? 100 : 30;
  return name === 'sqlite' ? 30 : 12;
}

interface Payer {
  readonly id: string;
  readonly request: Awaited<ReturnType<Shop['prepaid']>>['request'];
  /** Milliseconds after the order was made: most pay at once, some at the last moment. */
  readonly paysAfter: number;
  isTold: boolean;
}

async function payersOf(shop: Shop, count: number, lostPercent: number): Promise<Payer[]> {
  const payers: Payer[] = [];
  for (let n = 0; n < count; n += 1) {
    const { order, request } = await shop.prepaid();
    const paysAfter = n % 2 ? randomInt(MINUTE) : randomInt(LIFE - 2 * STEP);
    payers.push({ id: order.id, request, paysAfter, isTold: randomInt(100) >= lostPercent });
  }
  return payers;
}

/** Goes through the time in which they pay, and on until nothing is left to ask. */
async function liveThrough(shop: Shop, payers: readonly Payer[]): Promise<void> {
  const { clock, notice, settle, wechat } = shop;
  const waiting = new Set(payers);
  for (let passed = 0; passed <= LIFE + AFTERWARDS;) {
    for (const payer of waiting) {
      if (payer.paysAfter > passed) continue;
      waiting.delete(payer);
      expect(wechat.payWith(payer.request)).toBe(true);
      if (payer.isTold) expect(await notice(wechat.noticeOf(payer.id)!)).toBe('paid');
    }
    const step = passed < LIFE ? STEP : LONG_STEP;
    clock.pass(step);
    passed += step;
    await settle.execute();
    const isQuiet = (await shop.persistence.orders.due(new Date(8.64e15), 1)).length === 0;
    if (waiting.size === 0 && isQuiet) break;
  }
  expect(waiting.size).toBe(0);
}

/** How long after its payment each became known, the longest last. */
async function delaysOf(shop: Shop, payers: readonly Payer[], slack: number): Promise<number[]> {
  const events = await new LogReader(shop.persistence).rest();
  const delays: number[] = [];
  for (const { id, paysAfter } of payers) {
    const { createdAt, late, state, timeExpire } = { late: false, ...(await shop.find(id)) };
    expect({ state, late }).toEqual({ state: 'paid', late: false });
    const paid = events.filter(({ event }) => event.orderId === id && event.happening.type === 'order.paid');
    expect(paid).toHaveLength(1);
    const { at } = paid[0]!.event;
    expect(at.getTime()).toBeLessThanOrEqual(timeExpire.getTime() + slack);
    expect(shop.wechat.trade(id)!.queries).toBeLessThanOrEqual(MOST_QUERIES);
    delays.push(at.getTime() - createdAt.getTime() - paysAfter);
  }
  return delays.toSorted((one, other) => one - other);
}

describeOverBoth('lost notices', STORAGES, (storage, api) => {
  const count = countFor(storage, api);

  it.each([
    ['all of them', 100, 0],
    ['half of them', 50, 0],
    ['all of them, and half of the queries fail', 100, 50],
  ])(
    '%s: every paid order is known to be paid by its deadline, with no more than 10 queries',
    async (name, lost, failing) => {
      const shop = await openShop(await storage.open(), { api });
      const payers = await payersOf(shop, count, lost);
      if (failing > 0) shop.wechat.failSometimes('orderquery', failing, { err_code: 'FREQUENCY_LIMITED' });
      await liveThrough(shop, payers);
      const delays = await delaysOf(shop, payers, failing > 0 ? AFTERWARDS : STEP);
      const at = (share: number) => Math.round(delays[Math.ceil(delays.length * share) - 1]! / SECOND);
      expect(delays).toHaveLength(count);
      const queries = payers.map(({ id }) => shop.wechat.trade(id)!.queries);
      process.stdout.write(
        `${storage.name}, ${api}, ${name}: ${count} orders, known after ${at(0.5)} s (p50), ${at(0.95)} s (p95), ${at(1)} s (max), ` +
          `at most ${Math.max(...queries)} queries\n`,
      );
    },
    60_000,
  );
});
