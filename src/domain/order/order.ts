import type { AccountId, AppId, OpenId } from '../account/account.ts';
import type { Brand } from '../brand.ts';
import { later, MINUTE } from '../clock.ts';
import type { AnomalyKey } from './anomaly.ts';
import type { Fen } from './fen.ts';
import type { OutTradeNo } from './out-trade-no.ts';
import type { PayApi } from './pay-api.ts';
import type { Refund } from './refund.ts';
import type { TradeType } from './trade-type.ts';

/** The merchant's number at WeChat Pay (商户号). */
export type MchId = Brand<string, 'MchId'>;

/** Whose money it is. */
export interface Merchant {
  readonly appid: AppId;
  readonly mchid: MchId;
}

/** The one who pays. Nobody else can, once an order has one. */
export interface Payer {
  readonly openid: OpenId;
  /** Null for somebody who was named by openid and may never have logged in here. */
  readonly accountId: AccountId | null;
}

export interface Amount {
  readonly total: Fen;
  readonly currency: 'CNY';
}

/** What was agreed on: none of it ever changes, but that an order which is paid in an app takes that app's appid. */
export interface Terms extends Merchant {
  readonly id: OutTradeNo;
  /** At most 128 bytes of UTF-8, in the form 商户-商品. */
  readonly description: string;
  readonly amount: Amount;
  /** The merchant's own text, which WeChat gives back; at most 127 bytes. */
  readonly attach: string | null;
  /** The merchant's own notes, which WeChat never sees. */
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly createdAt: Date;
  /** When WeChat stops taking money for it. */
  readonly timeExpire: Date;
  /** The request that made it, where it came with an Idempotency-Key: the same again makes no second order. */
  readonly requestId: string | null;
}

/** When WeChat is to be asked about an order, should nothing be heard before. */
export interface Watch {
  /** Null when there is nothing left to ask. */
  readonly dueAt: Date | null;
  /** How often it was looked at since it came into its state. */
  readonly looks: number;
  readonly lookedAt: Date | null;
}

interface Kept extends Terms {
  /** In which version WeChat hears of it, and is asked about it for ever after. */
  readonly api: PayApi;
  /** Who pays in a mini program is known before; whoever scans a code, only when it is paid. */
  readonly payer: Payer | null;
  readonly watch: Watch;
  /** What was wrong with it and has been told, each once. */
  readonly anomalies: readonly AnomalyKey[];
  /** How many events it has had. */
  readonly sequence: number;
  /** Counts the saves; a save only goes over the version that was read. */
  readonly version: number;
}

/** How it was put to WeChat: to repeat it means to say the very same again. */
export interface Prepay {
  readonly tradeType: TradeType;
  readonly clientIp: string;
  readonly beganAt: Date;
}

/** In what manner an order is put to WeChat, once somebody wants to pay it. */
export interface Manner {
  readonly api: PayApi;
  /** The mini program's, or for APP the app's own. */
  readonly appid: AppId;
  readonly tradeType: TradeType;
  /** Null where nobody knows before it is paid. */
  readonly payer: Payer | null;
  readonly clientIp: string;
}

/** What a payer is given to pay with. */
export interface Ticket {
  /** A prepay_id (JSAPI, APP), the address in a code (NATIVE), or that of WeChat's page (H5). */
  readonly pass: string;
  readonly expiresAt: Date;
}

/** What WeChat says was paid. */
export interface Payment {
  /** WeChat's number of it (微信支付订单号), 28 to 32 digits. */
  readonly transactionId: string;
  readonly paidAt: Date;
  readonly payer: OpenId | null;
  /** In fen: what the payer paid after coupons, where WeChat says. The total is what counts. */
  readonly payerTotal: number | null;
  readonly tradeType: string | null;
  readonly bankType: string | null;
}

/** Nobody has been asked to pay yet, and WeChat knows nothing of it. */
export interface CreatedOrder extends Kept {
  readonly state: 'created';
}

/** Written before WeChat is asked, so that a crash leaves a trace to go on from. */
export interface PrepayingOrder extends Kept {
  readonly state: 'prepaying';
  readonly prepay: Prepay;
  /** One that was handed out before, and that the payer may still hold. */
  readonly ticket: Ticket | null;
}

export interface PrepaidOrder extends Kept {
  readonly state: 'prepaid';
  readonly prepay: Prepay;
  readonly ticket: Ticket;
}

/** Written before WeChat is asked to close it. */
export interface ClosingOrder extends Kept {
  readonly state: 'closing';
  readonly prepay: Prepay;
  /** One that the payer may still hold. */
  readonly ticket: Ticket | null;
}

export interface ClosedOrder extends Kept {
  readonly state: 'closed';
  readonly closedAt: Date;
}

/** WeChat definitely did not take it. */
export interface FailedOrder extends Kept {
  readonly state: 'failed';
  readonly failedAt: Date;
  /** WeChat's code. */
  readonly reason: string;
}

/** The end of every road: nothing leads away from it. */
export interface PaidOrder extends Kept {
  readonly state: 'paid';
  readonly payment: Payment;
  /** It was closed or failed for us when the money came. */
  readonly late: boolean;
  /** In the order in which they were made or found. */
  readonly refunds: readonly Refund[];
}

export type Order = CreatedOrder | PrepayingOrder | PrepaidOrder | ClosingOrder | ClosedOrder | FailedOrder | PaidOrder;

export type OrderState = Order['state'];

/** Every state, for those who have to name them all. */
export const ORDER_STATES = [
  'created',
  'prepaying',
  'prepaid',
  'closing',
  'closed',
  'failed',
  'paid',
] as const satisfies readonly OrderState[];

/** Orders that WeChat may have heard of and that no money has come for. */
export type OpenOrder = PrepayingOrder | PrepaidOrder | ClosingOrder;

export const isOpen = (order: Order): order is OpenOrder =>
  order.state === 'prepaying' || order.state === 'prepaid' || order.state === 'closing';

/** An order is of one app, and once it has a payer, it is nobody else's to see. */
export const isOthers = (
  { payer, appid }: Order,
  caller: { readonly appid: AppId; readonly openid: OpenId },
): boolean => appid !== caller.appid || (payer !== null && payer.openid !== caller.openid);

/** A ticket about to run out is none to hand to somebody who has yet to find their thumb. That of a page lives but shortly. */
const leastLife = (tradeType: TradeType): number => (tradeType === 'H5' ? MINUTE : 5 * MINUTE);

/** Whether the ticket of the order is worth handing out: there is no better one than one that outlives its order. */
export const isAlive = ({ prepay, ticket, timeExpire }: PrepaidOrder, now: Date): boolean =>
  now < timeExpire && (ticket.expiresAt >= timeExpire || later(now, leastLife(prepay.tradeType)) < ticket.expiresAt);

export const isExpired = (order: Order, now: Date): boolean => now >= order.timeExpire;
