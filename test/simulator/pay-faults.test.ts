import { describe, expect, it } from 'vitest';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { isSigned, MCHID, openShop, type Shop, requestOf } from './shop.ts';

const CALLS = [
  ['unifiedorder', '/pay/unifiedorder'],
  ['orderquery', '/pay/orderquery'],
  ['closeorder', '/pay/closeorder'],
] as const;

async function wrecked(
  call: string,
  path: string,
  fault: object,
): Promise<{ shop: Shop; ask: () => Promise<Response> }> {
  const shop = await openShop();
  if (call !== 'unifiedorder') await shop.prepayId();
  await shop.control.fault({ call, ...fault });
  const fields = call === 'unifiedorder' ? shop.terms() : { out_trade_no: 'order-0001', sign_type: 'HMAC-SHA256' };
  const ask = () =>
    fetch(shop.control.url + path, {
      method: 'POST',
      body: writeFlatXml(requestOf(fields)),
      signal: AbortSignal.timeout(500),
    });
  return { shop, ask };
}

const fieldsOf = async (answer: Response): Promise<Record<string, string>> =>
  Object.fromEntries(readFlatXml(Buffer.from(await answer.arrayBuffer())));

const didHappen = async (shop: Shop, call: string): Promise<boolean> => {
  const { trades } = await shop.control.call<{ trades: { trade_state: string; queries: number }[] }>('GET', 'ledger');
  const [trade] = trades;
  if (call === 'unifiedorder') return trade !== undefined;
  return call === 'closeorder' ? trade?.trade_state === 'CLOSED' : trade?.queries === 1;
};

describe.each(CALLS)('%s', (call, path) => {
  it.each(['before', 'after'] as const)('answers SYSTEMERROR %s it is executed', async (when) => {
    const { shop, ask } = await wrecked(call, path, { when });
    const answer = await fieldsOf(await ask());
    expect(answer).toMatchObject({ return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'SYSTEMERROR' });
    expect(isSigned(answer)).toBe(true);
    expect(await didHappen(shop, call)).toBe(when === 'after');
  });

  it('answers any err_code', async () => {
    const { ask } = await wrecked(call, path, { err_code: 'NOTENOUGH', times: 2 });
    for (const err_code of ['NOTENOUGH', 'NOTENOUGH', undefined])
      expect((await fieldsOf(await ask())).err_code).toBe(err_code);
  });

  it.each(['before', 'after'] as const)('gives a status of 503 %s it is executed', async (when) => {
    const { shop, ask } = await wrecked(call, path, { kind: 'status', value: 503, when });
    expect((await ask()).status).toBe(503);
    expect(await didHappen(shop, call)).toBe(when === 'after');
  });

  it.each(['garbage', 'truncate'])('answers what cannot be read: %s', async (kind) => {
    for (const when of ['before', 'after']) {
      const { ask } = await wrecked(call, path, { kind, when });
      const answer = await ask();
      expect(answer.status).toBe(200);
      await expect(fieldsOf(answer)).rejects.toThrow();
    }
  });

  it('answers HTML', async () => {
    const { ask } = await wrecked(call, path, { kind: 'html' });
    const answer = await ask();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, expect.stringContaining('text/html')]);
  });

  it.each(['timeout', 'hangup', 'drip'])('does not come to an end: %s', async (kind) => {
    for (const when of ['before', 'after'] as const) {
      const { shop, ask } = await wrecked(call, path, { kind, when });
      await expect(ask().then((answer) => answer.text())).rejects.toThrow();
      expect(await didHappen(shop, call)).toBe(when === 'after');
    }
  });

  it('takes its time', async () => {
    const { shop, ask } = await wrecked(call, path, { kind: 'slow', value: 50 });
    expect(await fieldsOf(await ask())).toMatchObject({ result_code: 'SUCCESS' });
    expect(await didHappen(shop, call)).toBe(true);
  });

  it('probes whether signatures are checked', async () => {
    const { shop, ask } = await wrecked(call, path, { kind: 'bad-signature' });
    const answer = await fieldsOf(await ask());
    expect(answer).toMatchObject({ return_code: 'SUCCESS', result_code: 'SUCCESS' });
    expect(answer.sign).toMatch(/^[0-9A-F]{64}$/);
    expect(isSigned(answer)).toBe(false);
    expect(await didHappen(shop, call)).toBe(true);
  });

  it('speaks for another merchant', async () => {
    const { shop, ask } = await wrecked(call, path, { kind: 'wrong-merchant' });
    const answer = await fieldsOf(await ask());
    expect(answer.mch_id).not.toBe(MCHID);
    expect(isSigned(answer)).toBe(true);
    expect(await didHappen(shop, call)).toBe(true);
  });
});

describe('report', () => {
  it('fails without a signature', async () => {
    const { ask } = await wrecked('report', '/payitil/report', {});
    expect(await fieldsOf(await ask())).toEqual({ return_code: 'FAIL', return_msg: 'SYSTEMERROR' });
  });
});

describe('faults', () => {
  it('befall the call they are meant for', async () => {
    const shop = await openShop();
    await shop.control.fault({ call: 'orderquery' });
    await expect(shop.prepayId()).resolves.toMatch(/^wx/);
    expect(await shop.query()).toMatchObject({ err_code: 'SYSTEMERROR' });
    expect(await shop.control.counts()).toEqual({ 'unifiedorder ok': 1, 'orderquery fault errcode': 1 });
  });

  it.each(['jscode2session', 'report'])('cannot forge what is not signed: %s', async (call) => {
    const shop = await openShop();
    const { status, error } = await shop.refused('POST', 'faults', { call, kind: 'bad-signature' });
    expect({ status, error }).toEqual({ status: 400, error: expect.stringContaining('signed') as string });
  });
});
