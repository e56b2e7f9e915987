import { readFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import type { NoticeReader, RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { PaymentGateway } from '../../src/domain/order/payment-gateway.ts';
import type { GatewayCall, NoticeSeal, PaymentGatewayHarness } from '../contracts/payment-gateway-harness.ts';
import { systemClock } from '../../src/adapters/system/system-clock.ts';
import { payV3To, signedWith } from './scripted-pay-v3.ts';
import { MERCHANT, openidOf, orderFor, payV2To, serving, simulatedPay } from './simulated-wechat-pay.ts';
import type { SimulatorControl } from './simulator-control.ts';
import { SIMULATED_V3 } from './v3-merchant.ts';

const CALLS: Record<GatewayCall, string> = {
  prepay: 'unifiedorder',
  query: 'orderquery',
  close: 'closeorder',
  refund: 'refund',
  queryRefunds: 'refundquery',
  sendAbnormalRefund: 'abnormalrefund',
};

const SEALS: Record<NoticeSeal, string> = { right: 'right', none: 'unsigned', foreign: 'wrong-key' };
const DENIALS = { refused: 'PARAM_ERROR', abnormal: 'USER_ACCOUNT_ABNORMAL', later: 'NOTENOUGH' };
const OUTCOMES = { succeeded: 'success', closed: 'close', abnormal: 'change' };

const NO_NOTICES = ['', 'no notice', '<xml>'];

/** What is of one version of the API. */
type Speech = Pick<PaymentGatewayHarness, 'uncertified' | 'signsRefundNotices' | 'noNotices' | 'isYes'> & {
  readonly control: SimulatorControl;
  readonly gateway: PaymentGateway & NoticeReader;
};

/** The real adapter of version 2, over HTTP, with the simulator at the other end. */
export const realPayV2 = (): Promise<PaymentGatewayHarness> => realPay('v2', speakV2);

/** And of version 3, by WeChat's public key; while WeChat moves a merchant to that, its certificates sign its notices. */
export const realPayV3 = (noticesBy: 'public-key' | 'certificate' = 'public-key'): Promise<PaymentGatewayHarness> =>
  realPay('v3', (notifyUrl) => speakV3(notifyUrl, noticesBy));

async function realPay(api: PayApi, speak: (notifyUrl: string) => Promise<Speech>): Promise<PaymentGatewayHarness> {
  const box = await letterbox();
  const speech = await speak(box.url);
  const { control, gateway } = speech;
  await control.call('PUT', 'refunds/outcome', { outcome: 'none' });
  return {
    ...speech,
    reader: gateway,
    ...orders(control, api),
    ...troubles(control),
    ...refunds(control),
    ...notices(control, box),
  };
}

function orders(control: SimulatorControl, api: PayApi) {
  const pay = (what: object) => control.call<void>('POST', 'pay', { ...what, notify: false });
  return {
    order: async (tradeType = 'JSAPI') => orderFor(await openidOf(control, 'alice'), {}, { api, tradeType }),
    pay: (request) => pay({ request, user: 'alice' }),
    payElsewhere: (pass) => pay(typeof pass === 'string' ? { [addressOf(pass)]: pass } : { app: pass }),
    failPayment: ({ id }) => pay({ out_trade_no: id, outcome: 'failure' }),
    countOrders: async () => (await control.call<{ trades: object[] }>('GET', 'ledger')).trades.length,
  } satisfies Partial<PaymentGatewayHarness>;
}

const addressOf = (url: string) => (url.startsWith('weixin:') ? 'code_url' : 'h5_url');

function troubles(control: SimulatorControl) {
  const fault = (call: GatewayCall, kind: string, more: object = {}) =>
    control.fault({ call: CALLS[call], kind, times: 1_000, ...more });
  return {
    breakDown: (call, when) => fault(call, when === 'after' ? 'hangup' : 'html', { when }),
    forgeAnswers: (call) => fault(call, 'bad-signature'),
    heal: () => control.call('DELETE', 'faults'),
    refuse: () => fault('prepay', 'errcode', { err_code: 'NOAUTH', times: 1 }),
    denyRefund: (kind) => fault('refund', 'errcode', { err_code: DENIALS[kind], times: 1 }),
  } satisfies Partial<PaymentGatewayHarness>;
}

function refunds(control: SimulatorControl) {
  return {
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
  } satisfies Partial<PaymentGatewayHarness>;
}

function notices(control: SimulatorControl, box: { readonly last: () => RawNotice }) {
  const told = async (about: object, seal: NoticeSeal = 'right') => {
    await control.call('POST', 'notices', { ...about, sign: SEALS[seal] });
    return box.last();
  };
  return {
    noticeOf: ({ id }, seal) => told({ out_trade_no: id }, seal),
    refundNoticeOf: (_order, outRefundNo, seal) => told({ out_refund_no: outRefundNo }, seal),
  } satisfies Partial<PaymentGatewayHarness>;
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

async function speakV2(notifyUrl: string): Promise<Speech> {
  const control = await simulatedPay();
  const urls = { notifyUrl, refundNotifyUrl: notifyUrl };
  return {
    control,
    gateway: payV2To(control.url, urls),
    uncertified: payV2To(control.url, { ...urls, certificate: null }),
    signsRefundNotices: false,
    noNotices: async () => NO_NOTICES.map((body) => ({ headers: [], body: Buffer.from(body) })),
    isYes: ({ body }) => readFlatXml(Buffer.from(body)).get('return_code') === 'SUCCESS',
  };
}

async function speakV3(notifyUrl: string, noticesBy: 'public-key' | 'certificate'): Promise<Speech> {
  const control = await simulatedPay(SIMULATED_V3);
  await control.call('PUT', 'pay-v3/keys', { sign_with: noticesBy });
  return {
    control,
    gateway: payV3To(control.url, { mchid: MERCHANT, notifyUrl }, systemClock),
    uncertified: null,
    signsRefundNotices: true,
    noNotices: async () =>
      [...NO_NOTICES, '[]', '{}'].map((body) => ({ headers: signedNow(body), body: Buffer.from(body) })),
    isYes: ({ status }) => status === 200 || status === 204,
  };
}

const signedNow = (body: string) => signedWith(body, { timestamp: String(Math.floor(Date.now() / 1_000)) });
