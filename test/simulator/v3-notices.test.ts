import { X509Certificate } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { openAead } from '../../src/adapters/wechat/protocol/aead.ts';
import { readV3Headers } from '../../src/adapters/wechat/protocol/v3-headers.ts';
import { APPID } from '../support/samples.ts';
import { ALICE, MCHID } from './shop.ts';
import { hasProof, headerOf, openShopV3, PUBLIC_KEY_ID, type ShopV3, V3_KEY } from './shop-v3.ts';

interface Envelope {
  readonly id: string;
  readonly event_type: string;
  readonly resource: {
    readonly original_type: string;
    readonly nonce: string;
    readonly associated_data: string;
    readonly ciphertext: string;
  };
}

type Wrapped = Awaited<ReturnType<typeof noticesOf>>[number];

/** The notices as they came, once so many have. */
async function noticesOf(shop: ShopV3, count: number) {
  await vi.waitUntil(() => shop.inbox.received.length >= count, { timeout: 10_000 });
  return shop.inbox.received.map((bytes, index) => ({ bytes, headers: shop.inbox.headers[index]! }));
}

const envelopeOf = ({ bytes }: Wrapped): Envelope => JSON.parse(bytes.toString()) as Envelope;

const sealedIn = (notice: Wrapped): Record<string, unknown> =>
  JSON.parse(openAead(V3_KEY, envelopeOf(notice).resource).toString()) as Record<string, unknown>;

/** An order of v3 that was paid, and of which the server was told. */
async function told(fault?: object): Promise<{ shop: ShopV3; notice: Wrapped }> {
  const shop = await openShopV3();
  shop.inbox.answers.push({ status: 204, body: '' });
  if (fault) await shop.control.call('POST', 'notices/faults', fault);
  const { prepay_id } = await shop.ticket({ attach: 'a' });
  await shop.pay({ prepay_id });
  const [notice] = await noticesOf(shop, 1);
  return { shop, notice: notice! };
}

describe('a notice of v3', () => {
  it('tells the payment, sealed and signed', async () => {
    const { shop, notice } = await told();
    const envelope = envelopeOf(notice);
    expect(envelope).toMatchObject({
      event_type: 'TRANSACTION.SUCCESS',
      resource_type: 'encrypt-resource',
      create_time: expect.stringMatching(/\+08:00$/) as string,
      resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', associated_data: 'transaction' },
    });
    expect(sealedIn(notice)).toMatchObject({
      appid: APPID,
      mchid: MCHID,
      out_trade_no: 'order-0001',
      transaction_id: expect.stringMatching(/^\d{28}$/) as string,
      trade_type: 'JSAPI',
      trade_state: 'SUCCESS',
      attach: 'a',
      payer: { openid: ALICE },
      amount: { total: 100, payer_total: 100, currency: 'CNY', payer_currency: 'CNY' },
    });
    expect(headerOf(notice, 'content-type')).toBe('application/json');
    expect(await shop.isSigned(notice)).toBe(true);
    await vi.waitFor(async () =>
      expect(await shop.control.call('GET', 'notices')).toMatchObject({ counts: { taken: 1 } }),
    );
  });

  it('of a trade that was refunded meanwhile tells of the payment as it was', async () => {
    const { shop } = await told();
    await shop.refundV3();
    await shop.control.call('POST', 'notices', { out_trade_no: 'order-0001' });
    const [, again] = await noticesOf(shop, 2);
    expect(sealedIn(again!)).toMatchObject({ trade_state: 'SUCCESS' });
    expect((await shop.queryV3()).json).toMatchObject({ trade_state: 'REFUND' });
  });

  it('of a failure says so in what is sealed', async () => {
    const shop = await openShopV3();
    await shop.ticket();
    await shop.pay({ out_trade_no: 'order-0001', outcome: 'failure', notice: true });
    const [notice] = await noticesOf(shop, 1);
    expect(sealedIn(notice!)).toMatchObject({ trade_state: 'PAYERROR', out_trade_no: 'order-0001' });
    expect(sealedIn(notice!)).not.toHaveProperty('transaction_id');
  });

  it.each([
    [{ status: 200, body: '{"code":"FAIL"}' }, 'taken'],
    [{ status: 204, body: '' }, 'taken'],
    [{ status: 202, body: '' }, 'refused'],
    [{ status: 302, body: '', headers: { location: '/elsewhere' } }, 'refused'],
    [{ status: 401, body: '{"code":"FAIL"}' }, 'refused'],
    [{ status: 500, body: '<xml><return_code>SUCCESS</return_code></xml>' }, 'refused'],
  ])('that is answered with %j is %s, for the status alone counts', async (answer, outcome) => {
    const shop = await openShopV3();
    shop.inbox.answers.push(answer);
    const { prepay_id } = await shop.ticket();
    await shop.pay({ prepay_id });
    await vi.waitFor(async () =>
      expect(await shop.control.call('GET', 'notices')).toMatchObject({
        attempts: [{ outcome, status: answer.status }],
      }),
    );
  });

  it('that is not taken is sent again under another id', async () => {
    const shop = await openShopV3();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0 });
    shop.inbox.answers.push({ status: 503, body: '' });
    const { prepay_id } = await shop.ticket();
    await shop.pay({ prepay_id });
    const [first, second] = await noticesOf(shop, 2);
    expect(sealedIn(second!)).toEqual(sealedIn(first!));
    expect(envelopeOf(second!).id).not.toBe(envelopeOf(first!).id);
  });

  it('of an order of v2 is as v2 has it, in the same house', async () => {
    const shop = await openShopV3();
    await shop.prepayId();
    await shop.pay();
    const [notice] = await noticesOf(shop, 1);
    expect(notice!.bytes.toString()).toMatch(/^<xml>/);
    expect(hasProof(notice!)).toBe(false);
  });
});

