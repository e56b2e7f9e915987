import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { OrderState } from '../../src/domain/order/order.ts';
import { PAY_APIS, type PayApi } from '../../src/domain/order/pay-api.ts';
import { strangersKey } from '../../src/simulator/pay/v3-signed.ts';
import { codeOf, LogReader, openShop, settleUntilQuiet, type Shop } from '../support/shop.ts';
import { STORAGES } from '../support/storages.ts';

/*
 * WeChat in every kind of trouble, before it did what it was asked and after: the order goes on from there.
 */

const TROUBLES: Readonly<Record<string, object>> = {
  'no answer': { kind: 'timeout' },
  500: { kind: 'status', value: 500 },
  '502 and HTML': { kind: 'html' },
  '503': { kind: 'status', value: 503 },
  'an answer cut short': { kind: 'truncate' },
  garbage: { kind: 'garbage' },
  'a wrong signature': { kind: 'bad-signature' },
  'the answer for another merchant': { kind: 'wrong-merchant' },
  'a connection that breaks': { kind: 'hangup' },
  'an answer that never ends': { kind: 'drip' },
  SYSTEMERROR: { kind: 'errcode', err_code: 'SYSTEMERROR' },
};

const MOMENTS = ['before', 'after'] as const;

// A WeChat that makes a key meanwhile answers too late.
beforeAll(() => void strangersKey());
// No pause before a call is repeated.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** Milliseconds: there is little use in waiting for what never comes. */
const LITTLE = 300;
const SILENT = new Set(['timeout', 'drip']);

/** A shop, and one of the same orders that waits for no silent WeChat. */
async function start(api: PayApi, { kind = '' }: { kind?: string } = {}): Promise<Shop & { readonly hasty: Shop }> {
  const shop = await openShop(await STORAGES[0]!.open(), { api });
  const { clock, persistence, wechat } = shop;
  const deadline = SILENT.has(kind) ? LITTLE : 2_000;
  return { ...shop, hasty: await openShop(persistence, { api, clock, wechat, deadline }) };
}

async function order({ create, find, user }: Shop) {
  const { id } = await create.execute({ description: 'Wexagon-茶', amount: { total: 888 as never, currency: 'CNY' } });
  return { id, payer: await user('alice'), read: () => find(id) };
}

/** Where an order stands that was to be closed, by what WeChat can still be asked. */
function asFarAsWechatIs({ wechat }: Shop, id: string): OrderState {
  const state = wechat.trade(id)?.state;
  if (state === 'SUCCESS') return 'paid';
  return state === 'CLOSED' ? 'closed' : 'closing';
}

/** In the end there is one trade, under the one number and with the one amount, and we say of it what WeChat says. */
async function expectRight(shop: Shop, id: string, ends: OrderState): Promise<void> {
  const { persistence, wechat } = shop;
  expect((await shop.find(id)).state).toBe(ends);
  expect(wechat.isPaid(id)).toBe(ends === 'paid');
  expect(wechat.trades.map(({ terms }) => [terms.outTradeNo, terms.total])).toEqual([[id, 888]]);
  const told = (await new LogReader(persistence).rest()).map(({ event }) => event.happening.type);
  expect(told.filter((type) => type === 'order.paid')).toHaveLength(ends === 'paid' ? 1 : 0);
}

const EACH = PAY_APIS.flatMap((api) => Object.entries(TROUBLES).map((one) => [...one, api] as const));

