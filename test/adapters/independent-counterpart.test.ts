import type { KeyObject } from 'node:crypto';
import axios, { type AxiosAdapter } from 'axios';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Aes, Decorator, Formatter, Hash, Rsa } from 'wechatpay-axios-plugin';
import { openAead, sealAead } from '../../src/adapters/wechat/protocol/aead.ts';
import { readCertificate, readPrivateKey } from '../../src/adapters/wechat/protocol/certificate.ts';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { openOaep, sealOaep } from '../../src/adapters/wechat/protocol/oaep.ts';
import { appSignV2, appSignV3, paySignV2, paySignV3 } from '../../src/adapters/wechat/protocol/pay-sign.ts';
import { sealRefundNotice } from '../../src/adapters/wechat/protocol/refund-notice-seal.ts';
import { openReqInfo } from '../../src/adapters/wechat/protocol/refund-notice.ts';
import { isSignedV2, signV2 } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { isFresh, readV3Headers } from '../../src/adapters/wechat/protocol/v3-headers.ts';
import {
  authorizationV3,
  isSignedV3,
  readAuthorizationV3,
  signV3,
  v3AnswerMessage,
  v3RequestMessage,
} from '../../src/adapters/wechat/protocol/v3-signature.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };

const { shared } = certificates;
const MCHID = '1900009191';
const API_KEY = '192006250b4c09247ec02edce69f6a2d';
const NONCE = '593BEC0C930BF1AFEB40B4A08C8FB242';

interface Signer {
  readonly serial: string;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
}

const signer = (certificate: string, privateKey: string): Signer => {
  const { serialNumber, publicKey } = readCertificate(certificate);
  return { serial: serialNumber, key: readPrivateKey(privateKey).key, publicKey };
};

const merchant = signer(shared.javaMerchantCert, shared.javaMerchantPrivateKey);
const wechat = signer(shared.javaWechatpayCert, shared.javaWechatpayPrivateKey);

interface Sent {
  readonly method: string;
  /** The path with its query. */
  readonly url: string;
  readonly authorization: string;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** The other program's whole client, with us in WeChat's place and no network between. */
function client(reply: (sent: Sent) => Reply): Decorator {
  const adapter: AxiosAdapter = async (config) => {
    const { pathname, search } = new URL(axios.getUri(config), config.baseURL);
    const {
      status,
      body,
      headers = {},
    } = reply({
      method: config.method!.toUpperCase(),
      url: `${pathname}${search}`,
      authorization: String(config.headers.get('Authorization')),
      body: typeof config.data === 'string' ? config.data : '',
    });
    return { status, statusText: '', data: body, headers, config };
  };
  return new Decorator({
    mchid: MCHID,
    serial: merchant.serial,
    privateKey: shared.javaMerchantPrivateKey,
    secret: API_KEY,
    certs: { [wechat.serial]: wechat.publicKey },
    adapter,
  });
}

/** What version 3 makes of a request: its Authorization, once it is proven to be of the merchant and of now. */
function authorized({ method, url, authorization, body }: Sent) {
  const read = readAuthorizationV3(authorization);
  if (!read) throw new Error('no Authorization');
  const { timestamp, nonce, signature } = read;
  const message = v3RequestMessage({ method, url, timestamp, nonce, body });
  expect(isSignedV3(Buffer.from(message), signature, merchant.publicKey)).toBe(true);
  expect(read).toMatchObject({ mchid: MCHID, serialNumber: merchant.serial });
  return read;
}

/** An answer of ours, with the time of the request: the other program has a clock of its own. */
function signedReply(sent: Sent, status: number, body: string): Required<Reply> {
  const { timestamp } = authorized(sent);
  const signature = signV3(v3AnswerMessage(timestamp, NONCE, Buffer.from(body)).toString(), wechat.key);
  return {
    status,
    body,
    headers: {
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': NONCE,
      'wechatpay-signature': signature,
      'wechatpay-serial': wechat.serial,
    },
  };
}

const word = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
const text = fc.string({ unit: 'grapheme' });

describe('another program, version 3', () => {
  it('signs to the letter what we sign, and verifies it', () => {
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST'),
      url: word,
      timestamp: word,
      nonce: word,
      body: text,
    });
    fc.assert(
      fc.property(request, ({ method, url, timestamp, nonce, body }) => {
        const message = Formatter.request(method, url, timestamp, nonce, body);
        const signature = signV3(v3RequestMessage({ method, url, timestamp, nonce, body }), merchant.key);
        expect(Rsa.verify(message, signature, merchant.publicKey)).toBe(true);
        expect(Rsa.sign(message, merchant.key)).toBe(signature);
      }),
      { numRuns: 30 },
    );
  });