describe('on demand a notice of v3 is', () => {
  it('unsigned', async () => {
    const { notice } = await told({ sign: 'unsigned' });
    expect(hasProof(notice)).toBe(false);
    expect(sealedIn(notice)).toMatchObject({ trade_state: 'SUCCESS' });
  });

  it.each(['wrong-key', 'probe', 'downgrade'])('not rightly signed: %s', async (sign) => {
    const { shop, notice } = await told({ sign });
    expect(headerOf(notice, 'wechatpay-serial')).toBe(PUBLIC_KEY_ID);
    expect(await shop.isSigned(notice)).toBe(false);
    const isProbe = headerOf(notice, 'wechatpay-signature')?.startsWith('WECHATPAY/SIGNTEST/');
    expect(isProbe).toBe(sign === 'probe');
    const isRight = headerOf(notice, 'wechatpay-signature-type') === 'WECHATPAY2-SHA256-RSA2048';
    expect(isRight).toBe(sign !== 'downgrade');
  });

  it('from another time, and rightly signed', async () => {
    const { shop, notice } = await told({ timestamp: -400 });
    const off = Number(headerOf(notice, 'wechatpay-timestamp')) - Date.now() / 1_000;
    expect(Math.abs(off + 400)).toBeLessThan(30);
    expect(await shop.isSigned(notice)).toBe(true);
  });

  it('under another’s name', async () => {
    const { shop, notice } = await told({ serial: 'PUB_KEY_ID_7' });
    expect(readV3Headers(notice.headers)?.serial).toBe('PUB_KEY_ID_7');
    const renamed = notice.headers.map(
      ([name, value]) => [name, name.toLowerCase() === 'wechatpay-serial' ? PUBLIC_KEY_ID : value] as const,
    );
    expect(await shop.isSigned({ ...notice, headers: renamed })).toBe(true);
  });

  it('corrupted, after it was signed', async () => {
    const { shop, notice } = await told({ corrupt: true });
    expect(hasProof(notice)).toBe(true);
    expect(await shop.isSigned(notice)).toBe(false);
  });

  it('changed in what is sealed', async () => {
    const override = { 'amount.total': 1, 'amount.tip': 2, out_trade_no: 'order-0009', extra: { a: [1] } };
    const { shop, notice } = await told({ override, drop: ['payer.openid', 'attach', 'nothing.at.all'] });
    const sealed = sealedIn(notice);
    expect(sealed).toMatchObject({ out_trade_no: 'order-0009', extra: { a: [1] }, payer: {} });
    expect(sealed.amount).toEqual({ total: 1, payer_total: 100, currency: 'CNY', payer_currency: 'CNY', tip: 2 });
    expect(sealed).not.toHaveProperty('attach');
    expect(sealed.payer).toEqual({});
    expect(await shop.isSigned(notice)).toBe(true);
  });

  it('changed in its envelope', async () => {
    const override = { event_type: 'PARKING.PAID', 'resource.algorithm': 'NONE' };
    const { shop, notice } = await told({ override, drop: ['summary', 'resource.nonce'] });
    const envelope = envelopeOf(notice);
    expect(envelope).toMatchObject({ event_type: 'PARKING.PAID', resource: { algorithm: 'NONE' } });
    expect(envelope).not.toHaveProperty('summary');
    expect(envelope.resource).not.toHaveProperty('nonce');
    expect(await shop.isSigned(notice)).toBe(true);
  });

  it('none of it for v2, where a probe is a wrong signature like any other', async () => {
    const shop = await openShopV3();
    await shop.prepayId();
    await shop.pay({ out_trade_no: 'order-0001', notify: false });
    const wish = { out_trade_no: 'order-0001', sign: 'probe', timestamp: -400, override: { total_fee: 7 } };
    await shop.control.call('POST', 'notices', wish);
    const [fields] = await shop.inbox.notices(1);
    expect(fields).toMatchObject({ total_fee: '7', sign: expect.stringMatching(/^[0-9A-F]{64}$/) as string });
  });
});

