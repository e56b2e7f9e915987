import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import { PAY_APIS, type PayApi } from '../../src/domain/order/pay-api.ts';
import { type Refund, refundedTotal, type RefundState } from '../../src/domain/order/refund.ts';
import { LogReader, openShop, type Shop } from '../support/shop.ts';
import { STORAGES } from '../support/storages.ts';

/*
 * WeChat was asked for a refund and nobody knows what came of it: it stays the one refund that it is.
 */

const isThorough = process.env.WEXAGON_THOROUGH !== undefined;

/** Half of the milliseconds that a refund is waited for; there is little use in waiting for what never comes. */
const IMPATIENT = 60;
const PATIENT = 2_000;

interface Trouble {
  readonly what: string;
  /** For how many refunds, in version 2; the other has half of them in a quick run. */
  readonly count: number;
  readonly isSilent?: boolean;
  readonly faults: readonly object[];
}

/** What a call ends in. */
const TROUBLES: readonly Trouble[] = [
  {
    what: 'no answer after it was done',
    count: 100,
    isSilent: true,
    faults: [{ kind: 'timeout', when: 'after' }],
  },
  {
    what: 'SYSTEMERROR, before it was done and after',
    count: 200,
    faults: [
      { kind: 'errcode', err_code: 'SYSTEMERROR', when: 'after' },
      { kind: 'errcode', err_code: 'SYSTEMERROR', when: 'before' },
    ],
  },
  {
    what: 'garbage, before it was done and after',
    count: 200,
    faults: [
      { kind: 'garbage', when: 'after' },
      { kind: 'garbage', when: 'before' },
      { kind: 'truncate', when: 'after' },
      { kind: 'html', when: 'after' },
      { kind: 'bad-signature' },
      { kind: 'wrong-merchant' },
    ],
  },
];

/** As many as WeChat lets fail within a second. */
const ORDERS = 5;
/** Refunds of each order; WeChat takes 50. */
const ROUNDS = 10;
const TOTAL = 888;

// No pause before a call is repeated.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** Orders that are paid, here and at WeChat. */
async function open(api: PayApi, deadline: number) {
  const shop = await openShop(await STORAGES[0]!.open(), { api });
  const { clock, persistence, sync, wechat } = shop;
  const ids: string[] = [];
  for (let n = 0; n < ORDERS; n += 1) {
    const { order, request } = await shop.prepaid('alice', { total: TOTAL });
    wechat.payWith(request);
    expect((await sync.execute(order)).state).toBe('paid');
    ids.push(order.id);
  }
  const { refund } = await openShop(persistence, { api, clock, wechat, deadline });
  const read = () => Promise.all(ids.map(async (id) => (await shop.find(id)) as PaidOrder));
  return { shop, read, refund };
}

type Scene = Awaited<ReturnType<typeof open>>;

/** Lets time pass for both: ours, and that in which failures are counted. */
async function settleAfter({ clock, settle }: Shop, time: number): Promise<void> {
  clock.pass(time);
  vi.advanceTimersByTime(31 * SECOND);
  await settle.execute();
}

const lastOf = (order: PaidOrder): Refund => order.refunds.at(-1)!;

/** Looks come ever more rarely. */
async function settleUntil(state: RefundState, { shop, read }: Scene): Promise<Refund[]> {
  for (let pause = 2 * MINUTE; pause < 30 * DAY; pause *= 2) {
    await settleAfter(shop, pause);
    const refunds = (await read()).map(lastOf);
    if (refunds.every((refund) => refund.state === state)) return refunds;
  }
  throw new Error(`some are never ${state}`);
}

/** A refund of every order while the trouble lasts, until WeChat has paid it back. */
async function refundThrough(scene: Scene, fault: object, isDeaf: boolean): Promise<void> {
  const { read, refund, shop } = scene;
  const { wechat } = shop;
  wechat.fault({ ...fault, call: 'refund', times: 1_000 });
  if (isDeaf) wechat.fault({ call: 'refundquery', kind: 'hangup', times: 1_000 });
  const made = await Promise.all((await read()).map((order, n) => refund.execute(order, { amount: fen(n + 1) })));
  expect(made.map(({ state }) => state)).toEqual(made.map(() => 'requested'));
  await settleAfter(shop, 31 * SECOND);
  wechat.heal();
  await settleUntil('processing', scene);
  wechat.payBackAll();
  const ends = await settleUntil('succeeded', scene);
  expect(ends.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
}

/** In the end WeChat has exactly what we have, each under its one number, and everything was told once. */
async function expectTheSame({ shop, read }: Scene): Promise<number> {
  const orders = await read();
  const events = (await new LogReader(shop.persistence).rest()).map(({ event }) => event);
  for (const order of orders) {
    const here = order.refunds.map(({ id, refundId, amount }) => [id, refundId, amount]);
    const { refunds } = shop.wechat.trade(order.id)!;
    expect(refunds.map(({ terms, refundId }) => [terms.outRefundNo, refundId, terms.amount])).toEqual(here);
    expect(refunds.reduce((sum, { terms }) => sum + terms.amount, 0)).toBe(refundedTotal(order.refunds));
    const told = events.filter(({ orderId }) => orderId === order.id).map(({ happening }) => happening.type);
    expect(told.filter((type) => type === 'refund.succeeded')).toHaveLength(here.length);
    expect(told).not.toContain('anomaly.raised');
  }
  return orders.flatMap(({ refunds }) => refunds).length;
}

const EACH = PAY_APIS.flatMap((api) => TROUBLES.map((trouble) => ({ api, ...trouble })));

it.each(EACH)(
  'over $api, $what: a refund keeps its number, and WeChat makes it once',
  async ({ api, count: quickly, isSilent, faults }) => {
    const count = isThorough ? 500 : api === 'v3' ? quickly / 2 : quickly;
    let refunded = 0;
    for (let round = 0; refunded < count;) {
      const scene = await open(api, isSilent ? IMPATIENT : PATIENT);
      for (const last = round + ROUNDS; round < last; round += 1)
        await refundThrough(scene, faults[round % faults.length]!, round % 5 === 4);
      refunded += await expectTheSame(scene);
    }
    expect(refunded).toBe(count);
  },
  120_000,
);
