import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { signV2, type V2SignType } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { sandboxCertificate, sandboxWechatKey } from '../../src/main/sandbox-keys.ts';
import { serve } from '../../src/main/serve.ts';
import { type Answer, Client } from './client.ts';
import { SimulatorControl } from './simulator-control.ts';
import { lastingFolder, temporaryFolder } from './storages.ts';
import { MERCHANT_KEY, V2_KEY } from './test-config.ts';

const SANDBOX_MERCHANT = { appid: 'wx4f4bc4dec97d474b', mchid: '1900000109' };

const SETTINGS = {
  SANDBOX: 'on',
  STORAGE: 'memory',
  PORT: '0',
  WECHAT_APPID: SANDBOX_MERCHANT.appid,
  WECHAT_SECRET: '0123456789abcdef0123456789abcdef',
  LOG_LEVEL: 'silent',
  RATE_LIMIT_LOGIN: 'off',
  RATE_LIMIT_API: 'off',
  WECHAT_PAY_API: 'v2',
  WECHAT_PAY_MCHID: SANDBOX_MERCHANT.mchid,
  WECHAT_PAY_V2_KEY: V2_KEY,
  MERCHANT_API_KEYS: `shop:${MERCHANT_KEY}`,
};

/** Everything together in this process: the server as main serves it, and a WeChat of its own. */
export async function openSandbox(environment: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  if (environment.WECHAT_PAY_API === 'v3') copyKeys(folder);
  const place = { SQLITE_PATH: join(folder, 'wexagon.db') };
  const serving = await serve({ ...SETTINGS, ...place, ...environment }, () => {});
  onTestFinished(() => serving.stop());
  return new Sandbox(serving.url);
}

let keys: string | undefined;

/** Keys of RSA take long to make, so those of the first sandbox are everybody's. */
function copyKeys(folder: string): void {
  keys ??= lastingFolder();
  sandboxCertificate(keys);
  sandboxWechatKey(keys);
  cpSync(keys, folder, { recursive: true });
}

/** A hand on a sandbox: what a merchant, a user and WeChat do there. */
export class Sandbox {
  readonly client: Client;
  readonly wechat: SimulatorControl;

  constructor(url: string) {
    this.client = new Client(url);
    this.wechat = new SimulatorControl(url);
  }

  merchant(method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.client.send(method, `/v1/merchant${path}`, { json, token: MERCHANT_KEY, headers });
  }

  /** Orders a coffee for 18 yuan and answers the number of the order. */
  async order(wish: object = {}): Promise<string> {
    const { body, status, text } = await this.merchant('POST', '/orders', {
      description: 'Wexagon-拿铁咖啡',
      amount: { total: 1_800 },
      ...wish,
    });
    if (status !== 201) throw new Error(`order: ${status} ${text}`);
    return body.out_trade_no;
  }

  /** Has the user's phone ask for what it pays with. */
  async prepay(number: string, user = 'alice'): Promise<Answer> {
    const { token } = await this.client.logIn(`dev-${user}`);
    return this.client.post(`/v1/orders/${number}/pay`, {}, { token });
  }

  /** Orders a coffee and has the user pay for it; what WeChat then tells is the test's to say. */
  async paidCoffee(user = 'alice', notify = false): Promise<string> {
    const number = await this.order();
    const { body: request } = await this.prepay(number, user);
    await this.wechat.call('POST', 'pay', { request, notify });
    return number;
  }

  async read(number: string): Promise<Answer['body']> {
    return (await this.merchant('GET', `/orders/${number}`)).body;
  }

  /** What has been told of the order, in its order. */
  async told(number: string): Promise<string[]> {
    const { body } = await this.merchant('GET', '/events?limit=500');
    type Told = { type: string; out_trade_no: string; data: { kind?: string } };
    const own = (body.events as Told[]).filter(({ out_trade_no }) => out_trade_no === number);
    return own.map(({ type, data }) => (data.kind === undefined ? type : `${type} ${data.kind}`));
  }

  notify(raw: string | Uint8Array, path = '/notify/wechat-pay/v2/payment'): Promise<Answer> {
    return this.client.send('POST', path, { raw, headers: { 'content-type': 'text/xml' } });
  }
}

/** The fields of a genuine notice of the coffee, in the words of WeChat's page. */
export const noticeFields = (number: string, differences: Readonly<Record<string, string>> = {}) => ({
  appid: SANDBOX_MERCHANT.appid,
  bank_type: 'OTHERS',
  cash_fee: '1800',
  fee_type: 'CNY',
  is_subscribe: 'N',
  mch_id: SANDBOX_MERCHANT.mchid,
  nonce_str: '5d2b6c2a8db53831f7eda20af46e531c',
  out_trade_no: number,
  result_code: 'SUCCESS',
  return_code: 'SUCCESS',
  time_end: '20261122123000',
  total_fee: '1800',
  trade_type: 'JSAPI',
  transaction_id: '4200001234202611220000000001',
  ...differences,
});

/** A notice as WeChat would sign it; our own signer stands on published vectors of its own. */
export function signedNotice(
  fields: Readonly<Record<string, string>>,
  { key = V2_KEY, signType = 'HMAC-SHA256' }: { readonly key?: string; readonly signType?: V2SignType } = {},
): string {
  const signed = new Map(Object.entries(fields));
  return writeFlatXml([...signed, ['sign', signV2(signed, key, signType)]]);
}
