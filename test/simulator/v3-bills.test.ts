import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compactTime } from '../../src/adapters/wechat/protocol/compact-time.ts';
import { stoppedClock } from './shop.ts';
import { APP_APPID, type Answered, hasProof, headerOf, openShopV3, type ShopV3 } from './shop-v3.ts';

const DAY = 86_400_000;
const day = (ago: number): string =>
  compactTime(new Date(Date.now() - ago * DAY)).replace(/^(....)(..)(..).*/, '$1-$2-$3');
const NOON = `${day(1)}T12:00:00+08:00`;

const offer = (shop: ShopV3, query: string, kind = 'tradebill'): Promise<Answered> =>
  shop.ask({ path: `/v3/bill/${kind}?${query}` });

const pathOf = ({ json }: Answered): string => {
  const { pathname, search } = new URL(json.download_url as string);
  return pathname + search;
};

async function fetched(shop: ShopV3, query: string, kind = 'tradebill') {
  const offered = await offer(shop, query, kind);
  if (offered.status !== 200) throw new Error(offered.bytes.toString());
  const file = await shop.ask({ path: pathOf(offered) });
  const plain = query.includes('GZIP') ? gunzipSync(file.bytes) : file.bytes;
  return { offered, file, plain, text: plain.toString() };
}

const add = (shop: ShopV3, body: object = {}) => shop.control.call('POST', 'trades', { at: NOON, ...body });

const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

describe('a trade bill over v3', () => {
  it.each(['', '&bill_type=ALL', '&bill_type=ALL&tar_type=GZIP'])(
    'is offered with its digest, and fetched without a signature: %s',
    async (more) => {
      const shop = await openShopV3();
      await add(shop, { out_trade_no: 'other-0001', api: 'v3' });
      const { offered, file, plain, text } = await fetched(shop, `bill_date=${day(1)}${more}`);
      expect(await shop.isSigned(offered)).toBe(true);
      expect(offered.json).toEqual({
        hash_type: 'SHA1',
        hash_value: sha1(plain),
        download_url: expect.stringContaining(`${shop.control.url}/v3/billdownload/file?token=`) as string,
      });
      expect(text).toMatch(/^\uFEFF交易时间,/);
      expect(text).toContain('`other-0001');
      expect(hasProof(file)).toBe(false);
      expect(headerOf(file, 'content-type')).toBe(
        more.includes('GZIP') ? 'application/x-gzip' : 'text/plain; charset=utf-8',
      );
    },
  );

  it('is the same as over v2', async () => {
    const shop = await openShopV3();
    for (const out_trade_no of ['other-0001', 'other-0002']) await add(shop, { out_trade_no });
    const { plain } = await fetched(shop, `bill_date=${day(1)}`);
    const bill = await shop.download('/pay/downloadbill', { bill_date: day(1).replaceAll('-', ''), bill_type: 'ALL' });
    expect(plain.equals(Buffer.from(await bill.arrayBuffer()))).toBe(true);
  });

  it('tells where a trade was paid, and in whose name', async () => {
    const shop = await openShopV3({}, { appAppid: APP_APPID });
    await add(shop, { out_trade_no: 'other-0001', trade_type: 'NATIVE' });
    await add(shop, { out_trade_no: 'other-0002', trade_type: 'APP' });
    const { text } = await fetched(shop, `bill_date=${day(1)}`);
    const rows = text.split('\r\n').map((line) => line.split(',`'));
    expect([rows[1]?.[8], rows[2]?.[8]]).toEqual(['NATIVE', 'APP']);
    expect(rows[2]?.[1]).toBe(APP_APPID);
    expect(rows[1]?.[1]).not.toBe(APP_APPID);
  });

  it('is as it was when it was asked for, whatever happens until it is fetched', async () => {
    const shop = await openShopV3();
    await add(shop, { out_trade_no: 'other-0001' });
    const offered = await offer(shop, `bill_date=${day(1)}`);
    await add(shop, { out_trade_no: 'other-0002' });
    for (let times = 0; times < 2; times += 1) {
      const { bytes } = await shop.ask({ path: pathOf(offered) });
      expect(sha1(bytes)).toBe(offered.json.hash_value);
    }
  });

  it('can be fetched for five minutes, by the merchant alone', async () => {
    const pass = stoppedClock();
    const shop = await openShopV3();
    await add(shop, { out_trade_no: 'other-0001' });
    const path = pathOf(await offer(shop, `bill_date=${day(1)}`));
    expect((await fetch(shop.control.url + path)).status).toBe(401);
    expect(await shop.ask({ path, signed: { url: path.split('?')[0]! } })).toMatchObject({ status: 401 });
    expect(await shop.ask({ path: `${path}x` })).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST' } });
    pass(5 * 60_000 - 1);
    expect(await shop.ask({ path })).toMatchObject({ status: 200 });
    pass(1);
    expect(await shop.ask({ path })).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST' } });
  });

  it('is harmed on demand, and its digest with it', async () => {
    const shop = await openShopV3();
    await add(shop, { out_trade_no: 'other-0001', total: 100 });
    await shop.control.call('POST', 'bills/harm', { alter: { 'other-0001': { total: 7 } }, truncate: true });
    const harmed = await fetched(shop, `bill_date=${day(1)}`);
    expect(harmed.text).toContain('`0.07');
    expect(harmed.text).not.toContain('总交易单数');
    expect(harmed.offered.json.hash_value).toBe(sha1(harmed.plain));
    expect((await fetched(shop, `bill_date=${day(1)}`)).text).toContain('总交易单数');
  });

  it.each([
    ['a day without trades', `bill_date=${day(2)}`, 'NO_STATEMENT_EXIST'],
    ['today', `bill_date=${day(0)}`, 'STATEMENT_CREATING'],
    ['tomorrow', `bill_date=${day(-1)}`, 'INVALID_REQUEST'],
    ['a day of long ago', `bill_date=${day(100)}`, 'INVALID_REQUEST'],
    ['no day', 'bill_type=ALL', 'PARAM_ERROR'],
    ['a day as v2 writes it', 'bill_date=20260101', 'PARAM_ERROR'],
    ['a day that is none', 'bill_date=2026-02-31', 'INVALID_REQUEST'],
    ['a type nobody knows', `bill_date=${day(1)}&bill_type=NONE`, 'PARAM_ERROR'],
    ['a packing nobody knows', `bill_date=${day(1)}&tar_type=ZIP`, 'PARAM_ERROR'],
  ])('is not to be had of %s', async (_what, query, code) => {
    const shop = await openShopV3();
    await add(shop);
    const answer = await offer(shop, query);
    expect(answer).toMatchObject({ status: 400, json: { code } });
    expect(hasProof(answer)).toBe(false);
  });

  it('is not ready when the controls say so', async () => {
    const shop = await openShopV3();
    await add(shop);
    await shop.control.call('PUT', 'bills', { ready: false });
    expect(await offer(shop, `bill_date=${day(1)}`)).toMatchObject({ json: { code: 'STATEMENT_CREATING' } });
  });
});

