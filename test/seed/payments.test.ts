import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/main/config.ts';
import { runningApp } from '../support/running-app.ts';
import { noticeFields, openSandbox, signedNotice } from '../support/sandbox.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

/*
 * The defects of django_miniprogram_api's payments, under the numbers they have in our list of them.
 */

const SUCCESS = '<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>';
const FAILED = '<return_code><![CDATA[FAIL]]></return_code>';

async function awaiting(wish: object = {}) {
  const sandbox = await openSandbox();
  const number = await sandbox.order(wish);
  expect((await sandbox.prepay(number)).status).toBe(200);
  return { sandbox, number };
}

describe('defects of payments that must not come back', () => {
  it.each(['/miniprogram_auth/wechatPayCallback', '/miniprogram_auth/wechatPayCallback/'])(
    'seed-01: a genuine callback at %s makes the order paid',
    async (path) => {
      const { sandbox, number } = await awaiting();
      const answer = await sandbox.notify(signedNotice(noticeFields(number)), path);
      expect(answer.status).toBe(200);
      expect(await sandbox.read(number)).toMatchObject({
        state: 'paid',
        transaction_id: '4200001234202611220000000001',
        paid_at: '2026-11-22T04:30:00.000Z',
      });
    },
  );

  it('seed-02: a signed notice of a failed payment pays nothing', async () => {
    const { sandbox, number } = await awaiting();
    const failed = noticeFields(number, { result_code: 'FAIL', err_code: 'BANKERROR', err_code_des: '银行系统异常' });
    expect((await sandbox.notify(signedNotice(failed))).text).toBe(SUCCESS);
    const noReturn = noticeFields(number, { return_code: 'FAIL' });
    expect((await sandbox.notify(signedNotice(noReturn))).text).toContain(FAILED);
    expect((await sandbox.read(number)).state).toBe('prepaid');
    expect((await sandbox.told(number)).at(-1)).toBe('payment.failed');
  });

  it.each([
    ['amount-mismatch', { total_fee: '1' }],
    ['currency-mismatch', { fee_type: 'USD' }],
    ['appid-mismatch', { appid: 'wx0000000000000000' }],
    ['mchid-mismatch', { mch_id: '1900000108' }],
  ])('seed-03: a signed notice with an %s pays nothing', async (kind, differences) => {
    const { sandbox, number } = await awaiting();
    const answer = await sandbox.notify(signedNotice(noticeFields(number, differences)));
    expect(answer).toMatchObject({ status: 422, text: expect.stringContaining(FAILED) });
    expect((await sandbox.read(number)).state).toBe('prepaid');
    expect(await sandbox.told(number)).toContain(`anomaly.raised ${kind}`);
  });

  it('seed-04: a payment of an order that is not there is asked for again', async () => {
    const { sandbox } = await awaiting();
    const answer = await sandbox.notify(signedNotice(noticeFields('not-here-0001')));
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining(FAILED) });
    expect(await sandbox.told('not-here-0001')).toEqual(['anomaly.raised unknown-order']);
  });

  it('seed-05: fifty duplicates at once are one payment, and its number is kept', async () => {
    const { sandbox, number } = await awaiting();
    const notice = signedNotice(noticeFields(number));
    const answers = await Promise.all(Array.from({ length: 50 }, () => sandbox.notify(notice)));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([SUCCESS]));
    expect((await sandbox.told(number)).filter((type) => type === 'order.paid')).toHaveLength(1);
    expect(await sandbox.read(number)).toMatchObject({ transaction_id: '4200001234202611220000000001' });
  });

  it('seed-06: the answer is the XML that WeChat reads, to the letter', async () => {
    const { sandbox, number } = await awaiting();
    const { status, text, headers } = await sandbox.notify(signedNotice(noticeFields(number)));
    expect({ status, text }).toEqual({ status: 200, text: SUCCESS });
    expect(headers.get('content-type')).toBe('text/xml; charset=utf-8');
  });

  it('seed-07: an empty value is no part of the signature', async () => {
    const { sandbox, number } = await awaiting();
    const signed = signedNotice(noticeFields(number));
    const withEmpty = signed.replace('<xml>', '<xml><attach></attach><device_info><![CDATA[]]></device_info>');
    expect((await sandbox.notify(withEmpty)).text).toBe(SUCCESS);
  });

  it('seed-08: the algorithm is the one that is configured, whatever the message says', async () => {
    const { sandbox, number } = await awaiting();
    const weak = signedNotice(noticeFields(number, { sign_type: 'MD5' }), { signType: 'MD5' });
    expect(await sandbox.notify(weak)).toMatchObject({ status: 422, text: expect.stringContaining(FAILED) });
    expect((await sandbox.read(number)).state).toBe('prepaid');
    const strong = signedNotice(noticeFields(number, { sign_type: 'MD5' }));
    expect((await sandbox.notify(strong)).text).toBe(SUCCESS);
  });

  it('seed-09: what is missing or wrong is refused and is never a 500', async () => {
    const { sandbox, number } = await awaiting();
    const signed = signedNotice(noticeFields(number));
    const { time_end: _, ...noTime } = noticeFields(number);
    const noTransaction = noticeFields(number, { transaction_id: '' });
    const refused = [
      signed.replace(/<sign>.*<\/sign>/, ''),
      signed.replace(/<sign><!\[CDATA\[./, '<sign><![CDATA[x'),
      signed.replace(
        /(<sign><!\[CDATA\[)(.*?)(\])/,
        (_all, open, sign: string, end) => open + sign.toLowerCase() + end,
      ),
      signedNotice(noTime),
      signedNotice(noTransaction),
      signedNotice({}),
      signedNotice({ return_code: 'SUCCESS' }),
      '',
      'xml',
      '<xml></xml>',
      '{"xml":{}}',
      '<html><body>502</body></html>',
    ];
    for (const message of refused) {
      const { status, text } = await sandbox.notify(message);
      expect([400, 401, 422, 503], message).toContain(status);
      expect(text).toContain(FAILED);
    }
    expect((await sandbox.read(number)).state).toBe('prepaid');
  });

  it('seed-10: nested and doubled fields are refused, and signed as nothing else', async () => {
    const { sandbox, number } = await awaiting();
    const signed = signedNotice(noticeFields(number));
    const doubled = signed.replace('</xml>', '<total_fee>1</total_fee></xml>');
    const nested = signed.replace('<bank_type><![CDATA[OTHERS]]></bank_type>', '<bank_type><a>OTHERS</a></bank_type>');
    for (const message of [doubled, nested])
      expect(await sandbox.notify(message)).toMatchObject({ status: 400, text: expect.stringContaining(FAILED) });
    expect((await sandbox.read(number)).state).toBe('prepaid');
  });

  it('seed-11: asking for an order and closing one are understood by a WeChat that checks everything', async () => {
    const sandbox = await openSandbox();
    const paid = await sandbox.paidCoffee();
    expect((await sandbox.merchant('POST', `/orders/${paid}/sync`)).body.state).toBe('paid');
    const open = await sandbox.order();
    await sandbox.prepay(open);
    expect((await sandbox.merchant('POST', `/orders/${open}/close`)).body.state).toBe('closed');
    expect(await sandbox.wechat.call('GET', `trades/${open}`)).toMatchObject({ trade_state: 'CLOSED' });
  });

  it('seed-12: an answer that WeChat did not sign is believed in nothing', async () => {
    const sandbox = await openSandbox();
    const number = await sandbox.paidCoffee();
    await sandbox.wechat.fault({ call: 'orderquery', kind: 'bad-signature', times: 10 });
    const answer = await sandbox.merchant('POST', `/orders/${number}/sync`);
    expect(answer.status).toBeGreaterThanOrEqual(502);
    expect((await sandbox.read(number)).state).toBe('prepaid');
  });

  it('seed-13: a product may be called anything', async () => {
    const description = `Tom & <Jerry> "50%" 'x' ]]> 猫鼠 🧀`;
    const { sandbox, number } = await awaiting({ description, attach: '</xml><total_fee>1</total_fee>' });
    const trade = await sandbox.wechat.call<{ total_fee: number }>('GET', `trades/${number}`);
    expect(trade.total_fee).toBe(1_800);
    expect(await sandbox.read(number)).toMatchObject({ description, attach: '</xml><total_fee>1</total_fee>' });
  });

  it('seed-23: the callback asks nobody to log in, and the orders do', async () => {
    const { sandbox, number } = await awaiting();
    expect((await sandbox.client.post(`/v1/orders/${number}/pay`, {})).status).toBe(401);
    expect((await sandbox.client.post('/v1/merchant/orders', {})).status).toBe(401);
    expect((await sandbox.notify(signedNotice(noticeFields(number)))).status).toBe(200);
  });

  it('seed-24: the payer’s address is not what the payer writes', async () => {
    const { client, gateway, persistence } = await runningApp();
    const { token } = await client.logIn(gateway.issueCode('alice'));
    const wish = { description: 'a-b', amount: { total: 1 } };
    const { body } = await client.post('/v1/merchant/orders', wish, { token: MERCHANT_KEY });
    const headers = { 'x-forwarded-for': '8.8.8.8' };
    await client.post(`/v1/orders/${body.out_trade_no}/pay`, {}, { token, headers });
    const order = await persistence.orders.find(body.out_trade_no);
    expect(order).toMatchObject({ prepay: { clientIp: '127.0.0.1' } });
  });

  it('seed-24: behind a proxy that we know, the payer’s address is the one it saw', async () => {
    const { client, gateway, persistence } = await runningApp({ environment: { TRUSTED_PROXY_HOPS: '1' } });
    const { token } = await client.logIn(gateway.issueCode('alice'));
    const wish = { description: 'a-b', amount: { total: 1 } };
    for (const [seen, ip] of [
      ['6.6.6.6, 203.0.113.7', '203.0.113.7'],
      ['::ffff:203.0.113.8', '203.0.113.8'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
    ]) {
      const { body } = await client.post('/v1/merchant/orders', wish, { token: MERCHANT_KEY });
      const headers = { 'x-forwarded-for': seen! };
      await client.post(`/v1/orders/${body.out_trade_no}/pay`, {}, { token, headers });
      expect(await persistence.orders.find(body.out_trade_no)).toMatchObject({ prepay: { clientIp: ip } });
    }
  });

  it('seed-24: the payer goes to WeChat by openid, and nobody else can pay or see the order', async () => {
    const { sandbox, number } = await awaiting();
    const { openid } = await sandbox.wechat.call<{ openid: string }>('PATCH', 'users/alice');
    expect(await sandbox.wechat.call('GET', `trades/${number}`)).toMatchObject({ openid });
    expect((await sandbox.prepay(number, 'mallory')).status).toBe(404);
    const { token } = await sandbox.client.logIn('dev-mallory');
    expect((await sandbox.client.get(`/v1/orders/${number}`, { token })).status).toBe(404);
  });

  it('seed-24: numbers of orders are drawn, and notices come over https alone', async () => {
    const sandbox = await openSandbox();
    const numbers = await Promise.all(Array.from({ length: 50 }, () => sandbox.order()));
    expect(new Set(numbers).size).toBe(50);
    for (const number of numbers) expect(number).toMatch(/^[0-9a-f]{32}$/);
    expect(() => parseConfig({ PUBLIC_BASE_URL: 'http://shop.example' })).toThrow(/PUBLIC_BASE_URL/);
  });

  it('seed-25: of twenty orders of one number at once, one is made', async () => {
    const sandbox = await openSandbox();
    const wish = { description: 'a-b', amount: { total: 1 }, out_trade_no: 'the-same-0001' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => sandbox.merchant('POST', '/orders', wish)));
    const made = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ body }) => body.code === 'out-trade-no-taken');
    expect([made.length, refused.length]).toEqual([1, 19]);
  });
});
