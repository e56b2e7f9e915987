import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openAead, type SealedV3 } from '../../src/adapters/wechat/protocol/aead.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { APPID } from '../support/samples.ts';
import { APP_SECRET } from '../support/simulated-wechat.ts';
import { MCHID, stoppedClock, V2_KEY } from './shop.ts';
import { headerOf, openShopV3, PUBLIC_KEY_ID, type ShopV3, V3, V3_KEY } from './shop-v3.ts';

interface Listed {
  readonly serial_no: string;
  readonly effective_time: string;
  readonly expire_time: string;
  readonly encrypt_certificate: SealedV3 & { readonly algorithm: string };
}

const list = async (shop: ShopV3): Promise<Listed[]> =>
  (await shop.ask({ path: '/v3/certificates' })).json.data as Listed[];

const serials = async (shop: ShopV3): Promise<string[]> => (await list(shop)).map(({ serial_no }) => serial_no);

const rotate = async (shop: ShopV3, body: object = {}): Promise<string> =>
  (await shop.control.call<{ serial_no: string }>('POST', 'pay-v3/certificates/rotate', body)).serial_no;

describe('the platform’s certificates', () => {
  it('are listed sealed, and sign their own list', async () => {
    const shop = await openShopV3();
    const answer = await shop.ask({ path: '/v3/certificates' });
    const [listed] = answer.json.data as Listed[];
    expect(listed).toMatchObject({
      serial_no: expect.stringMatching(/^[0-9A-F]{40}$/) as string,
      effective_time: expect.stringMatching(/\+08:00$/) as string,
      encrypt_certificate: { algorithm: 'AEAD_AES_256_GCM', associated_data: 'certificate' },
    });
    const pem = openAead(V3_KEY, listed!.encrypt_certificate).toString();
    const certificate = new X509Certificate(pem);
    expect(certificate.serialNumber).toBe(listed!.serial_no);
    expect(certificate.validFromDate.toISOString()).toBe(new Date(listed!.effective_time).toISOString());
    expect(certificate.validToDate.toISOString()).toBe(new Date(listed!.expire_time).toISOString());
    expect(headerOf(answer, 'wechatpay-serial')).toBe(listed!.serial_no);
    expect(await shop.isSigned(answer)).toBe(true);
  });

  it('overlap when a new one comes, which signs from then on', async () => {
    const pass = stoppedClock();
    const shop = await openShopV3();
    const old = (await serials(shop))[0]!;
    const made = await rotate(shop, { overlap: 60 });
    expect(await serials(shop)).toEqual([old, made]);
    const [first, second] = await list(shop);
    expect(Date.parse(second!.effective_time)).toBeGreaterThan(Date.parse(first!.effective_time));
    expect(headerOf(await shop.placeV3(), 'wechatpay-serial')).toBe(made);
    const named = await shop.placeV3({}, 'jsapi', { 'wechatpay-serial': old });
    expect([named.status, headerOf(named, 'wechatpay-serial')]).toEqual([200, made]);
    pass(60_000);
    expect(await serials(shop)).toEqual([made]);
    const late = await shop.placeV3({}, 'jsapi', { 'wechatpay-serial': old });
    expect(late).toMatchObject({ status: 400, json: { code: 'PARAM_ERROR' } });
  });

  it('are old at once when nobody wants an overlap, and for a day when nobody says', async () => {
    const pass = stoppedClock();
    const shop = await openShopV3();
    await serials(shop);
    const second = await rotate(shop, { overlap: 0 });
    expect(await serials(shop)).toEqual([second]);
    const third = await rotate(shop);
    pass(86_400_000 - 1);
    expect(await serials(shop)).toEqual([second, third]);
    pass(1);
    expect(await serials(shop)).toEqual([third]);
  });

  it('each have a key of their own', async () => {
    const shop = await openShopV3();
    await rotate(shop);
    const { certificates } = await shop.keys();
    const [one, other] = certificates.map(({ certificate }) => new X509Certificate(certificate).publicKey);
    expect(one!.equals(other!)).toBe(false);
  });
});

describe('a merchant that has a public key alone', () => {
  const open = (): Promise<ShopV3> => openShopV3({ withoutCertificates: true });

  it('is told that there is no certificate', async () => {
    const shop = await open();
    const answer = await shop.ask({ path: '/v3/certificates' });
    expect(answer).toMatchObject({ status: 404, json: { code: 'RESOURCE_NOT_EXISTS' } });
  });

  it('has all answers signed with it', async () => {
    const shop = await open();
    const answer = await shop.placeV3();
    expect(headerOf(answer, 'wechatpay-serial')).toBe(PUBLIC_KEY_ID);
    expect(await shop.isSigned(answer)).toBe(true);
  });

  it('has none to rotate, nor to sign notices with', async () => {
    const shop = await open();
    const refused = { status: 409, error: 'the merchant has no certificate' };
    expect(await shop.refused('POST', 'pay-v3/certificates/rotate', {})).toEqual(refused);
    expect(await shop.refused('PUT', 'pay-v3/keys', { sign_with: 'certificate' })).toEqual(refused);
    expect(await shop.keys()).toMatchObject({ sign_with: 'public-key', certificates: [] });
  });
});

describe('a merchant that has certificates alone', () => {
  const open = (): Promise<ShopV3> => openShopV3({ publicKey: undefined });

  it('has all signed with them', async () => {
    const shop = await open();
    const { sign_with, serial, certificates, public_key } = await shop.keys();
    expect([sign_with, serial, public_key]).toEqual(['certificate', certificates[0]?.serial_no, undefined]);
  });

  it('cannot name a public key', async () => {
    const shop = await open();
    const answer = await shop.placeV3({}, 'jsapi', { 'wechatpay-serial': PUBLIC_KEY_ID });
    expect(answer).toMatchObject({ status: 400, json: { code: 'PARAM_ERROR' } });
    const refused = { status: 409, error: 'the merchant has no public-key' };
    expect(await shop.refused('PUT', 'pay-v3/keys', { sign_with: 'public-key' })).toEqual(refused);
  });
});

describe('a simulator does not start', () => {
  it.each([
    ['a key that is too short', { key: V3_KEY.slice(1) }, 'an APIv3 key has 32 bytes'],
    ['neither certificates nor a public key', { publicKey: undefined, withoutCertificates: true }, 'a public key'],
  ])('with %s', async (_what, differences, message) => {
    const { publicKey, ...v3 } = { ...V3, ...differences };
    const pay = { mchid: MCHID, v2Key: V2_KEY, v3: { ...v3, ...(publicKey && { publicKey }) } };
    await expect(startSimulator({ appid: APPID, secret: APP_SECRET, pay })).rejects.toThrow(message);
  });
});
