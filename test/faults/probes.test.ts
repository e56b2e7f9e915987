import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HOUR, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import { FAULTY_CALLS } from '../../src/simulator/faults.ts';
import { inTurns } from '../support/in-turns.ts';
import { SPEECHES } from '../support/notice-speech.ts';
import { describeOverBoth, describeOverV3 } from '../support/over-both.ts';
import { codeOf, LogReader, openShop, settleUntilQuiet, type Shop } from '../support/shop.ts';
import { type Storage, STORAGES } from '../support/storages.ts';
import { Chance } from '../support/storm/chance.ts';

/*
 * WeChat tries whether anybody looks at its signatures: some are wrong on purpose (签名探测流量), in what it tells and in
 * what it answers. None of them may be taken, and none may keep an order from its way.
 */

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

const MEMORY = STORAGES.filter(({ name }) => name === 'memory');

describeOverV3('probes among notices', STORAGES, (storage) => {
  const PROBES = 1_000;
  const ORDERS = 200;

  it(`${PROBES} probes and ${ORDERS} notices: no probe is taken, and every notice is`, async () => {
    const shop = await openShop(await storage.open(), { api: 'v3' });
    const client = await shop.serve();
    const ids: string[] = [];
    while (ids.length < ORDERS) {
      const { order, request } = await shop.prepaid();
      expect(shop.wechat.payWith(request)).toBe(true);
      ids.push(order.id);
    }
    const tell = async (id: string, sign: 'probe' | 'right'): Promise<number> => {
      const { headers, body } = shop.wechat.noticeOf(id, { sign })!;
      const answer = await client.send('POST', SPEECHES.v3.path, { raw: body, headers: Object.fromEntries(headers) });
      return answer.status;
    };
    const chance = new Chance(SEED);
    const probes = Array.from({ length: PROBES }, (_, n) => ({ id: ids[n % ORDERS]!, sign: 'probe' as const }));
    const [half, rest] = [probes.slice(0, PROBES / 2), probes.slice(PROBES / 2)];
    const statuses: Record<'probe' | 'right', number[]> = { probe: [], right: [] };
    await inTurns(half, async ({ id, sign }) => void statuses[sign].push(await tell(id, sign)));
    for (const id of ids) expect((await shop.find(id)).state).toBe('prepaid');
    const mixed = chance.shuffled([...rest, ...ids.map((id) => ({ id, sign: 'right' as const }))]);
    await inTurns(mixed, async ({ id, sign }) => void statuses[sign].push(await tell(id, sign)));
    expect(statuses.probe).toEqual(Array.from({ length: PROBES }, () => 401));
    expect(statuses.right).toEqual(Array.from({ length: ORDERS }, () => 204));
    const { text } = await client.get('/metrics');
    expect(text).toContain(`wexagon_payment_notices_total{verdict="probe"} ${PROBES}`);
    expect(text).toContain(`wexagon_payment_notices_total{verdict="paid"} ${ORDERS}`);
    for (const id of ids) expect((await shop.find(id)).state).toBe('paid');
  });
});

/** Whoever is not answered asks again, for the same order. */
async function payForIt({ clock, create, pay, wechat }: Shop, payerId: string, figures: { outages: number }) {
  const wish = { description: 'Wexagon-茶', amount: { total: fen(888), currency: 'CNY' } } as const;
  const { id } = await create.execute({ ...wish, timeExpire: new Date(clock.now().getTime() + 2 * HOUR) });
  const asked = () => codeOf(pay.execute(id, payerId as never, '203.0.113.7'));
  for (let code = await asked(); code !== undefined; code = await asked()) {
    expect(code).toBe('wechat-unreadable');
    figures.outages += 1;
  }
  expect(wechat.payNumber(id)).toBe(true);
  return id as string;
}

const ORDERS = 500;

const forgedAnswers = (storage: Storage, api: PayApi) => {
  // No pause before a call is repeated.
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  it(`${ORDERS} orders, with 5 % of the answers wrongly signed: each is paid under its one number`, async () => {
    const shop = await openShop(await storage.open(), { api });
    const { wechat } = shop;
    const { id: payer } = await shop.user('alice');
    for (const call of FAULTY_CALLS) wechat.failSometimes(call, 2.5, { kind: 'probe' });
    for (const call of FAULTY_CALLS) wechat.failSometimes(call, 2.5, { kind: 'bad-signature' });
    const [ids, figures] = [[] as string[], { outages: 0 }];
    await inTurns(Array.from({ length: ORDERS }), async () => void ids.push(await payForIt(shop, payer, figures)));
    // No notice comes of any of them.
    await settleUntilQuiet(shop, 20 * SECOND, 200);
    expect(wechat.trades.map(({ terms }) => terms.outTradeNo).toSorted()).toEqual(ids.toSorted());
    const events = (await new LogReader(shop.persistence).rest()).map(({ event }) => event);
    const count = (type: string) => events.filter(({ happening }) => happening.type === type).length;
    expect(count('order.created')).toBe(ORDERS);
    expect(count('order.paid')).toBe(ORDERS);
    for (const type of ['order.failed', 'order.closed', 'anomaly.raised']) expect(count(type), type).toBe(0);
    const { forged, asked } = answersOf(wechat.counts);
    expect(forged).toBeGreaterThan(ORDERS / 50);
    // Of each ticket that came with a wrong signature none was handed out: it was asked for again, under the same number.
    const again = wechat.trades.reduce((sum, { prepayCount }) => sum + prepayCount - 1, 0);
    expect(again).toBe(answersOf(wechat.counts, 'unifiedorder ').forged);
    expect(again).toBeGreaterThan(0);
    process.stdout.write(
      `${storage.name}, ${api}: ${ORDERS} orders, ${forged} of ${asked} answers forged, ${again} asked for again ` +
        `under their number, ${figures.outages} told to come back\n`,
    );
  }, 120_000);
};

describeOverBoth('forged answers', MEMORY, forgedAnswers);

function answersOf(counts: Readonly<Record<string, number>>, call = '') {
  const sum = (entries: readonly [string, number][]) => entries.reduce((total, [, count]) => total + count, 0);
  const all = Object.entries(counts).filter(([what]) => what.startsWith(call));
  return { asked: sum(all), forged: sum(all.filter(([what]) => what.includes(' fault '))) };
}
