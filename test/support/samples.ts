import { randomUUID } from 'node:crypto';
import {
  type Account,
  type AccountId,
  type AppId,
  openAccount,
  type OpenId,
} from '../../src/domain/account/account.ts';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { KeyedRequest } from '../../src/domain/idempotency/keyed-request.ts';
import type { KeptNotice, OrderEvent } from '../../src/domain/order/order-event.ts';
import {
  beginClose,
  beginPrepay,
  close,
  fail,
  pay,
  place,
  type Step,
  takeTicket,
} from '../../src/domain/order/order-steps.ts';
import type {
  CreatedOrder,
  MchId,
  OrderState,
  PaidOrder,
  Payer,
  Payment,
  Terms,
} from '../../src/domain/order/order.ts';
import { newOutTradeNo } from '../../src/domain/order/out-trade-no.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { SealedCertificates } from '../../src/domain/order/platform-certificates.ts';
import {
  acceptRefund,
  askedFor,
  heedRefund,
  markAbnormal,
  refuseRefund,
  requestRefund,
  type RefundWish,
} from '../../src/domain/order/refund-steps.ts';
import type { OutRefundNo, RefundState, RequestedRefund } from '../../src/domain/order/refund.ts';
import type { TradeType } from '../../src/domain/order/trade-type.ts';
import type { Session, SessionId } from '../../src/domain/session/session.ts';
import type { TokenDigest } from '../../src/domain/session/token-issuer.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import type { Difference, Reconciliation } from '../../src/domain/statement/reconciliation.ts';
import type { Delivery, WebhookId } from '../../src/domain/webhook/delivery.ts';

/** A moment for tests that need one; everything in them is counted from here. */
export const NOON = new Date('2026-11-22T04:00:00.000Z');

export const APPID = 'wx4f4bc4dec97d474b' as AppId;

export function sampleAccount(differences: Partial<Account> = {}): Account {
  const fresh = openAccount({
    id: randomUUID() as AccountId,
    appid: APPID,
    openid: `o${randomUUID()}` as OpenId,
    unionid: null,
    sessionKey: { keyId: 'k1', box: 'c2VhbGVk' },
    createdAt: NOON,
  });
  return { ...fresh, ...differences };
}

export function sampleSession(differences: Partial<Session> = {}): Session {
  return {
    id: randomUUID() as SessionId,
    accountId: randomUUID() as AccountId,
    tokenDigest: randomUUID() as string as TokenDigest,
    device: 'a phone',
    createdAt: NOON,
    lastSeenAt: NOON,
    expiresAt: later(NOON, 30 * DAY),
    idleExpiresAt: later(NOON, 7 * DAY),
    ...differences,
  };
}

/** Of an app, in which people pay, too. */
export const APP_APPID = 'wx8888888888888888' as AppId;

export const MCHID = '1900000109' as MchId;

/** What is agreed on at noon, for two hours, with nothing that could be left out. */
export function sampleTerms(differences: Partial<Terms> = {}): Terms {
  return {
    appid: APPID,
    mchid: MCHID,
    id: newOutTradeNo({ next: randomUUID }),
    description: '腾讯充值中心-QQ会员充值',
    amount: { total: fen(888), currency: 'CNY' },
    attach: null,
    metadata: null,
    createdAt: NOON,
    timeExpire: later(NOON, 2 * HOUR),
    requestId: null,
    ...differences,
  };
}

export const samplePayer = (differences: Partial<Payer> = {}): Payer => ({
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' as OpenId,
  accountId: null,
  ...differences,
});

/** With nothing that could be left out, and a number of its own. */
export const samplePayment = (differences: Partial<Payment> = {}): Payment => ({
  transactionId: `4200${String(BigInt(`0x${randomUUID().replaceAll('-', '')}`))
    .padStart(39, '0')
    .slice(-24)}`,
  paidAt: later(NOON, 3 * SECOND),
  payer: null,
  payerTotal: null,
  tradeType: null,
  bankType: null,
  ...differences,
});