  it('writes an Authorization that we read, and all that we write is in its own', () => {
    const signature = signV3('x', merchant.key);
    const fields = { mchid: MCHID, nonce: NONCE, signature, timestamp: '1554208460', serialNumber: merchant.serial };
    const theirs = Formatter.authorization(MCHID, NONCE, signature, '1554208460', merchant.serial);
    expect(readAuthorizationV3(theirs)).toEqual(fields);
    const partsOf = (header: string) => header.split(/[ ,]/).toSorted();
    expect(partsOf(authorizationV3(fields))).toEqual(partsOf(theirs));
  });

  it('sends requests that we accept, and accepts our answers to them', async () => {
    const sent: Sent[] = [];
    const { v3 } = client((request) => {
      sent.push(request);
      return request.method === 'GET'
        ? signedReply(request, 200, '{"trade_state":"SUCCESS","attach":"支付"}')
        : signedReply(request, 200, '{"prepay_id":"wx1"}');
    });
    const order = { mchid: MCHID, description: 'Image形象店-深圳腾大-QQ公仔', amount: { total: 100 } };
    const prepaid = await v3.post('/v3/pay/transactions/jsapi', order);
    const queried = await v3.get('/v3/pay/transactions/out-trade-no/a%7Cb', { params: { mchid: MCHID } });
    expect([prepaid.data, queried.data]).toEqual([{ prepay_id: 'wx1' }, { trade_state: 'SUCCESS', attach: '支付' }]);
    expect(sent.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/v3/pay/transactions/jsapi', JSON.stringify(order)],
      ['GET', `/v3/pay/transactions/out-trade-no/a%7Cb?mchid=${MCHID}`, ''],
    ]);
  });

  it('accepts our answer without a body', async () => {
    const { v3 } = client((request) => signedReply(request, 204, ''));
    const { status, data } = await v3.post('/v3/pay/transactions/out-trade-no/1/close', { mchid: MCHID });
    expect([status, data]).toEqual([204, '']);
  });

  it.each<[string, string, (reply: Required<Reply>) => Reply]>([
    ['another body', 'EV3_RES_HEADER_SIGNATURE_DIGEST', (reply) => ({ ...reply, body: '{"prepay_id":"wx2"}' })],
    [
      'another nonce',
      'EV3_RES_HEADER_SIGNATURE_DIGEST',
      (reply) => ({ ...reply, headers: { ...reply.headers, 'wechatpay-nonce': 'x' } }),
    ],
    [
      'another serial',
      'EV3_RES_HEADER_PLATFORM_SERIAL',
      (reply) => ({ ...reply, headers: { ...reply.headers, 'wechatpay-serial': 'X' } }),
    ],
    ['no signature', 'EV3_RES_HEADERS_INCOMPLATE', ({ status, body }) => ({ status, body })],
  ])('refuses our answer with %s', async (_what, code, change) => {
    const { v3 } = client((request) => change(signedReply(request, 200, '{"prepay_id":"wx1"}')));
    await expect(v3.post('/v3/pay/transactions/jsapi', {})).rejects.toMatchObject({ code });
  });

  it('makes notices that we accept', () => {
    const transaction = JSON.stringify({ trade_state: 'SUCCESS', attach: '支付' });
    const about = { nonce: 'uluk4a9R25RW', associated_data: 'transaction' };
    const ciphertext = Aes.AesGcm.encrypt(transaction, API_KEY, about.nonce, about.associated_data);
    const body = JSON.stringify({ id: '1', event_type: 'TRANSACTION.SUCCESS', resource: { ...about, ciphertext } });
    const now = Formatter.timestamp();
    const read = readV3Headers([
      ['Wechatpay-Nonce', NONCE],
      ['Wechatpay-Serial', wechat.serial],
      ['Wechatpay-Signature', Rsa.sign(Formatter.response(now, NONCE, body), wechat.key)],
      ['Wechatpay-Signature-Type', 'WECHATPAY2-SHA256-RSA2048'],
      ['Wechatpay-Timestamp', String(now)],
    ])!;
    expect(isFresh(read.timestamp, new Date(now * 1_000))).toBe(true);
    const message = v3AnswerMessage(read.timestamp, read.nonce, Buffer.from(body));
    expect(isSignedV3(message, read.signature, wechat.publicKey)).toBe(true);
    expect(openAead(API_KEY, { ...about, ciphertext }).toString()).toBe(transaction);
  });

  it('seals and opens to the letter what we open and seal', () => {
    fc.assert(
      fc.property(text, word, text, (plain, nonce, associated_data) => {
        const theirs = Aes.AesGcm.encrypt(plain, API_KEY, nonce, associated_data);
        expect(sealAead(API_KEY, plain, { nonce, associated_data }).ciphertext).toBe(theirs);
        expect(openAead(API_KEY, { nonce, associated_data, ciphertext: theirs }).toString()).toBe(plain);
        expect(Aes.AesGcm.decrypt(theirs, API_KEY, nonce, associated_data)).toBe(plain);
      }),
    );
  });

  it.each(['张三', '6222021234567890', ''])(
    'opens the sensitive field that we seal, and we open its own: %j',
    (field) => {
      expect(Rsa.decrypt(sealOaep(field, wechat.publicKey), wechat.key)).toBe(field);
      expect(openOaep(Rsa.encrypt(field, merchant.publicKey), merchant.key)).toBe(field);
    },
  );

  it('signs to the letter what a payer calls WeChat with', () => {
    const page = { appId: 'wx1', timeStamp: '1554208460', nonceStr: NONCE, package: 'prepay_id=wx2' };
    const app = { appid: 'wx1', timestamp: '1554208460', noncestr: NONCE, prepayid: 'wx2' };
    const signed = (...lines: string[]) => Rsa.sign(Formatter.joinedByLineFeed(...lines), merchant.key);
    expect(paySignV3(page, merchant.key)).toBe(signed('wx1', '1554208460', NONCE, 'prepay_id=wx2'));
    expect(appSignV3(app, merchant.key)).toBe(signed('wx1', '1554208460', NONCE, 'wx2'));
  });
});

