import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { readV3Headers } from '../../src/adapters/wechat/protocol/v3-headers.ts';
import {
  authorizationV3,
  isSignedV3,
  signV3,
  v3AnswerMessage,
  v3RequestMessage,
} from '../../src/adapters/wechat/protocol/v3-signature.ts';
import type { SimulatedMerchant } from '../../src/simulator/pay/merchant.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { onTestFinished } from 'vitest';
import { APP_APPID, APPID } from '../support/samples.ts';
import { APP_SECRET } from '../support/simulated-wechat.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import { ALICE, Inbox, MCHID, Shop, V2_KEY } from './shop.ts';

const { javaMerchantCert, javaMerchantPrivateKey, apacheDecryptPrivateKey } = certificates.shared;

export const V3_KEY = '0123456789ABCDEF0123456789abcdef';
export const MERCHANT_KEY = createPrivateKey(javaMerchantPrivateKey);
export const MERCHANT_SERIAL = new X509Certificate(javaMerchantCert).serialNumber;
export const PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000000012024101500000000000001';
export const PUBLIC_KEY = createPublicKey(apacheDecryptPrivateKey);
export { APP_APPID };

/** A merchant in the middle of WeChat's migration: it has a public key, and certificates as well. */
export const V3 = {
  key: V3_KEY,
  certificate: javaMerchantCert,
  publicKey: { id: PUBLIC_KEY_ID, privateKey: apacheDecryptPrivateKey },
};

type Json = Record<string, unknown>;

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  /** Instead of what the body is in JSON. */
  readonly text?: string | Buffer;
  /** Undefined lets a header go. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  /** What is signed instead of what is sent. */
  readonly signed?: { method?: string; url?: string; body?: string };
  readonly by?: {
    key?: KeyObject;
    mchid?: string;
    serialNumber?: string;
    nonce?: string;
    /** Seconds. */
    timeOff?: number;
  };
}

export interface Answered {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly bytes: Buffer;
  readonly json: Json;
}