describe('a fund flow bill over v3', () => {
  it.each(['', '&account_type=BASIC&tar_type=GZIP'])('is offered and fetched: %s', async (more) => {
    const shop = await openShopV3();
    await add(shop, { out_trade_no: 'other-0001' });
    const { offered, plain, text } = await fetched(shop, `bill_date=${day(1)}${more}`, 'fundflowbill');
    expect(offered.json.hash_value).toBe(sha1(plain));
    expect(text).toMatch(/^\uFEFF记账时间,/);
    expect(text).toContain('`other-0001');
  });

  it.each([
    ['another account', `bill_date=${day(1)}&account_type=OPERATION`, 'NO_STATEMENT_EXIST'],
    ['an account of v2', `bill_date=${day(1)}&account_type=Basic`, 'PARAM_ERROR'],
  ])('is not to be had of %s', async (_what, query, code) => {
    const shop = await openShopV3();
    await add(shop);
    expect(await offer(shop, query, 'fundflowbill')).toMatchObject({ status: 400, json: { code } });
  });
});

describe('faults of bills over v3', () => {
  it('befall what is asked by the name of v2, and the file by its own', async () => {
    const shop = await openShopV3();
    await add(shop);
    await shop.control.fault({ call: 'downloadbill', kind: 'bad-signature' });
    expect(await shop.isSigned(await offer(shop, `bill_date=${day(1)}`))).toBe(false);
    await shop.control.fault({ call: 'downloadfundflow', err_code: 'NO_STATEMENT_EXIST' });
    expect(await offer(shop, `bill_date=${day(1)}`, 'fundflowbill')).toMatchObject({ status: 400 });
    const offered = await offer(shop, `bill_date=${day(1)}`);
    const whole = await shop.ask({ path: pathOf(offered) });
    await shop.control.fault({ call: 'billfile', kind: 'truncate', when: 'after' });
    const cut = await shop.ask({ path: pathOf(offered) });
    expect(cut.bytes.equals(whole.bytes.subarray(0, -4))).toBe(true);
    const forged = { call: 'billfile', kind: 'bad-signature' };
    expect(await shop.refused('POST', 'faults', forged)).toMatchObject({ status: 400 });
  });
});