export const sampleNotice = (differences: Partial<KeptNotice> = {}): KeptNotice => ({
  headers: [['Content-Type', 'text/xml']],
  body: '<xml><result_code><![CDATA[SUCCESS]]></result_code></xml>',
  ...differences,
});

/** What an order is made with, where it matters. */
export interface Making {
  readonly terms?: Partial<Terms>;
  readonly payer?: Payer | null;
  readonly payment?: Payment;
  readonly api?: PayApi;
  readonly tradeType?: TradeType;
}

/** What WeChat answers with, by where the order is paid. */
export const PASSES: Readonly<Record<TradeType, string>> = {
  JSAPI: 'wx201410272009395522657a690389285100',
  NATIVE: 'weixin://wxpay/bizpayurl?pr=p4lpSuKzz',
  H5: 'https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2016121516420242444321ca0631331346&package=1405458241',
  APP: 'wx26112221580621e9b071c00d9e093b0000',
};

/** Who pays in a mini program is known before. */
const payerOf = ({ payer, tradeType = 'JSAPI' }: Making): Payer | null => {
  if (payer !== undefined) return payer;
  return tradeType === 'JSAPI' ? samplePayer() : null;
};

/** The steps of an order, from the one that made it. */
type StepsOfOne = [made: Step<CreatedOrder>, ...further: Step[]];

/** The steps of a new order into a state, by the common way, a second between them. */
export function stepsTo(state: OrderState, making: Making = {}): StepsOfOne {
  const { terms, payment, api = 'v2', tradeType = 'JSAPI' } = making;
  const payer = payerOf(making);
  const after = (seconds: number) => later(NOON, seconds * SECOND);
  const placed = place(sampleTerms(terms), payer, api);
  const appid = tradeType === 'APP' ? APP_APPID : placed.order.appid;
  const begun = beginPrepay(placed.order, { api, appid, tradeType, payer, clientIp: '203.0.113.7' }, after(1));
  const ticket = { pass: PASSES[tradeType], expiresAt: later(NOON, 2 * HOUR) };
  const ready = takeTicket(begun.order, ticket, after(2));
  const closing = beginClose(ready.order, after(3));
  const paid = pay(ready.order, payment ?? samplePayment(), { now: after(3), notice: sampleNotice() });
  const ways: Record<OrderState, StepsOfOne> = {
    created: [placed],
    prepaying: [placed, begun],
    prepaid: [placed, begun, ready],
    closing: [placed, begun, ready, closing],
    closed: [placed, begun, ready, closing, close(closing.order, after(4))],
    failed: [placed, begun, fail(begun.order, 'NOAUTH', after(2))],
    paid: [placed, begun, ready, paid],
  };
  return ways[state];
}

/** Of a fen, with nothing that could be left out, and a number of its own. */
export const sampleWish = (differences: Partial<RefundWish> = {}): RefundWish => ({
  id: `r-${randomUUID()}` as OutRefundNo,
  amount: fen(1),
  reason: null,
  origin: 'merchant',
  requestId: null,
  ...differences,
});

/** The steps of a new order until it is paid and has a refund in each of the states, two minutes between them. */
export function paidWithRefunds(states: readonly RefundState[], making?: Making): StepsOfOne {
  const steps = stepsTo('paid', making);
  let order = steps.at(-1)!.order as PaidOrder;
  states.forEach((state, n) => {
    const further = refundTo(state, order, later(NOON, (n + 1) * 2 * MINUTE));
    steps.push(...further);
    order = further.at(-1)!.order;
  });
  return steps;
}

