import { describe, expect, it } from 'vitest';
import { readV3Headers } from '../../src/adapters/wechat/protocol/v3-headers.ts';
import { isSigned, MCHID, openShop } from './shop.ts';
import { type Answered, hasProof, headerOf, openShopV3, type ShopV3 } from './shop-v3.ts';

type Ask = (shop: ShopV3) => Promise<Answered>;

const CALLS: readonly (readonly [call: string, ask: Ask, yes: number])[] = [
  ['unifiedorder', (shop) => shop.placeV3({ attach: 'again', out_trade_no: 'order-0002' }), 200],
  ['orderquery', (shop) => shop.queryV3(), 200],
  ['closeorder', (shop) => shop.closeV3(), 204],
];

const didHappen = async (shop: ShopV3, call: string): Promise<boolean> => {
  const { trades } = await shop.control.call<{ trades: { trade_state: string; queries: number }[] }>('GET', 'ledger');
  if (call === 'unifiedorder') return trades.length === 2;
  return call === 'closeorder' ? trades[0]?.trade_state === 'CLOSED' : trades[0]?.queries === 1;
};

async function wrecked(call: string, fault: object): Promise<ShopV3> {
  const shop = await openShopV3();
  await shop.ticket();
  await shop.control.fault({ call, ...fault });
  return shop;
}

describe.each(CALLS)('%s over v3', (call, ask, yes) => {
  it.each(['before', 'after'])('answers SYSTEM_ERROR %s it is executed, unsigned', async (when) => {
    const shop = await wrecked(call, { when });
    const answer = await ask(shop);
    expect(answer).toMatchObject({ status: 500, json: { code: 'SYSTEM_ERROR' } });
    expect(hasProof(answer)).toBe(false);
    expect(await didHappen(shop, call)).toBe(when === 'after');
  });

  it.each([
    ['NOTENOUGH', 403, 'NOT_ENOUGH'],
    ['NOT_ENOUGH', 403, 'NOT_ENOUGH'],
    ['FREQUENCY_LIMITED', 429, 'FREQUENCY_LIMITED'],
    ['ORDERNOTEXIST', 404, 'ORDER_NOT_EXIST'],
    ['PARAM_ERROR', 400, 'PARAM_ERROR'],
    ['WHATEVER', 400, 'WHATEVER'],
  ])('answers any code in the spelling of v3: %s', async (err_code, status, code) => {
    const shop = await wrecked(call, { err_code });
    expect(await ask(shop)).toMatchObject({ status, json: { code } });
  });

  it('gives a status, HTML or bytes, none of them signed', async () => {
    const shop = await wrecked(call, { kind: 'status', value: 503 });
    await shop.control.fault({ call, kind: 'html' });
    await shop.control.fault({ call, kind: 'garbage' });
    for (const status of [503, 502, 200]) {
      const answer = await ask(shop);
      expect(answer.status).toBe(status);
      expect(hasProof(answer)).toBe(false);
    }
  });

  it.each(['bad-signature', 'probe', 'wrong-merchant'])('is forged: %s', async (kind) => {
    const shop = await wrecked(call, { kind });
    const answer = await ask(shop);
    expect(answer.status).toBe(yes);
    const isProbe = readV3Headers(answer.headers)?.signature.startsWith('WECHATPAY/SIGNTEST/');
    expect(isProbe).toBe(kind === 'probe');
    // What another merchant is told is signed rightly, too; of a yes without a name in it, only the key can tell.
    const isOthers = kind === 'wrong-merchant' && call === 'orderquery';
    expect(await shop.isSigned(answer)).toBe(isOthers);
    if (call === 'orderquery') expect(answer.json.mchid === MCHID).toBe(!isOthers);
    const { certificates } = await shop.keys();
    const isNamedRightly = headerOf(answer, 'wechatpay-serial') === certificates[0]?.serial_no;
    expect(isNamedRightly).toBe(kind !== 'wrong-merchant' || isOthers);
    expect(await didHappen(shop, call)).toBe(true);
  });

  it('takes its time', async () => {
    const shop = await wrecked(call, { kind: 'slow', value: 30 });
    const answer = await ask(shop);
    expect(answer.status).toBe(yes);
    expect(await shop.isSigned(answer)).toBe(true);
  });

  it('hangs up', async () => {
    const shop = await wrecked(call, { kind: 'hangup', when: 'after' });
    await expect(ask(shop)).rejects.toThrow();
    expect(await didHappen(shop, call)).toBe(true);
  });
});

describe('an answer of v3', () => {
  it('that is cut off is not signed any more', async () => {
    const shop = await wrecked('orderquery', { kind: 'truncate', when: 'after' });
    const answer = await shop.queryV3();
    expect([answer.status, answer.json]).toEqual([200, {}]);
    expect(hasProof(answer)).toBe(true);
    expect(await shop.isSigned(answer)).toBe(false);
  });

  it('that says no cannot be forged, for nobody signs it', async () => {
    const shop = await wrecked('orderquery', { kind: 'bad-signature' });
    const answer = await shop.queryV3('order-0009');
    expect(answer.status).toBe(404);
    expect(hasProof(answer)).toBe(false);
  });
});

describe('faults', () => {
  it('befall either version', async () => {
    const shop = await wrecked('orderquery', { times: 2 });
    expect(await shop.queryV3()).toMatchObject({ status: 500 });
    expect(await shop.query()).toMatchObject({ err_code: 'SYSTEMERROR' });
    expect(await shop.queryV3()).toMatchObject({ status: 200 });
  });

  it.each([
    ['certificates', '/v3/certificates'],
    ['refundquery', '/v3/refund/domestic/refunds/refund-1'],
  ])('befall %s', async (call, path) => {
    const shop = await wrecked(call, { err_code: 'FREQUENCY_LIMITED' });
    expect(await shop.ask({ path })).toMatchObject({ status: 429, json: { code: 'FREQUENCY_LIMITED' } });
  });

  it('forge the answers that are signed in v3 alone only where there is a v3', async () => {
    const fault = { call: 'certificates', kind: 'probe' };
    const shop = await wrecked('certificates', fault);
    expect(await shop.isSigned(await shop.ask({ path: '/v3/certificates' }))).toBe(false);
    const old = await openShop();
    expect(await old.refused('POST', 'faults', fault)).toMatchObject({ status: 400 });
  });

  it('probe v2 with a wrong signature', async () => {
    const shop = await wrecked('orderquery', { kind: 'probe' });
    const answer = await shop.query();
    expect(answer).toMatchObject({ result_code: 'SUCCESS', sign: expect.stringMatching(/^[0-9A-F]{64}$/) as string });
    expect(isSigned(answer)).toBe(false);
  });
});
