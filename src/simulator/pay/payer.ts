import { randomInt } from 'node:crypto';
import { Refused } from '../refused.ts';
import type { Users } from '../users.ts';
import { type Coupon, worth } from './coupon.ts';
import type { Denial, PassKind } from './merchant-orders.ts';
import type { PayBody } from './pay-body.ts';
import type { Pay } from './pay.ts';
import { wrongInCall } from './request-shape.ts';
import type { AppRequest, PaymentRequest, Trade, TradeState } from './trade.ts';

export interface PayAnswer {
  readonly trade_state: TradeState;
  readonly transaction_id?: string;
}

/** What a person does who is shown WeChat's payment sheet. */
export function payTrade(body: PayBody, pay: Pay, users: Users): PayAnswer {
  const trade = tradeMeant(body, pay);
  const openid = payerOf(trade, body.user, users);
  if (body.outcome === 'success') succeed(trade, openid, body, pay);
  if (body.outcome === 'failure') fail(trade, body, pay);
  return { trade_state: trade.state, ...(trade.payment && { transaction_id: trade.payment.transactionId }) };
}

/** A mini program's order is one user's to pay; what is scanned or opened anybody may pay. */
function payerOf({ terms }: Trade, name: string | undefined, users: Users): string {
  const isAnybodys = terms.openid === '';
  if (name === undefined && !isAnybodys) return terms.openid;
  const openid = users.openidIn(terms.appid, users.named(name ?? 'somebody'));
  if (!isAnybodys && openid !== terms.openid) throw new Refused(409, `the order is not ${name}'s to pay`);
  return openid;
}

function tradeMeant(body: PayBody, pay: Pay): Trade {
  const { request, app, code_url, h5_url, prepay_id, out_trade_no } = body;
  if (request) return tradeOfRequest(request, pay);
  if (app) return tradeOfApp(app, pay);
  if (body.package !== undefined) return tradeOfPackage(body.package, pay);
  if (code_url !== undefined) return tradeOfPass(code_url, 'code_url', pay);
  // Where the payer is to go afterwards is the merchant's to append.
  if (h5_url !== undefined) return tradeOfPass(h5_url.replace(/&redirect_url=[^&#]*$/, ''), 'h5_url', pay);
  if (prepay_id !== undefined) return tradeOfPass(prepay_id, 'prepay_id', pay);
  return tradeNumbered(out_trade_no, pay);
}

function tradeNumbered(outTradeNo: string | undefined, { orders }: Pay): Trade {
  if (outTradeNo === undefined)
    throw new Refused(400, 'say what to pay: request, app, package, prepay_id, code_url, h5_url or out_trade_no');
  return orders.find(outTradeNo) ?? unknown('out_trade_no');
}

function tradeOfPackage(text: string, pay: Pay): Trade {
  const prepayId = /^prepay_id=(.+)$/.exec(text)?.[1];
  if (prepayId === undefined) throw new Refused(400, 'package is not prepay_id=…');
  return tradeOfPass(prepayId, 'prepay_id', pay);
}

function tradeOfPass(text: string, kind: PassKind, { orders }: Pay): Trade {
  const found = orders.findByPass(kind, text) ?? unknown(kind);
  if (!found.lives) throw new Refused(409, `the ${kind} has expired`);
  return found.trade;
}

function tradeOfRequest(request: PaymentRequest, pay: Pay): Trade {
  const trade = tradeOfPackage(request.package, pay);
  const { terms } = trade;
  refuseWrong(terms.tradeType === 'JSAPI' ? undefined : `an order of type ${terms.tradeType} is not a mini program's`);
  refuseWrong(terms.dialect.wrongWith(request, terms));
  return trade;
}

function tradeOfApp(request: AppRequest, pay: Pay): Trade {
  const trade = tradeOfPass(request.prepayid, 'prepay_id', pay);
  const { terms } = trade;
  refuseWrong(terms.tradeType === 'APP' ? undefined : `an order of type ${terms.tradeType} is not an app's`);
  refuseWrong(request.appid === terms.appid ? undefined : 'appid is not that of the order');
  refuseWrong(request.partnerid === pay.merchant.mchid ? undefined : 'partnerid is not the merchant');
  refuseWrong(request.package === 'Sign=WXPay' ? undefined : 'package is not Sign=WXPay');
  refuseWrong(wrongInCall(request.timestamp, request.noncestr) ?? terms.dialect.wrongWithApp(request, terms));
  return trade;
}

function refuseWrong(wrong: string | undefined): void {
  if (wrong !== undefined) throw new Refused(400, wrong);
}

function succeed(trade: Trade, openid: string, { coupons, notify }: PayBody, { orders, notices }: Pay): void {
  const payment = orders.pay(trade, openid, couponsFor(trade.terms.total, coupons));
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
