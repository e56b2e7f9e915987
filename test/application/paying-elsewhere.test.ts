import { describe, expect, it } from 'vitest';
import { openMemory } from '../../src/adapters/memory/open-memory.ts';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { OpenId } from '../../src/domain/account/account.ts';
import type { Order } from '../../src/domain/order/order.ts';
import { TRADE_TYPES, type TradeType } from '../../src/domain/order/trade-type.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import type { PaymentPass } from '../../src/application/pay-elsewhere.ts';
import { describeOn } from '../support/backends.ts';
import { APP_APPID, APPID } from '../support/samples.ts';
import { STORAGES } from '../support/storages.ts';
import { till } from '../support/till.ts';

const ELSEWHERE = ['NATIVE', 'H5', 'APP'] as const;
const ADDRESS = '198.51.100.7';

/** An order that nobody has been asked to pay yet, of ¥18 and for a day. */
async function placed(
  persistence?: Persistence,
  { hasPayer = false, life = DAY }: { readonly hasPayer?: boolean; readonly life?: number } = {},
) {
  const scene = till(persistence ?? (await openMemory()));
  const alice = await scene.user('alice');
  const { id } = await scene.create.execute({
    description: 'Wexagon-拿铁咖啡',
    amount: { total: fen(1_800), currency: 'CNY' },
    timeExpire: later(scene.clock.now(), life),
    ...(hasPayer && { payer: { accountId: alice.id } }),
  });
  const read = (): Promise<Order> => scene.find.execute(id);
  const elsewhere = async (tradeType: (typeof ELSEWHERE)[number], clientIp = ADDRESS) =>
    scene.payElsewhere.execute(await read(), { tradeType, clientIp });
  const inMiniProgram = () => scene.pay.execute(id, alice.id, '203.0.113.7');
  const payBy = (tradeType: TradeType) => (tradeType === 'JSAPI' ? inMiniProgram() : elsewhere(tradeType));
  return { ...scene, alice, id, read, elsewhere, inMiniProgram, payBy };
}

const urlOf = (pass: PaymentPass): string => {
  if (!('url' in pass)) throw new Error('this one is an app’s');
  return pass.url;
};

const requestOf = (pass: PaymentPass) => {
  if (!('request' in pass)) throw new Error('this one is no app’s');
  return pass.request;
};

function codeOf(error: unknown): string {
  if (error instanceof Refusal || error instanceof Outage) return error.code;
  throw error;
}

describe('an order that is paid elsewhere', () => {
  it.each(['NATIVE', 'H5'] as const)('has an address to be paid at by whoever comes (%s)', async (tradeType) => {
    const { clock, elsewhere, payments, read } = await placed();
    const lifetime = tradeType === 'H5' ? 5 * MINUTE : 2 * HOUR;
    const pass = await elsewhere(tradeType);
    expect(pass).toEqual({ tradeType, url: expect.any(String), expiresAt: later(clock.now(), lifetime) });
    expect(await read()).toMatchObject({
      state: 'prepaid',
      api: 'v2',
      appid: APPID,
      payer: null,
      prepay: { tradeType, clientIp: ADDRESS },
    });
    expect(payments.payByUrl(urlOf(pass))).toMatchObject({ total: 1_800 });
  });

  it('is called for by an app in its own name', async () => {
    const { elsewhere, payments, read, sync } = await placed();
    const request = requestOf(await elsewhere('APP'));
    expect(request).toMatchObject({ appid: APP_APPID, package: 'Sign=WXPay' });
    expect(await read()).toMatchObject({ state: 'prepaid', appid: APP_APPID, payer: null });
    payments.payInApp(request);
    await sync.execute(await read());
    expect(await read()).toMatchObject({ state: 'paid', appid: APP_APPID, anomalies: [] });
  });

  it('is nobody’s to see in the mini program once it is an app’s', async () => {
    const { alice, elsewhere, find, id, inMiniProgram } = await placed();
    await elsewhere('APP');
    await expect(inMiniProgram()).rejects.toMatchObject({ code: 'order-not-found' });
    await expect(find.forUser(id, alice.id)).rejects.toMatchObject({ code: 'order-not-found' });
  });

  it('is none of an app where the server has none, and may be paid in another way', async () => {
    const { elsewhere, payments, read } = await placed();
    payments.appAppid = null;
    await expect(elsewhere('APP')).rejects.toMatchObject({ code: 'trade-type-unavailable' });
    expect(await read()).toMatchObject({ state: 'created' });
    expect(payments.calls.prepay).toBe(0);
    expect(await elsewhere('NATIVE')).toMatchObject({ tradeType: 'NATIVE' });
  });

  it('has the version of the API in which WeChat hears of it first, and keeps it', async () => {
    const { clock, elsewhere, payments, read } = await placed();
    expect((await read()).api).toBe('v2');
    payments.api = 'v3';
    await elsewhere('H5');
    expect((await read()).api).toBe('v3');
    payments.api = 'v2';
    clock.pass(5 * MINUTE);
    await elsewhere('H5');
    expect((await read()).api).toBe('v3');
  });

  it('is the same order after an outage, in the very same words', async () => {
    const { elsewhere, payments, read } = await placed();
    payments.failNext('prepay', 'after');
    await expect(elsewhere('NATIVE')).rejects.toMatchObject({ code: 'wechat-timeout' });
    expect(await read()).toMatchObject({ state: 'prepaying', prepay: { tradeType: 'NATIVE' } });
    // Somebody else asks from elsewhere: WeChat would take other words for another order.
    expect(await elsewhere('NATIVE', '198.51.100.8')).toMatchObject({ tradeType: 'NATIVE' });
    expect(payments.size).toBe(1);
  });

  it('may be refused, expired or over', async () => {
    const [refused, expired, over] = [await placed(), await placed(), await placed()];
    refused.payments.nextRefusal = 'NOAUTH';
    await expect(refused.elsewhere('NATIVE')).rejects.toMatchObject({ code: 'payment-refused' });
    await expect(refused.elsewhere('NATIVE')).rejects.toMatchObject({ code: 'order-failed' });
    expired.clock.pass(DAY - MINUTE);
    await expect(expired.elsewhere('NATIVE')).rejects.toMatchObject({ code: 'order-expired' });
    expect(expired.payments.calls.prepay).toBe(0);
    await over.close.execute(await over.read());
    await expect(over.elsewhere('NATIVE')).rejects.toMatchObject({ code: 'order-closed' });
  });
});