/** A merchant's server that talks both versions. */
export class ShopV3 extends Shop {
  async ask(asked: Asked): Promise<Answered> {
    const { path, body, text = body === undefined ? '' : JSON.stringify(body) } = asked;
    const method = asked.method ?? (text === '' ? 'GET' : 'POST');
    const sent: Record<string, string | string[] | undefined> = {
      accept: 'application/json',
      'user-agent': 'a shop',
      ...(text !== '' && { 'content-type': 'application/json' }),
      authorization: this.authorization({ ...asked, method, text }),
      ...asked.headers,
    };
    const headers = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined));
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(`${this.control.url}${path}`, { method, headers }, resolve);
      asking.on('error', reject).end(text);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = answer.rawHeaders;
    const bytes = Buffer.concat(chunks);
    const pairs = raw.flatMap((name, at) => (at % 2 ? [] : [[name, raw[at + 1]!] as const]));
    return { status: answer.statusCode ?? 0, headers: pairs, bytes, json: jsonIn(bytes) };
  }

  authorization({ method = 'POST', path, text = '', signed = {}, by = {} }: Asked): string {
    const { key = MERCHANT_KEY, mchid = MCHID, serialNumber = MERCHANT_SERIAL, timeOff = 0 } = by;
    const { nonce = crypto.randomUUID().replaceAll('-', '') } = by;
    const timestamp = String(Math.floor(Date.now() / 1_000) + timeOff);
    const message = v3RequestMessage({ method, url: path, body: text.toString(), timestamp, nonce, ...signed });
    return authorizationV3({ mchid, serialNumber, nonce, timestamp, signature: signV3(message, key) });
  }

  order(differences: Json = {}): Json {
    return {
      appid: APPID,
      mchid: MCHID,
      description: 'Tea',
      out_trade_no: 'order-0001',
      notify_url: this.inbox.url,
      amount: { total: 100, currency: 'CNY' },
      payer: { openid: ALICE },
      ...differences,
    };
  }

  placeV3(differences: Json = {}, kind = 'jsapi', headers: Asked['headers'] = {}): Promise<Answered> {
    return this.ask({ path: `/v3/pay/transactions/${kind}`, body: this.order(differences), headers });
  }

  async ticket(differences: Json = {}, kind = 'jsapi'): Promise<Record<string, string>> {
    const { status, json } = await this.placeV3(differences, kind);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
    return json as Record<string, string>;
  }

  /** An order that is paid, and of which the server was not told. */
  async paidV3(differences: Json = {}, how: Json = {}): Promise<string> {
    const { prepay_id } = await this.ticket(differences);
    return (await this.pay({ prepay_id, notify: false, ...how })).transaction_id ?? '';
  }

  queryV3(number = 'order-0001', headers: Asked['headers'] = {}): Promise<Answered> {
    return this.ask({ path: `/v3/pay/transactions/out-trade-no/${number}?mchid=${MCHID}`, headers });
  }

  closeV3(number = 'order-0001'): Promise<Answered> {
    return this.ask({ path: `/v3/pay/transactions/out-trade-no/${number}/close`, body: { mchid: MCHID } });
  }

  refundV3(differences: Json = {}): Promise<Answered> {
    const amount = { refund: 100, total: 100, currency: 'CNY' };
    const body = { out_trade_no: 'order-0001', out_refund_no: 'refund-1', amount, ...differences };
    return this.ask({ path: '/v3/refund/domestic/refunds', body });
  }

  queryRefundV3(number = 'refund-1'): Promise<Answered> {
    return this.ask({ path: `/v3/refund/domestic/refunds/${number}` });
  }

  keys(): Promise<Keys> {
    return this.control.call('GET', 'pay-v3/keys');
  }

  /** Whether it is signed with the key that it names, and that key is WeChat's. */
  async isSigned({ headers, bytes }: Pick<Answered, 'headers' | 'bytes'>): Promise<boolean> {
    const proof = readV3Headers(headers);
    if (!proof) return false;
    const { certificates } = await this.keys();
    const named = certificates.find(({ serial_no }) => serial_no === proof.serial);
    const key = proof.serial === PUBLIC_KEY_ID ? PUBLIC_KEY : named && new X509Certificate(named.certificate).publicKey;
    return key !== undefined && isSignedV3(v3AnswerMessage(proof.timestamp, proof.nonce, bytes), proof.signature, key);
  }
}

export interface Keys {
  readonly sign_with: string;
  readonly serial: string;
  readonly certificates: readonly { serial_no: string; effective_time: string; certificate: string }[];
  readonly public_key?: { id: string; key: string };
}

function jsonIn(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString()) as Json;
  } catch {
    return {};
  }
}

export const headerOf = ({ headers }: Pick<Answered, 'headers'>, wanted: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];

export const hasProof = ({ headers }: Pick<Answered, 'headers'>): boolean =>
  headers.some(([name]) => name.toLowerCase().startsWith('wechatpay-'));

type V3Differences = {
  readonly publicKey?: undefined;
  readonly withoutCertificates?: boolean;
};

/** A simulator with a merchant of both versions whose server listens, gone when the test is over. */
export async function openShopV3(
  differences: V3Differences = {},
  merchant: Partial<SimulatedMerchant> = {},
): Promise<ShopV3> {
  const inbox = await new Inbox().open();
  const { publicKey, ...v3 } = { ...V3, ...differences };
  const pay = { mchid: MCHID, v2Key: V2_KEY, v3: { ...v3, ...(publicKey && { publicKey }) }, ...merchant };
  const simulator = await startSimulator({ appid: APPID, secret: APP_SECRET, pay });
  onTestFinished(async () => {
    await simulator.close();
    inbox.close();
  });
  return new ShopV3(simulator, inbox);
}