describe.each(['MD5', 'HMAC-SHA256'] as const)('another program, version 2, %s', (signType) => {
  it('signs to the letter what we sign', () => {
    const fields = fc.dictionary(fc.stringMatching(/^[a-z][a-z_]{0,20}$/), text, { maxKeys: 12 });
    fc.assert(
      fc.property(fields, (params) => {
        const sign = Hash.sign(signType, params, API_KEY);
        const ours = new Map(Object.entries(params));
        expect(signV2(ours, API_KEY, signType)).toBe(sign);
        expect(isSignedV2(ours.set('sign', sign), API_KEY, signType)).toBe(true);
      }),
    );
  });

  it('sends messages that we accept, and accepts our answers to them', async () => {
    const signed = (fields: Record<string, string>) => {
      const map = new Map(Object.entries(fields));
      return writeFlatXml(map.set('sign', signV2(map, API_KEY, signType)));
    };
    const order = {
      appid: 'wx1',
      mch_id: MCHID,
      body: '<支付> & more',
      total_fee: '100',
      sign_type: signType,
    };
    const sent: string[] = [];
    const { v2 } = client(({ body }) => {
      sent.push(body);
      return {
        status: 200,
        body: signed({ return_code: 'SUCCESS', result_code: 'SUCCESS', prepay_id: 'wx1', attach: 'a&b' }),
      };
    });
    const { data } = await v2.post('/pay/unifiedorder', order);
    expect(data).toMatchObject({ prepay_id: 'wx1', attach: 'a&b' });
    const read = readFlatXml(Buffer.from(sent[0]!));
    expect(Object.fromEntries(read)).toMatchObject(order);
    expect(isSignedV2(read, API_KEY, signType)).toBe(true);
  });

  it('refuses our answer with another field', async () => {
    const fields = new Map([
      ['return_code', 'SUCCESS'],
      ['prepay_id', 'wx1'],
    ]);
    const sign = signV2(fields, API_KEY, signType);
    const { v2 } = client(() => ({ status: 200, body: writeFlatXml([...fields, ['attach', 'x'], ['sign', sign]]) }));
    const code = 'EV2_RES_SIGNATURE_NOT_EQUAL';
    await expect(v2.post('/pay/unifiedorder', { mch_id: MCHID, sign_type: signType })).rejects.toMatchObject({ code });
  });

  it('signs to the letter what a payer calls WeChat with', () => {
    const page = { appId: 'wx1', timeStamp: '1554208460', nonceStr: NONCE, package: 'prepay_id=wx2', signType };
    const app = {
      appid: 'wx1',
      partnerid: MCHID,
      prepayid: 'wx2',
      package: 'Sign=WXPay',
      noncestr: NONCE,
      timestamp: '1554208460',
    };
    expect(paySignV2(page, API_KEY)).toBe(Hash.sign(signType, page, API_KEY));
    expect(appSignV2(app, API_KEY, signType)).toBe(Hash.sign(signType, app, API_KEY));
  });
});

it('another program, version 2, seals and opens to the letter the refund notices that we open and seal', () => {
  const sealingKey = Hash.md5(API_KEY);
  fc.assert(
    fc.property(text, (plain) => {
      const xml = `<root><refund_id>${plain}</refund_id></root>`;
      expect(Aes.AesEcb.decrypt(sealRefundNotice(xml, API_KEY), sealingKey)).toBe(xml);
      expect(openReqInfo(sealRefundNotice(xml, API_KEY), API_KEY).toString()).toBe(xml);
    }),
  );
});