describe('a ticket', () => {
  it.each([
    ['NATIVE', 2 * HOUR - 5 * MINUTE],
    ['H5', 4 * MINUTE],
  ] as const)('of %s is handed out again while it is worth it, and renewed then', async (tradeType, worth) => {
    const { clock, elsewhere, payments, read } = await placed();
    const first = await elsewhere(tradeType);
    clock.pass(worth - SECOND);
    expect(await elsewhere(tradeType)).toEqual(first);
    expect(payments.calls.prepay).toBe(1);
    clock.pass(SECOND);
    const renewed = await elsewhere(tradeType);
    expect(urlOf(renewed)).not.toBe(urlOf(first));
    expect(await read()).toMatchObject({ state: 'prepaid', prepay: { tradeType } });
    expect(payments.size).toBe(1);
    payments.payByUrl(urlOf(renewed));
  });

  it('of H5 that has run out is renewed, and only the new one is good', async () => {
    const { clock, elsewhere, payments, read, sync } = await placed();
    const first = urlOf(await elsewhere('H5'));
    clock.pass(5 * MINUTE);
    expect(() => payments.payByUrl(first)).toThrow(/not good any more/);
    payments.payByUrl(urlOf(await elsewhere('H5')));
    await sync.execute(await read());
    expect(await read()).toMatchObject({ state: 'paid' });
  });

  it('that outlives its order is handed out to the end', async () => {
    const { clock, elsewhere, payments } = await placed(undefined, { life: 3 * MINUTE });
    const first = await elsewhere('H5');
    clock.pass(3 * MINUTE - SECOND);
    expect(await elsewhere('H5')).toEqual(first);
    expect(payments.calls.prepay).toBe(1);
  });

  it('is asked of WeChat once by any number who want it at once', async () => {
    const { elsewhere, payments } = await placed();
    const passes = await Promise.all(Array.from({ length: 20 }, () => elsewhere('NATIVE')));
    expect(new Set(passes.map(urlOf)).size).toBe(1);
    expect(payments.calls.prepay).toBe(1);
  });
});