describe.each(EACH)('%s, over %3$s', (_name, trouble, api) => {
  it.each(MOMENTS)('%s an order is put to WeChat: it can still be paid, under the same number', async (when) => {
    const shop = await start(api, trouble);
    const { id, payer, read } = await order(shop);
    shop.wechat.fault({ ...trouble, call: 'unifiedorder', when, times: 1_000 });
    expect(await codeOf(shop.hasty.pay.execute(id, payer.id, '203.0.113.7'))).toMatch(/^wechat-/);
    expect((await read()).state).toBe('prepaying');
    shop.wechat.heal();
    const request = await shop.pay.execute(id, payer.id, '203.0.113.8');
    expect(shop.wechat.payWith(request, { user: 'alice' })).toBe(true);
    shop.clock.pass(20 * SECOND);
    await shop.settle.execute();
    await expectRight(shop, id, 'paid');
  });

  it.each(MOMENTS)('%s it is put to WeChat, and nobody comes back: it is finished without them', async (when) => {
    const shop = await start(api, trouble);
    const { id, payer, read } = await order(shop);
    shop.wechat.fault({ ...trouble, call: 'unifiedorder', when, times: 1_000 });
    expect(await codeOf(shop.hasty.pay.execute(id, payer.id, '203.0.113.7'))).toMatch(/^wechat-/);
    shop.wechat.heal();
    shop.clock.pass(6 * SECOND);
    await shop.settle.execute();
    expect((await read()).state).toBe('prepaid');
    await settleUntilQuiet(shop, 3 * HOUR);
    await expectRight(shop, id, 'closed');
  });

  it.each(MOMENTS)('%s it is asked about: what was paid becomes known later', async (when) => {
    const shop = await start(api, trouble);
    const { order: prepaid, request } = await shop.prepaid();
    shop.wechat.payWith(request);
    shop.wechat.fault({ ...trouble, call: 'orderquery', when, times: 1_000 });
    expect(await codeOf(shop.hasty.sync.execute(prepaid))).toMatch(/^wechat-/);
    shop.clock.pass(20 * SECOND);
    await shop.hasty.settle.execute();
    expect((await shop.find(prepaid.id)).state).toBe('prepaid');
    shop.wechat.heal();
    await settleUntilQuiet(shop, MINUTE);
    await expectRight(shop, prepaid.id, 'paid');
  });

  it.each(MOMENTS)('%s it is closed: it is closing until WeChat says so, and paid if it was paid', async (when) => {
    for (const ends of ['closed', 'paid'] as const) {
      const shop = await start(api, trouble);
      const { order: prepaid, request } = await shop.prepaid();
      if (ends === 'paid') shop.wechat.payWith(request);
      shop.wechat.fault({ ...trouble, call: 'closeorder', when, times: 1_000 });
      await codeOf(shop.hasty.close.execute(prepaid));
      expect((await shop.find(prepaid.id)).state).toBe(asFarAsWechatIs(shop, prepaid.id));
      shop.wechat.heal();
      await settleUntilQuiet(shop, MINUTE);
      await expectRight(shop, prepaid.id, ends);
    }
  });
});

describe.each(PAY_APIS)('a ticket that runs out, over %s', (api) => {
  /** Somebody has their thumb on the old ticket while a new one is asked for. */
  async function runOut() {
    const shop = await start(api);
    const { order: prepaid, request } = await shop.prepaid('alice', { life: 6 * HOUR });
    shop.clock.pass(116 * MINUTE);
    return { shop, prepaid, request, payer: await shop.user('alice') };
  }

  it('paid with while the next is refused: it is known to be paid, also without a notice', async () => {
    const { shop, payer, prepaid, request } = await runOut();
    shop.wechat.fault({ call: 'unifiedorder', err_code: 'NOAUTH' });
    expect(await codeOf(shop.pay.execute(prepaid.id, payer.id, '203.0.113.7'))).toBeDefined();
    expect(shop.wechat.payWith(request)).toBe(true);
    shop.wechat.heal();
    await settleUntilQuiet(shop, HOUR);
    await expectRight(shop, prepaid.id, 'paid');
  });

  it('paid with before the next was asked for, and WeChat cannot be asked how: nobody is told to make a new order', async () => {
    const { shop, payer, prepaid, request } = await runOut();
    expect(shop.wechat.payWith(request)).toBe(true);
    shop.wechat.fault({ call: 'orderquery', kind: 'hangup', times: 1_000 });
    expect(await codeOf(shop.pay.execute(prepaid.id, payer.id, '203.0.113.7'))).toMatch(/^(wechat-.*|order-paid)$/);
    shop.wechat.heal();
    await settleUntilQuiet(shop, HOUR);
    await expectRight(shop, prepaid.id, 'paid');
  });
});
