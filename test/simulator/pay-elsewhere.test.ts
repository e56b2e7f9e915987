import { describe, expect, it } from 'vitest';
import { appSignV2, appSignV3, paySignV3 } from '../../src/adapters/wechat/protocol/pay-sign.ts';
import { APPID } from '../support/samples.ts';
import { ALICE, isSigned, MCHID, stoppedClock, V2_KEY } from './shop.ts';
import { APP_APPID, MERCHANT_KEY, openShopV3, type ShopV3 } from './shop-v3.ts';

const NUMBER = 'order-0001';
const SCENE = { payer_client_ip: '127.0.0.1', h5_info: { type: 'Wap' } };
const open = (): Promise<ShopV3> => openShopV3({}, { appAppid: APP_APPID });

/** The tickets of both versions, by what they are paid with. */
const TICKETS: Record<string, (shop: ShopV3) => Promise<object>> = {
  'a code of v2': async (shop) => {
    const { code_url } = await shop.place({ trade_type: 'NATIVE', product_id: 'tea', openid: '' });
    return { code_url };
  },
  'a code of v3': async (shop) => shop.ticket({ payer: undefined }, 'native'),
  'an address of v2': async (shop) => {
    const { mweb_url } = await shop.place({ trade_type: 'MWEB', scene_info: '{}', openid: '' });
    return { h5_url: mweb_url };
  },
  'an address of v3': async (shop) => shop.ticket({ payer: undefined, scene_info: SCENE }, 'h5'),
  'an app with v2': async (shop) => {
    const { prepay_id = '' } = await shop.place({ trade_type: 'APP', appid: APP_APPID, openid: '' });
    return appCallV2(prepay_id);
  },
  'an app with v3': async (shop) => {
    const { prepay_id = '' } = await shop.ticket({ payer: undefined, appid: APP_APPID }, 'app');
    return appCallV3(prepay_id);
  },
};

const appCall = (prepayid: string, differences: object) => ({
  appid: APP_APPID,
  partnerid: MCHID,
  prepayid,
  package: 'Sign=WXPay',
  noncestr: 'abc',
  timestamp: String(Math.floor(Date.now() / 1_000)),
  ...differences,
});

function appCallV2(prepayid: string) {
  const call = appCall(prepayid, {});
  return { ...call, sign: appSignV2(call, V2_KEY, 'HMAC-SHA256') };
}

function appCallV3(prepayid: string, differences: Record<string, string> = {}) {
  const call = appCall(prepayid, differences);
  return { ...call, sign: appSignV3(call, MERCHANT_KEY), ...differences };
}

function miniProgramCall(prepayId: string, differences: Record<string, string> = {}) {
  const call = {
    timeStamp: String(Math.floor(Date.now() / 1_000)),
    nonceStr: 'abc',
    package: `prepay_id=${prepayId}`,
    signType: 'RSA',
    ...differences,
  };
  return { ...call, paySign: paySignV3({ ...call, appId: APPID }, MERCHANT_KEY), ...differences };
}

describe.each(Object.entries(TICKETS))('what is paid with %s', (_what, ticketOf) => {
  it('is paid by whoever comes', async () => {
    const shop = await open();
    const ticket = await ticketOf(shop);
    const isApp = 'partnerid' in ticket;
    const how = isApp ? { app: ticket } : ticket;
    expect(await shop.pay({ ...how, outcome: 'cancel' })).toEqual({ trade_state: 'NOTPAY' });
    const { transaction_id } = await shop.pay({ ...how, user: 'bob', notify: false });
    const { json } = await shop.queryV3();
    expect(json).toMatchObject({ trade_state: 'SUCCESS', transaction_id, appid: isApp ? APP_APPID : APPID });
    const bob = await shop.control.call<{ openid: string }>('PATCH', 'users/bob', {});
    const { openid } = json.payer as { openid: string };
    expect(openid).toHaveLength(28);
    // An app knows people by names of its own.
    expect(openid === bob.openid).toBe(!isApp);
    expect(await shop.query({ out_trade_no: NUMBER })).toMatchObject({ openid, trade_type: json.trade_type });
  });

  it('is good no more after its time', async () => {
    const pass = stoppedClock();
    const shop = await open();
    const ticket = await ticketOf(shop);
    const how = 'partnerid' in ticket ? { app: ticket } : ticket;
    pass(('h5_url' in ticket ? 5 : 120) * 60_000 - 1);
    expect(await shop.pay({ ...how, outcome: 'cancel' })).toEqual({ trade_state: 'NOTPAY' });
    pass(1);
    expect(await shop.refused('POST', 'pay', how)).toEqual({
      status: 409,
      error: expect.stringMatching(/^the (?:code_url|h5_url|prepay_id) has expired$/) as string,
    });
  });
});