describe('an order is paid in one way', () => {
  const PAIRS = TRADE_TYPES.flatMap((first) =>
    TRADE_TYPES.filter((other) => other !== first).map((other) => [first, other] as const),
  );

  it.each(PAIRS)('%s, and not by %s after that', async (first, other) => {
    const { payBy, payments, read, told, id } = await placed();
    await payBy(first);
    const [before, events] = [await read(), await told(id)];
    const refused = await payBy(other).then(() => 'taken', codeOf);
    // An app's order is another app's: whoever comes by the mini program is not even told that it is there.
    expect(refused).toBe(first === 'APP' && other === 'JSAPI' ? 'order-not-found' : 'trade-type-conflict');
    expect(await read()).toEqual(before);
    expect(await told(id)).toEqual(events);
    expect(payments.calls.prepay).toBe(1);
  });

  it.each(ELSEWHERE)('that of its payer where it has one, and not %s', async (tradeType) => {
    const { elsewhere, inMiniProgram, payments, read } = await placed(undefined, { hasPayer: true });
    await expect(elsewhere(tradeType)).rejects.toMatchObject({ code: 'trade-type-conflict' });
    expect(await read()).toMatchObject({ state: 'created' });
    expect(payments.calls.prepay).toBe(0);
    await inMiniProgram();
    expect(await read()).toMatchObject({ state: 'prepaid', prepay: { tradeType: 'JSAPI' } });
  });

  it('the one in which it was begun, though WeChat has not answered yet', async () => {
    const { elsewhere, payments } = await placed();
    payments.failNext('prepay', 'before');
    await expect(elsewhere('H5')).rejects.toMatchObject({ code: 'wechat-timeout' });
    await expect(elsewhere('NATIVE')).rejects.toMatchObject({ code: 'trade-type-conflict' });
    expect(payments.size).toBe(0);
  });
});

describe('whoever pays elsewhere', () => {
  const bob = 'oBob' as OpenId;

  it('becomes the payer of an order that had none, by a notice', async () => {
    const { alice, elsewhere, find, id, notice, payments, read } = await placed();
    payments.payByUrl(urlOf(await elsewhere('NATIVE')), bob);
    expect(await notice(payments.noticeOf(id))).toBe('paid');
    expect(await read()).toMatchObject({
      state: 'paid',
      payer: { openid: bob, accountId: null },
      payment: { payer: bob, tradeType: 'NATIVE' },
      late: false,
      anomalies: [],
    });
    await expect(find.forUser(id, alice.id)).rejects.toMatchObject({ code: 'order-not-found' });
  });

  it('and when its notice is lost', async () => {
    const { clock, elsewhere, payments, read, settle } = await placed();
    payments.payByUrl(urlOf(await elsewhere('H5')), bob);
    clock.pass(MINUTE);
    await settle.execute();
    expect(await read()).toMatchObject({ state: 'paid', payer: { openid: bob, accountId: null }, anomalies: [] });
  });

  it('may pay while the order is being closed', async () => {
    const { close, elsewhere, id, notice, payments, read } = await placed();
    const url = urlOf(await elsewhere('NATIVE'));
    payments.failNext('close', 'before', { times: 3 });
    await close.execute(await read());
    expect(await read()).toMatchObject({ state: 'closing', payer: null });
    payments.payByUrl(url, bob);
    expect(await notice(payments.noticeOf(id))).toBe('paid');
    expect(await read()).toMatchObject({ state: 'paid', payer: { openid: bob }, late: false });
  });
});

describeOn('paying elsewhere', STORAGES, (storage) => {
  it('has one of two ways that are wanted at once, and WeChat hears of that one', async () => {
    const persistence = await storage.open();
    for (let round = 0; round < (storage.name === 'memory' ? 20 : 2); round += 1) {
      const { elsewhere, inMiniProgram, payments, read } = await placed(persistence);
      const wanted = [() => elsewhere('NATIVE'), () => elsewhere('H5'), inMiniProgram];
      const outcomes = await Promise.all(wanted.map((want) => want().then(() => 'taken', codeOf)));
      expect(outcomes.toSorted()).toEqual(['taken', 'trade-type-conflict', 'trade-type-conflict']);
      expect(payments.calls.prepay).toBe(1);
      expect(await read()).toMatchObject({ state: 'prepaid' });
    }
  });

  it('is paid by an app, a code and a page, and refunded', async () => {
    const persistence = await storage.open();
    for (const tradeType of ELSEWHERE) {
      const { elsewhere, id, notice, payments, read, refund } = await placed(persistence);
      const pass = await elsewhere(tradeType);
      if ('request' in pass) payments.payInApp(pass.request);
      else payments.payByUrl(pass.url);
      expect(await notice(payments.noticeOf(id))).toBe('paid');
      expect(await notice(payments.noticeOf(id))).toBe('duplicate');
      expect(await refund.execute(await read(), { amount: fen(1_800) })).toMatchObject({ state: 'processing' });
    }
  });
});
