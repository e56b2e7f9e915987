import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import { compactTime } from '../../src/adapters/wechat/protocol/compact-time.ts';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { paySignV2 } from '../../src/adapters/wechat/protocol/pay-sign.ts';
import { isSignedV2, signV2, type V2SignType } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import type { SimulatedMerchant } from '../../src/simulator/pay/merchant.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { Users } from '../../src/simulator/users.ts';
import { APPID } from '../support/samples.ts';
import { SimulatorControl } from '../support/simulator-control.ts';
import { APP_SECRET } from '../support/simulated-wechat.ts';

export const MCHID = '1900000001';
export const V2_KEY = '192006250b4c09247ec02edce69f6a2d';
export const ALICE = new Users(APPID, APP_SECRET).named('alice').openid;

type Fields = Readonly<Record<string, string>>;

export const inMinutes = (minutes: number): string => compactTime(new Date(Date.now() + minutes * 60_000));

/** Signed and complete, with a nonce of its own. */
export function requestOf(fields: Fields, key = V2_KEY): ReadonlyMap<string, string> {
  const whole = new Map(Object.entries({ appid: APPID, mch_id: MCHID, nonce_str: crypto.randomUUID().slice(0, 32) }));
  for (const [name, value] of Object.entries(fields)) whole.set(name, value);
  const signType: V2SignType = fields.sign_type === 'HMAC-SHA256' ? 'HMAC-SHA256' : 'MD5';
  return whole.has('sign') ? whole : whole.set('sign', signV2(whole, key, signType));
}

/** A merchant's server, as far as WeChat sees it: it calls, and it is told. */
export class Shop {
  readonly control: SimulatorControl;
  readonly inbox: Inbox;
  readonly simulator: Simulator;

  constructor(simulator: Simulator, inbox: Inbox) {
    this.simulator = simulator;
    this.control = new SimulatorControl(simulator.url);
    this.inbox = inbox;
  }

  async post(path: string, body: string | Uint8Array, method = 'POST'): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.control.url}${path}`, { method, ...(method === 'POST' && { body }) });
    return { status: answer.status, text: await answer.text() };
  }

  async call(path: string, fields: Fields): Promise<Fields> {
    const { status, text } = await this.post(path, writeFlatXml(requestOf(fields)));
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return Object.fromEntries(readFlatXml(Buffer.from(text)));
  }

  terms(fields: Fields = {}): Fields {
    return {
      sign_type: 'HMAC-SHA256',
      body: 'Tea',
      out_trade_no: 'order-0001',
      total_fee: '100',
      spbill_create_ip: '127.0.0.1',
      notify_url: this.inbox.url,
      trade_type: 'JSAPI',
      openid: ALICE,
      ...fields,
    };
  }

  place(fields: Fields = {}): Promise<Fields> {
    return this.call('/pay/unifiedorder', this.terms(fields));
  }

  async prepayId(fields: Fields = {}): Promise<string> {
    const { prepay_id, ...answer } = await this.place(fields);
    if (prepay_id === undefined) throw new Error(`no prepay_id: ${JSON.stringify(answer)}`);
    return prepay_id;
  }

  query(fields: Fields = { out_trade_no: 'order-0001' }): Promise<Fields> {
    return this.call('/pay/orderquery', { sign_type: 'HMAC-SHA256', ...fields });
  }

  close(fields: Fields = { out_trade_no: 'order-0001' }): Promise<Fields> {
    return this.call('/pay/closeorder', { sign_type: 'HMAC-SHA256', ...fields });
  }

  refund(fields: Fields = {}): Promise<Fields> {
    const whole = { out_trade_no: 'order-0001', out_refund_no: 'refund-1', total_fee: '100', refund_fee: '100' };
    return this.call('/secapi/pay/refund', { sign_type: 'HMAC-SHA256', ...whole, ...fields });
  }

  queryRefund(fields: Fields = { out_trade_no: 'order-0001' }): Promise<Fields> {
    return this.call('/pay/refundquery', { sign_type: 'HMAC-SHA256', ...fields });
  }

  download(path: string, fields: Fields): Promise<Response> {
    const body = writeFlatXml(requestOf({ sign_type: 'HMAC-SHA256', ...fields }));
    return fetch(`${this.control.url}${path}`, { method: 'POST', body });
  }

  /** An order that is paid, and of which the server was not told. */
  async paid(fields: Fields = {}, body: object = {}): Promise<string> {
    const prepay_id = await this.prepayId(fields);
    const { transaction_id } = await this.pay({ prepay_id, notify: false, ...body });
    return transaction_id ?? '';
  }

  pay(body: object = { out_trade_no: 'order-0001' }): Promise<{ trade_state: string; transaction_id?: string }> {
    return this.control.call('POST', 'pay', body);
  }

  /** The status and the sentence with which a control is refused. */
  async refused(method: string, path: string, body: object): Promise<{ status: number; error: string }> {
    const answer = await fetch(`${this.control.url}/_simulator/${path}`, { method, body: JSON.stringify(body) });
    return { status: answer.status, error: ((await answer.json()) as { error: string }).error };
  }
}

export function paymentRequest(prepayId: string, differences: Fields = {}) {
  const request = {
    timeStamp: String(Math.floor(Date.now() / 1_000)),
    nonceStr: 'abc',
    package: `prepay_id=${prepayId}`,
    signType: 'HMAC-SHA256' as V2SignType,
    ...differences,
  };
  return { ...request, paySign: paySignV2({ ...request, appId: APPID }, V2_KEY), ...differences };
}

const TAKEN = '<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>';

/** Where the notices go. It says yes unless it is told to say something else. */
export class Inbox {
  url = '';
  readonly received: Buffer[] = [];
  readonly types: (string | undefined)[] = [];
  /** Names and values as they came, of each. */
  readonly headers: (readonly (readonly [string, string])[])[] = [];
  /** What it answers next, one after the other. */
  readonly answers: { status?: number; body?: string; hangUp?: boolean; headers?: Record<string, string> }[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.received.push(Buffer.concat(chunks));
      this.types.push(request.headers['content-type']);
      const { rawHeaders } = request;
      this.headers.push(rawHeaders.flatMap((name, at) => (at % 2 ? [] : [[name, rawHeaders[at + 1]!] as const])));
      const { status = 200, body = TAKEN, hangUp, headers = {} } = this.answers.shift() ?? {};
      if (hangUp) request.socket.destroy();
      else response.writeHead(status, headers).end(body);
    });
  });

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/notify`;
    return this;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The notices, once so many have come. */
  async notices(count: number): Promise<Fields[]> {
    await vi.waitUntil(() => this.received.length >= count, { timeout: 10_000 });
    return this.received.map((body) => Object.fromEntries(readFlatXml(body)));
  }
}

export const isSigned = (fields: Fields, signType: V2SignType = 'HMAC-SHA256', key = V2_KEY): boolean =>
  isSignedV2(new Map(Object.entries(fields)), key, signType);

/** A simulator with a merchant whose server listens, gone when the test is over. */
export async function openShop(merchant: Partial<SimulatedMerchant> = {}): Promise<Shop> {
  const inbox = await new Inbox().open();
  const pay = { mchid: MCHID, v2Key: V2_KEY, ...merchant };
  const simulator = await startSimulator({ appid: APPID, secret: APP_SECRET, pay });
  onTestFinished(async () => {
    await simulator.close();
    inbox.close();
  });
  return new Shop(simulator, inbox);
}

/** Lets the clock stand still, and answers a hand to move it on. */
export function stoppedClock(): (milliseconds: number) => void {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  return (milliseconds) => vi.setSystemTime(Date.now() + milliseconds);
}