describe('the key of notices', () => {
  const serialOfNext = async (shop: ShopV3): Promise<string | undefined> => {
    const before = shop.inbox.received.length;
    await shop.control.call('POST', 'notices', { out_trade_no: 'order-0001' });
    const notice = (await noticesOf(shop, before + 1)).at(-1)!;
    expect(await shop.isSigned(notice)).toBe(true);
    return headerOf(notice, 'wechatpay-serial');
  };

  it('is the public one, or the certificate while WeChat moves a merchant', async () => {
    const shop = await openShopV3();
    await shop.paidV3();
    expect(await serialOfNext(shop)).toBe(PUBLIC_KEY_ID);
    await shop.control.call('PUT', 'pay-v3/keys', { sign_with: 'certificate' });
    const { serial, sign_with, certificates } = await shop.keys();
    expect([serial, sign_with]).toEqual([certificates[0]?.serial_no, 'certificate']);
    expect(await serialOfNext(shop)).toBe(serial);
    await shop.control.call('PUT', 'pay-v3/keys', { sign_with: 'public-key' });
    expect(await serialOfNext(shop)).toBe(PUBLIC_KEY_ID);
  });

  it('is the newest certificate as soon as there is one', async () => {
    const shop = await openShopV3();
    await shop.control.call('PUT', 'pay-v3/keys', { sign_with: 'certificate' });
    await shop.paidV3();
    const before = await serialOfNext(shop);
    const made = await shop.control.call<{ serial_no: string; certificate: string }>(
      'POST',
      'pay-v3/certificates/rotate',
    );
    expect(new X509Certificate(made.certificate).serialNumber).toBe(made.serial_no);
    expect(made.serial_no).not.toBe(before);
    expect(await serialOfNext(shop)).toBe(made.serial_no);
  });
});

describe('a notice of a refund', () => {
  const settled = async (shop: ShopV3, number: string, outcome: string) =>
    shop.control.call('POST', `refunds/${number}/outcome`, { outcome });

  async function refunding(): Promise<ShopV3> {
    const shop = await openShopV3();
    await shop.control.call('PUT', 'refunds/outcome', { outcome: 'none' });
    await shop.control.call('PUT', 'refunds/schedule', { compress: 0 });
    return shop;
  }

  it.each([
    ['success', 'REFUND.SUCCESS', 'SUCCESS'],
    ['change', 'REFUND.ABNORMAL', 'ABNORMAL'],
    ['close', 'REFUND.CLOSED', 'CLOSED'],
  ])('tells a %s, sealed and signed', async (outcome, event_type, refund_status) => {
    const shop = await refunding();
    const transaction_id = await shop.paidV3();
    await shop.refundV3({ notify_url: shop.inbox.url });
    await settled(shop, 'refund-1', outcome);
    const [notice] = await noticesOf(shop, 1);
    expect(envelopeOf(notice!)).toMatchObject({ event_type, resource: { original_type: 'refund' } });
    const sealed = sealedIn(notice!);
    expect(sealed).toMatchObject({
      mchid: MCHID,
      transaction_id,
      out_trade_no: 'order-0001',
      out_refund_no: 'refund-1',
      refund_status,
      amount: { total: 100, refund: 100, payer_total: 100, payer_refund: 100 },
    });
    expect('success_time' in sealed).toBe(outcome === 'success');
    expect(sealed).not.toHaveProperty('status');
    expect(await shop.isSigned(notice!)).toBe(true);
  });

  it('comes in the version that asked for it, and nowhere when it named no address', async () => {
    const shop = await refunding();
    await shop.prepayId();
    await shop.pay({ out_trade_no: 'order-0001', notify: false });
    const half = { amount: { refund: 10, total: 100, currency: 'CNY' } };
    await shop.refundV3({ ...half, notify_url: shop.inbox.url });
    await shop.refundV3({ ...half, out_refund_no: 'refund-2' });
    await shop.refund({ out_refund_no: 'refund-3', refund_fee: '10', notify_url: shop.inbox.url });
    await settled(shop, 'refund-2', 'success');
    await settled(shop, 'refund-1', 'success');
    const [first] = await noticesOf(shop, 1);
    expect(sealedIn(first!)).toMatchObject({ out_refund_no: 'refund-1' });
    await settled(shop, 'refund-3', 'success');
    const [, second] = await noticesOf(shop, 2);
    expect(second!.bytes.toString()).toContain('<req_info>');
  });

  it('that a person made at the console comes in the version of the trade, to where its payment was told', async () => {
    const shop = await refunding();
    await shop.paidV3();
    await shop.control.call('POST', 'trades/order-0001/refunds', { amount: 10, out_refund_no: 'console-1' });
    await settled(shop, 'console-1', 'success');
    const [notice] = await noticesOf(shop, 1);
    expect(sealedIn(notice!)).toMatchObject({ out_refund_no: 'console-1', refund_status: 'SUCCESS' });
  });

  it('that a person made of a trade of v2 is told nobody, as before', async () => {
    const shop = await refunding();
    await shop.paid();
    await shop.control.call('POST', 'trades/order-0001/refunds', { amount: 10, out_refund_no: 'console-1' });
    await settled(shop, 'console-1', 'success');
    expect(await shop.control.call('GET', 'notices')).toMatchObject({ waiting: 0, attempts: [] });
  });
});
