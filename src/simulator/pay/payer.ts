import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { Refused } from '../refused.ts';
import type { Users } from '../users.ts';
import { type Coupon, worth } from './coupon.ts';
import type { Denial } from './merchant-orders.ts';
import type { Pay } from './pay.ts';
import type { PaymentRequest, Trade, TradeState } from './trade.ts';

export const couponBody = z.strictObject({ fee: z.int().min(1), type: z.enum(['CASH', 'NO_CASH']).default('CASH') });

const wholeBody = z.strictObject({
  out_trade_no: z.string().optional(),
  prepay_id: z.string().optional(),
  /** `prepay_id=…` */
  package: z.string().optional(),
  /** What the mini program would hand to wx.requestPayment. */
  request: z
    .strictObject({
      timeStamp: z.string(),
      nonceStr: z.string(),
      package: z.string(),
      signType: z.string(),
      paySign: z.string(),
    })
    .optional(),
  /** The name of the user who pays. */
  user: z.string().optional(),
  outcome: z.enum(['success', 'failure', 'cancel']).default('success'),
  coupons: z.array(couponBody).max(100).default([]),
  /** Whether the server is told of a success. */
  notify: z.boolean().default(true),
  /** Whether the server is told of a failure. */
  notice: z.boolean().default(false),
});

/** What /pay of the server answers may be sent on just as it is. */
const isRequest = (body: unknown): boolean => typeof body === 'object' && body !== null && 'paySign' in body;

export const payBody = z.preprocess((body) => (isRequest(body) ? { request: body } : body), wholeBody);

type PayBody = z.output<typeof payBody>;

export interface PayAnswer {
  readonly trade_state: TradeState;
  readonly transaction_id?: string;
}

/** What a person does who is shown WeChat's payment sheet. */
export function payTrade(body: PayBody, pay: Pay, users: Users): PayAnswer {
  const trade = tradeMeant(body, pay);
  if (body.user !== undefined && users.named(body.user).openid !== trade.terms.openid)
    throw new Refused(409, `the order is not ${body.user}'s to pay`);
  if (body.outcome === 'success') succeed(trade, body, pay);
  if (body.outcome === 'failure') fail(trade, body, pay);
  return { trade_state: trade.state, ...(trade.payment && { transaction_id: trade.payment.transactionId }) };
}

function tradeMeant(body: PayBody, pay: Pay): Trade {
  const { request, prepay_id, out_trade_no } = body;
  const ticket = request?.package ?? body.package;
  const trade =
    ticket === undefined && prepay_id === undefined
      ? tradeNumbered(out_trade_no, pay)
      : tradeOfTicket(ticket ?? `prepay_id=${prepay_id}`, pay);
  if (request) refuseWrong(request, trade);
  return trade;
}

function tradeNumbered(outTradeNo: string | undefined, { orders }: Pay): Trade {
  if (outTradeNo === undefined) throw new Refused(400, 'say what to pay: request, package, prepay_id or out_trade_no');
  return orders.find(outTradeNo) ?? unknown('out_trade_no');
}

function tradeOfTicket(ticket: string, { orders }: Pay): Trade {
  const prepayId = /^prepay_id=(.+)$/.exec(ticket)?.[1];
  if (prepayId === undefined) throw new Refused(400, 'package is not prepay_id=…');
  const found = orders.findByPrepay(prepayId) ?? unknown('prepay_id');
  if (!found.lives) throw new Refused(409, 'the prepay_id has expired');
  return found.trade;
}

function refuseWrong(request: PaymentRequest, { terms }: Trade): void {
  const wrong = terms.dialect.wrongWith(request);
  if (wrong !== undefined) throw new Refused(400, wrong);
}

function succeed(trade: Trade, { coupons, notify }: PayBody, { orders, notices }: Pay): void {
  const payment = orders.pay(trade, couponsFor(trade.terms.total, coupons));
  if (typeof payment === 'string') return refuseDenied(payment);
  if (notify) notices.tell({ trade, payment });
}

function fail(trade: Trade, { notice }: PayBody, { orders, notices }: Pay): void {
  const denial = orders.fail(trade);
  if (denial) return refuseDenied(denial);
  if (notice) notices.tell({ trade, payment: undefined });
}

/** Numbered; they may pay for all of the order, but not for more. */
export function couponsFor(total: number, wanted: PayBody['coupons']): readonly Coupon[] {
  const coupons = wanted.map(({ fee, type }) => ({ id: String(randomInt(1e9, 1e10)), type, fee }));
  if (worth(coupons) > total) throw new Refused(400, 'the coupons are worth more than the order');
  return coupons;
}

function refuseDenied(denial: Denial): never {
  throw new Refused(409, denial === 'paid' ? 'the order is already paid' : 'the order is closed');
}

function unknown(what: string): never {
  throw new Refused(404, `there is no order of this ${what}`);
}