/** The steps of another refund of the order into a state: it is made, WeChat is asked, and says what comes of it. */
export function refundTo(state: RefundState, paid: PaidOrder, now: Date, wish = sampleWish()): Step<PaidOrder>[] {
  const made = requestRefund(paid, wish, now);
  if (state === 'requested') return [made];
  const asked = askedFor(made.order, made.order.refunds.at(-1) as RequestedRefund, now);
  const refund = asked.refunds.at(-1) as RequestedRefund;
  const then = later(now, SECOND);
  const claimed = { order: asked, events: [] };
  if (state === 'closed') return [made, claimed, refuseRefund(asked, refund, 'NOTENOUGH', then)];
  if (state === 'abnormal') return [made, claimed, markAbnormal(asked, refund, 'USER_ACCOUNT_ABNORMAL', then)];
  const refundId = `5030${samplePayment().transactionId.slice(4)}`;
  const accepted = acceptRefund(asked, refund, refundId, then);
  if (state === 'processing') return [made, claimed, accepted];
  const report = { outRefundNo: refund.id, refundId, amount: refund.amount, state, succeededAt: then };
  return [made, claimed, accepted, heedRefund(accepted.order, report, { now: later(then, MINUTE) })];
}

/** A notice about an order that is not kept. */
export function sampleNote(differences: Partial<OrderEvent> = {}): OrderEvent {
  const { transactionId } = samplePayment();
  return {
    id: `evt_${transactionId}`,
    orderId: newOutTradeNo({ next: randomUUID }),
    sequence: 0,
    version: null,
    at: NOON,
    state: null,
    happening: { type: 'anomaly.raised', kind: 'unknown-order', transactionId },
    notice: sampleNotice(),
    ...differences,
  };
}

export function sampleKeyedRequest(differences: Partial<KeyedRequest> = {}): KeyedRequest {
  return {
    id: `merchant POST /v1/merchant/orders ${randomUUID()}`,
    digest: 'f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2',
    subject: newOutTradeNo({ next: randomUUID }),
    createdAt: NOON,
    lockedUntil: later(NOON, 30 * SECOND),
    answer: null,
    ...differences,
  };
}

/** As they were fetched at noon; each as WeChat writes it. */
export const sampleCertificates = (differences: Partial<SealedCertificates> = {}): SealedCertificates => ({
  mchid: MCHID,
  fetchedAt: NOON,
  sealed: ['5157F09EFDC096DE15EBE81A47057A7200000000', '50062CE505775F070CAB06E697F1BBD1AD4F4D87'].map((serial) =>
    JSON.stringify({
      serial_no: serial,
      effective_time: '2026-06-08T10:34:56+08:00',
      expire_time: '2031-06-08T10:34:56+08:00',
      encrypt_certificate: {
        algorithm: 'AEAD_AES_256_GCM',
        nonce: '61f9c719728a',
        associated_data: 'certificate',
        ciphertext: 'sRvt+Lr/Zp6q',
      },
    }),
  ),
  ...differences,
});

export const sampleDifference = (differences: Partial<Difference> = {}): Difference => ({
  kind: 'paid-there-only',
  outTradeNo: newOutTradeNo({ next: randomUUID }),
  transactionId: null,
  outRefundNo: null,
  there: null,
  here: null,
  healed: false,
  ...differences,
});

/** Of the day before noon's, as it is when it has just begun. */
export const sampleReconciliation = (differences: Partial<Reconciliation> = {}): Reconciliation => ({
  id: '2026-11-21' as Day,
  state: 'running',
  startedAt: NOON,
  finishedAt: null,
  lockedUntil: later(NOON, 5 * MINUTE),
  matched: 0,
  compared: 0,
  differences: [],
  differenceCount: 0,
  failures: 0,
  version: 1,
  ...differences,
});

/** Of an order of its own, taken up at noon and not tried yet. */
export const sampleDelivery = (differences: Partial<Delivery> = {}): Delivery => ({
  id: 'evt_0000000000000001' as WebhookId,
  orderId: newOutTradeNo({ next: randomUUID }),
  sequence: 1,
  type: 'order.created',
  at: NOON,
  state: 'waiting',
  tries: 0,
  attempts: [],
  dueAt: NOON,
  version: 1,
  ...differences,
});