describe('a ticket', () => {
  it('is what v2 answers, and is signed', async () => {
    const shop = await open();
    const answer = await shop.place({ trade_type: 'NATIVE', product_id: 'tea', openid: '' });
    expect(answer).toMatchObject({ trade_type: 'NATIVE', prepay_id: expect.stringMatching(/^wx/) as string });
    expect(answer.code_url).toMatch(/^weixin:\/\/wxpay\/bizpayurl\?pr=[\w-]+$/);
    expect(isSigned(answer)).toBe(true);
  });

  it('may tell a browser where to go afterwards', async () => {
    const shop = await open();
    const { h5_url } = await shop.ticket({ payer: undefined, scene_info: SCENE }, 'h5');
    expect(h5_url).toMatch(/^https:\/\/wx\.tenpay\.com\/.*prepay_id=wx/);
    const back = `${h5_url}&redirect_url=${encodeURIComponent('https://example.com/?a=1')}`;
    expect(await shop.pay({ h5_url: back })).toMatchObject({ trade_state: 'SUCCESS' });
  });

  it('of a code is no prepay_id, and one of a mini program no code', async () => {
    const shop = await open();
    const { code_url = '' } = await shop.ticket({ payer: undefined }, 'native');
    const { prepay_id = '' } = await shop.ticket({ out_trade_no: 'order-0002' });
    expect(await shop.refused('POST', 'pay', { prepay_id: code_url.split('=')[1] })).toMatchObject({ status: 404 });
    expect(await shop.refused('POST', 'pay', { code_url: prepay_id })).toMatchObject({ status: 404 });
    expect(await shop.refused('POST', 'pay', { h5_url: code_url })).toMatchObject({ status: 404 });
  });

  it.each<[string, Record<string, unknown>]>([
    ['no scene', { scene_info: undefined }],
    ['a scene without an address', { scene_info: { h5_info: { type: 'Wap' } } }],
    ['a scene of no type', { scene_info: { payer_client_ip: '127.0.0.1' } }],
    ['a scene of a type nobody knows', { scene_info: { payer_client_ip: '127.0.0.1', h5_info: { type: 'wap' } } }],
  ])('for a browser is not to be had with %s', async (_what, fields) => {
    const shop = await open();
    const answer = await shop.placeV3({ payer: undefined, ...fields }, 'h5');
    expect(answer).toMatchObject({ status: 400, json: { code: 'PARAM_ERROR' } });
  });
});

describe('an app', () => {
  it('has an appid of its own, which is good for nothing else', async () => {
    const shop = await open();
    const mismatch = { status: 400, json: { code: 'APPID_MCHID_NOT_MATCH' } };
    expect(await shop.placeV3({}, 'app')).toMatchObject(mismatch);
    expect(await shop.placeV3({ appid: APP_APPID })).toMatchObject(mismatch);
    expect(await shop.place({ trade_type: 'APP' })).toMatchObject({ err_code: 'APPID_MCHID_NOT_MATCH' });
    expect(await shop.place({ appid: APP_APPID })).toMatchObject({ err_code: 'APPID_MCHID_NOT_MATCH' });
  });

  it('is nobody where the merchant has none', async () => {
    const shop = await openShopV3();
    expect(await shop.placeV3({}, 'app')).toMatchObject({ status: 403, json: { code: 'NO_AUTH' } });
    const { return_msg } = await shop.place({ trade_type: 'APP', appid: APP_APPID });
    expect(return_msg).toBe('商户号mch_id与appid不匹配');
  });

  it.each([
    ['a wrong sign', { sign: 'AAAA' }, 'sign does not fit'],
    ['the mini program’s appid', { appid: APPID }, 'appid is not that of the order'],
    ['another merchant', { partnerid: '1900000002' }, 'partnerid is not the merchant'],
    ['the package of a mini program', { package: 'prepay_id=wx1' }, 'package is not Sign=WXPay'],
    ['milliseconds', { timestamp: String(Date.now()) }, 'timeStamp is not Unix time in whole seconds'],
    ['no nonce', { noncestr: '' }, 'nonceStr is not 1 to 32 characters long'],
  ])('cannot call WeChat with %s', async (_what, differences, error) => {
    const shop = await open();
    const { prepay_id = '' } = await shop.ticket({ payer: undefined, appid: APP_APPID }, 'app');
    const call = appCallV3(prepay_id, differences);
    expect(await shop.refused('POST', 'pay', call)).toEqual({ status: 400, error });
  });

  it('cannot sign as v2 does what was placed with v3', async () => {
    const shop = await open();
    const { prepay_id = '' } = await shop.ticket({ payer: undefined, appid: APP_APPID }, 'app');
    expect(await shop.refused('POST', 'pay', appCallV2(prepay_id))).toMatchObject({ error: 'sign does not fit' });
  });

  it('is not what a mini program is', async () => {
    const shop = await open();
    const app = await shop.ticket({ payer: undefined, appid: APP_APPID, out_trade_no: 'order-0002' }, 'app');
    const request = miniProgramCall(app.prepay_id!);
    expect(await shop.refused('POST', 'pay', request)).toMatchObject({ status: 400 });
    const { prepay_id } = await shop.ticket();
    expect(await shop.refused('POST', 'pay', appCallV3(prepay_id!))).toMatchObject({ status: 400 });
  });
});

describe('a mini program', () => {
  it('pays with RSA what was placed with v3', async () => {
    const shop = await open();
    const { prepay_id = '' } = await shop.ticket();
    expect(await shop.pay(miniProgramCall(prepay_id))).toMatchObject({ trade_state: 'SUCCESS' });
    expect((await shop.queryV3()).json).toMatchObject({ payer: { openid: ALICE } });
  });

  it.each([
    ['the sign type of v2', { signType: 'HMAC-SHA256' }, 'signType is not RSA'],
    ['a wrong paySign', { paySign: 'AAAA' }, 'paySign does not fit'],
    ['milliseconds', { timeStamp: String(Date.now()) }, 'timeStamp is not'],
    ['no nonce', { nonceStr: '' }, 'nonceStr is not'],
  ])('cannot with %s', async (_what, differences, error) => {
    const shop = await open();
    const { prepay_id = '' } = await shop.ticket();
    const request = miniProgramCall(prepay_id, differences);
    const refused = await shop.refused('POST', 'pay', { request });
    expect(refused).toEqual({ status: 400, error: expect.stringContaining(error) as string });
    expect((await shop.queryV3()).json).toMatchObject({ trade_state: 'NOTPAY' });
  });
});
