import { randomBytes } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { counting } from '../support/counting.ts';
import { DayShop } from '../support/day-shop.ts';
import { inTurns } from '../support/in-turns.ts';
import { describeOverV3 } from '../support/over-both.ts';
import { NOON, samplePayer, stepsTo } from '../support/samples.ts';
import { LogReader } from '../support/shop.ts';
import { type Storage, STORAGES, temporaryFolder } from '../support/storages.ts';
import { Chance } from '../support/storm/chance.ts';
import { payEnvironment } from '../support/v3-merchant.ts';
import { walk } from '../support/walk.ts';

/*
 * A server that knows WeChat by its certificates (平台证书), and what becomes of its notices while those change.
 */

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

const NOTICES = 2_000;
/** Each payment is told of several times; MongoDB's stand-in slows down with every document. */
const PAYMENTS: Readonly<Record<Storage['name'], number>> = { memory: 500, sqlite: 500, postgres: 500, mongo: 100 };

const pass = (time: number): void => void vi.setSystemTime(Date.now() + time);

async function open(persistence: Persistence) {
  const environment = payEnvironment('v3', temporaryFolder(), 'certificates');
  const shop = await DayShop.open(persistence, NOON, environment);
  await shop.wechat.call('PUT', 'pay-v3/keys', { sign_with: 'certificate' });
  const serial = async () => (await shop.wechat.call<{ serial: string }>('GET', 'pay-v3/keys')).serial;
  const fetches = async () => (await shop.wechat.counts())['certificates ok'] ?? 0;
  return { environment, shop, serial, fetches };
}

/** As if they had been made and put to WeChat over HTTP, and paid; answers their numbers. */
async function manyPaid(shop: DayShop, { orders }: Persistence, count: number): Promise<string[]> {
  const { openid } = await shop.wechat.call<{ openid: string }>('PATCH', 'users/alice');
  const numbers: string[] = [];
  while (numbers.length < count) {
    const payer = samplePayer({ openid: openid as never });
    const { id, amount } = await walk(orders, stepsTo('prepaid', { payer, api: 'v3' }));
    const trade = { out_trade_no: id, total: amount.total, user: 'alice', api: 'v3' };
    await shop.wechat.call('POST', 'trades', { ...trade, notify_url: `${shop.client.url}/notify/wechat-pay/v3` });
    numbers.push(id);
  }
  return numbers;
}

/** How often each order became paid. */
async function payments(persistence: Persistence): Promise<Map<string, number>> {
  const events = (await new LogReader(persistence).rest()).map(({ event }) => event);
  expect(events.map(({ happening }) => happening.type)).not.toContain('anomaly.raised');
  const paid = events.filter(({ happening }) => happening.type === 'order.paid');
  return new Map([...Map.groupBy(paid, ({ orderId }): string => orderId)].map(([id, { length }]) => [id, length]));
}

describeOverV3('keys that change', STORAGES, (storage) => {
  const count = PAYMENTS[storage.name];

  it(`none of ${NOTICES} notices is refused while the certificate changes in the middle, and each payment is taken once`, async () => {
    const persistence = await storage.open();
    const { fetches, serial, shop } = await open(persistence);
    const numbers = await manyPaid(shop, persistence, count);
    const chance = new Chance(SEED);
    const all = chance.shuffled(Array.from({ length: NOTICES / count }, () => numbers).flat());
    const before = await serial();
    const statuses: number[] = [];
    const began = process.hrtime.bigint();
    await inTurns(all, async (number, at) => {
      if (at === NOTICES / 2) {
        // Whoever is on the way now is signed with the old one and is heard of with the new one there.
        pass(2 * MINUTE);
        await shop.wechat.call('POST', 'pay-v3/certificates/rotate', { overlap: 0 });
      }
      statuses.push(...(await shop.told(number)));
    });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    expect(await serial()).not.toBe(before);
    expect(statuses, `seed ${SEED}`).toEqual(Array.from({ length: NOTICES }, () => 204));
    expect(await payments(persistence)).toEqual(new Map(numbers.map((number) => [number, 1])));
    expect(await fetches()).toBe(2);
    process.stdout.write(`${storage.name}: ${NOTICES} notices over a rotation in ${seconds.toFixed(1)} s, 0 refused\n`);
  }, 120_000);

  it('10,000 unknown serials: WeChat is asked once a minute at most, all are refused, and the storage is left alone', async () => {
    const calls = { count: 0 };
    const persistence = await storage.open();
    const { fetches, shop } = await open(counting(persistence, calls, ['platformCertificates']));
    const [first, last] = [await shop.paid(100), await shop.paid(200)];
    expect(await shop.told(first)).toEqual([204]);
    const [before, begun] = [await fetches(), Date.now()];
    calls.count = 0;
    const statuses = new Map<number, number>();
    const began = process.hrtime.bigint();
    await inTurns(Array.from({ length: 10_000 }), async (_, at) => {
      if (at % 1_000 === 0) pass(30 * SECOND);
      const { status } = await shop.client.send('POST', '/notify/wechat-pay/v3', strangely());
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    expect(statuses).toEqual(new Map([[401, 10_000]]));
    expect(calls.count).toBe(0);
    const asked = (await fetches()) - before;
    const minutes = (Date.now() - begun) / MINUTE;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThanOrEqual(minutes);
    expect(await shop.told(last)).toEqual([204]);
    process.stdout.write(
      `${storage.name}: 10,000 unknown serials in ${seconds.toFixed(1)} s, within ${minutes} minutes: ${asked} fetches\n`,
    );
  }, 120_000);
});

/** From somebody who names a key of their own making each time. */
function strangely() {
  const headers = {
    'content-type': 'application/json',
    'wechatpay-timestamp': String(Math.floor(Date.now() / SECOND)),
    'wechatpay-nonce': randomBytes(16).toString('hex'),
    'wechatpay-serial': `5${randomBytes(20).toString('hex').slice(1)}`.toUpperCase(),
    'wechatpay-signature': randomBytes(256).toString('base64'),
  };
  return { raw: '{"id":"x","event_type":"TRANSACTION.SUCCESS"}', headers };
}

describeOverV3(
  'a restart with certificates',
  STORAGES.filter(({ keepsAfterRestart }) => keepsAfterRestart),
  (storage) => {
    it('verifies its first notice while nobody can be asked', async () => {
      const place = storage.place();
      const { environment, fetches, shop } = await open(await place());
      const [first, second] = [await shop.paid(100), await shop.paid(200)];
      expect(await shop.told(first)).toEqual([204]);
      expect(await fetches()).toBe(1);

      const NOBODY = 'http://127.0.0.1:1';
      vi.setSystemTime(later(NOON, 11 * 60 * MINUTE));
      shop.serveFrom(await place(), { ...environment, WECHAT_PAY_BASE_URL: NOBODY, WECHAT_API_BASE_URL: NOBODY });
      expect(await shop.told(second)).toEqual([204]);
      expect((await shop.merchant('GET', `/orders/${second}`)).body.state).toBe('paid');
      expect(await fetches()).toBe(1);
    });
  },
  'sqlite',
);
