import { HOUR, later, MINUTE } from '../../../domain/clock.ts';
import type { OpenId } from '../../../domain/account/account.ts';
import type { Order, PrepayingOrder, Ticket } from '../../../domain/order/order.ts';
import type { PaymentReport } from '../../../domain/order/payment-report.ts';
import type { QueryAnswer } from '../../../domain/order/payment-gateway.ts';
import type { TradeType } from '../../../domain/order/trade-type.ts';
import { unreadable } from '../pay-client/outages.ts';
import { kindOfState } from '../pay-client/trade-state.ts';
import { rfc3339 } from '../protocol/rfc3339.ts';
import { need, UnreadableField } from '../protocol/unreadable-field.ts';
import { fenIn, fieldsIn, textIn, timeIn, type V3Fields } from './v3-fields.ts';
import type { V3Words } from './v3-request.ts';

const TRADES = '/v3/pay/transactions';

/** Everything comes from the order, so that saying it again is saying the very same. */
export const prepayWords = (order: PrepayingOrder, notifyUrl: string): V3Words => ({
  method: 'POST',
  path: `${TRADES}/${order.prepay.tradeType.toLowerCase()}`,
  body: {
    appid: order.appid,
    mchid: order.mchid,
    description: shortened(order.description),
    out_trade_no: order.id,
    time_expire: rfc3339(order.timeExpire),
    attach: order.attach ?? undefined,
    notify_url: notifyUrl,
    amount: order.amount,
    payer: order.payer ? { openid: order.payer.openid } : undefined,
    scene_info: sceneOf(order),
  },
});

const sceneOf = ({ prepay: { clientIp, tradeType } }: PrepayingOrder) => ({
  payer_client_ip: clientIp,
  h5_info: tradeType === 'H5' ? { type: 'Wap' } : undefined,
});

/** WeChat takes 127 bytes, which is one less than it takes in version 2. */
const shortened = (text: string): string =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, LONGEST_DESCRIPTION), { stream: true });

const LONGEST_DESCRIPTION = 127;

export const queryWords = ({ id, mchid }: Order): V3Words => ({
  method: 'GET',
  path: `${tradePath(id)}?mchid=${mchid}`,
});

export const closeWords = ({ id, mchid }: Order): V3Words => ({
  method: 'POST',
  path: `${tradePath(id)}/close`,
  body: { mchid },
});

const tradePath = (outTradeNo: string): string => `${TRADES}/out-trade-no/${encodeURIComponent(outTradeNo)}`;

/** What WeChat names it, what it looks like, and how long it is good for. */
const TICKETS = {
  JSAPI: ['prepay_id', /^[!-~]{1,64}$/, 2 * HOUR],
  APP: ['prepay_id', /^[!-~]{1,64}$/, 2 * HOUR],
  NATIVE: ['code_url', /^(?:weixin|https?):\/\/[!-~]{1,500}$/, 2 * HOUR],
  H5: ['h5_url', /^https?:\/\/[!-~]{1,2000}$/, 5 * MINUTE],
} as const satisfies Record<TradeType, readonly [name: string, shape: RegExp, lifetime: number]>;

/** `askedAt` is when WeChat was asked: it counts from later than that. Throws an Outage for what cannot be. */
export function readTicket(fields: V3Fields, { prepay }: PrepayingOrder, askedAt: Date): Ticket {
  const [name, shape, lifetime] = TICKETS[prepay.tradeType];
  const pass = textIn(fields, name) ?? '';
  if (!shape.test(pass)) throw unreadable(`no ${name}`);
  return { pass, expiresAt: later(askedAt, lifetime) };
}

/** Throws an Outage for what cannot be. */
export function readTradeState(fields: V3Fields, { appid, id, mchid }: Order): QueryAnswer {
  if (textIn(fields, 'appid') !== appid) throw unreadable('another appid');
  if (textIn(fields, 'mchid') !== mchid) throw unreadable('another mchid');
  const state = textIn(fields, 'trade_state');
  if (!state) throw unreadable('no trade_state');
  const kind = kindOfState(state);
  if (kind === 'paid') return { kind, report: reportIn(fields) };
  // About a payment, the domain compares everything; of this, nothing but the number can be compared.
  if ((textIn(fields, 'out_trade_no') ?? id) !== id) throw unreadable('another out_trade_no');
  return { kind };
}

function reportIn(fields: V3Fields): PaymentReport {
  try {
    return readReport(fields);
  } catch (error) {
    throw error instanceof UnreadableField ? unreadable(error.message) : error;
  }
}

/**
 * What a notice and the answer to a query say of a payment, under the same names. What was paid is `amount.total`,
 * whatever of it were coupons.
 */
export function readReport(fields: V3Fields): PaymentReport {
  const amount = fieldsIn(fields, 'amount');
  return {
    appid: need('appid', textIn(fields, 'appid')),
    mchid: need('mchid', textIn(fields, 'mchid')),
    outTradeNo: need('out_trade_no', textIn(fields, 'out_trade_no')),
    transactionId: need('transaction_id', transactionIdIn(fields)),
    total: need('amount.total', fenIn(amount, 'total')),
    paidAt: need('success_time', timeIn(fields, 'success_time')),
    currency: textIn(amount, 'currency') ?? 'CNY',
    payer: textIn(fieldsIn(fields, 'payer'), 'openid') as OpenId | null,
    payerTotal: fenIn(amount, 'payer_total'),
    tradeType: textIn(fields, 'trade_type'),
    bankType: textIn(fields, 'bank_type'),
  };
}

/** Newer ones have 28 to 32 digits, older ones fewer. */
export function transactionIdIn(fields: V3Fields): string | null {
  const id = textIn(fields, 'transaction_id') ?? '';
  return /^\d{10,32}$/.test(id) ? id : null;
}
