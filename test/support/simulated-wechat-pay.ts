import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { PayV2Settings } from '../../src/adapters/wechat/pay-v2/v2-settings.ts';
import { WechatPayV2 } from '../../src/adapters/wechat/pay-v2/wechat-pay-v2.ts';
import { readFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { systemClock } from '../../src/adapters/system/system-clock.ts';
import type { OpenId } from '../../src/domain/account/account.ts';
import { type Clock, HOUR, later } from '../../src/domain/clock.ts';
import type { MchId, PrepayingOrder } from '../../src/domain/order/order.ts';
import type { PaymentRequest, RawNotice } from '../../src/domain/order/payment-gateway.ts';
import { Secret } from '../../src/domain/secret.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { GatewayCall, NoticeSeal, PaymentGatewayHarness } from '../contracts/payment-gateway.contract.ts';
import { APPID, samplePayer, stepsTo } from './samples.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import { APP_SECRET, SimulatorControl } from './simulated-wechat.ts';

export const V2_KEY = '192006250b4c09247ec02edce69f6a2d';
/** A published one, which no host that is spoken to without TLS ever looks at. */
const CERTIFICATE = {
  cert: certificates.shared.javaMerchantCert,
  key: new Secret(certificates.shared.javaMerchantPrivateKey),
};

export const MERCHANT = '1230000109' as MchId;

const CALLS: Record<GatewayCall, string> = {
  prepay: 'unifiedorder',
  query: 'orderquery',
  close: 'closeorder',
  refund: 'refund',
  queryRefunds: 'refundquery',
};
const SEALS: Record<NoticeSeal, string> = {
  right: 'right',
  none: 'unsigned',
  foreign: 'wrong-key',
  weaker: 'downgrade',
};

/** A server of the test's own, gone when the test is over; answers its URL. */
export async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function payV2To(
  baseUrl: string,
  differences: Partial<PayV2Settings> = {},
  clock: Clock = systemClock,
): WechatPayV2 {
  return new WechatPayV2(
    {
      appid: APPID,
      mchid: MERCHANT,
      key: new Secret(V2_KEY),
      signType: 'HMAC-SHA256',
      baseUrl,
      backupBaseUrl: baseUrl,
      notifyUrl: 'http://127.0.0.1:1/notify/wechat-pay/v2/payment',
      refundNotifyUrl: 'http://127.0.0.1:1/notify/wechat-pay/v2/refund',
      certificate: CERTIFICATE,
      reports: false,
      deadline: 2_000,
      ...differences,
    },
    clock,
  );
}

/** An order of this very moment, for the simulator's clock is the wall's. */
export function orderFor(openid: OpenId, differences: Partial<PrepayingOrder> = {}): PrepayingOrder {
  const createdAt = new Date();
  const terms = { mchid: MERCHANT, createdAt, timeExpire: later(createdAt, 2 * HOUR) };
  const payer = samplePayer({ openid });
  const begun = stepsTo('prepaying', { terms, payer }).at(-1)!.order as PrepayingOrder;
  return { ...begun, ...differences };
}

/** A simulator of WeChat Pay on a port of its own, gone when the test is over. */
export async function simulatedPay(): Promise<SimulatorControl> {
  const pay = { mchid: MERCHANT, v2Key: V2_KEY };
  const simulator = await startSimulator({ appid: APPID, secret: APP_SECRET, pay });
  onTestFinished(() => simulator.close());
  return new SimulatorControl(simulator.url);
}

export async function openidOf(control: SimulatorControl, user: string): Promise<OpenId> {
  return (await control.call<{ openid: OpenId }>('PATCH', `users/${user}`)).openid;
}

/** Where the simulator sends its notices: keeps the last one as it came. */
async function letterbox() {
  const received: RawNotice[] = [];
  const url = await serving((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { rawHeaders } = request;
      const headers = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [[name, rawHeaders[at + 1]!] as const]));
      received.push({ headers, body: Buffer.concat(chunks) });
      response.end();
    });
  });
  return { url: `${url}/notify`, last: () => received.at(-1)! };
}

const DENIALS = { refused: 'PARAM_ERROR', abnormal: 'USER_ACCOUNT_ABNORMAL', later: 'NOTENOUGH' };
const OUTCOMES = { succeeded: 'success', closed: 'close', abnormal: 'change' };

/** The real adapter of version 2, over HTTP, with the simulator at the other end. */
export async function realPayV2(): Promise<PaymentGatewayHarness> {
  const [control, box] = [await simulatedPay(), await letterbox()];
  await control.call('PUT', 'refunds/outcome', { outcome: 'none' });
  const fault = (call: GatewayCall, kind: string, more: object = {}) =>
    control.fault({ call: CALLS[call], kind, times: 1_000, ...more });
  return {
    gateway: payV2To(control.url, { notifyUrl: box.url, refundNotifyUrl: box.url }),
    order: async () => orderFor(await openidOf(control, 'alice')),
    pay: (request: PaymentRequest) => control.call('POST', 'pay', { request, user: 'alice', notify: false }),
    failPayment: ({ id }) => control.call('POST', 'pay', { out_trade_no: id, outcome: 'failure' }),
    breakDown: (call, when) => fault(call, when === 'after' ? 'hangup' : 'html', { when }),
    forgeAnswers: (call) => fault(call, 'bad-signature'),
    heal: () => control.call('DELETE', 'faults'),
    refuse: () => fault('prepay', 'errcode', { err_code: 'NOAUTH', times: 1 }),
    countOrders: async () => (await control.call<{ trades: object[] }>('GET', 'ledger')).trades.length,
    noticeOf: async ({ id }, seal = 'right') => {
      await control.call('POST', 'notices', { out_trade_no: id, sign: SEALS[seal] });
      return box.last();
    },
    denyRefund: (kind) => fault('refund', 'errcode', { err_code: DENIALS[kind], times: 1 }),
    settleRefund: async (outRefundNo, state) => {
      const outcome = { outcome: OUTCOMES[state], notify: false };
      await control.call('POST', `refunds/${encodeURIComponent(outRefundNo)}/outcome`, outcome);
    },
    refundAtConsole: async ({ id }, amount) =>
      (await control.call<{ out_refund_no: string }>('POST', `trades/${id}/refunds`, { amount })).out_refund_no,
    countRefunds: async () => {
      const { trades } = await control.call<{ trades: { refunds: object[] }[] }>('GET', 'ledger');
      return trades.flatMap(({ refunds }) => refunds).length;
    },
    refundNoticeOf: async (_order, outRefundNo, seal = 'right') => {
      await control.call('POST', 'notices', { out_refund_no: outRefundNo, sign: SEALS[seal] });
      return box.last();
    },
    isYes: ({ body }) => readFlatXml(Buffer.from(body)).get('return_code') === 'SUCCESS',
  };
}
