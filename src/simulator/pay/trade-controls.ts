import { randomBytes } from 'node:crypto';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { controlBody, readControl } from '../control-body.ts';
import { Refused } from '../refused.ts';
import type { Users } from '../users.ts';
import type { Pay } from './pay.ts';
import { couponBody } from './pay-body.ts';
import { couponsFor } from './payer.ts';
import { type Dialect, isPaid, type PaidTrade, type Terms, type Trade } from './trade.ts';
import { tradeView } from './trade-view.ts';
import { NO_V3 } from './v3-platform.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const tradeBody = z
  .strictObject({
    out_trade_no: z.string().min(1).max(32).optional(),
    total: z.int().min(1).max(1_000_000_000).default(100),
    /** When it was paid. */
    at: time.optional(),
    user: z.string().default('somebody'),
    description: z.string().default('a trade of another server'),
    attach: z.string().optional(),
    notify_url: z.string().default(''),
    coupons: z.array(couponBody).max(100).default([]),
    api: z.enum(['v2', 'v3']).default('v2'),
    trade_type: z.enum(['JSAPI', 'NATIVE', 'APP', 'MWEB']).default('JSAPI'),
    /** How many, each with a number of its own. */
    count: z.int().min(1).max(200_000).default(1),
  })
  .refine(({ out_trade_no, count }) => out_trade_no === undefined || count === 1, {
    error: 'only one trade can have a number',
  });

type TradeBody = z.output<typeof tradeBody>;

const changeBody = z.strictObject({ paid_at: time });

const commentBody = z.strictObject({ stars: z.int().min(1).max(5), text: z.string(), at: time.optional() });

export const TRADE_CONTROLS = {
  'POST /_simulator/trades':
    '{out_trade_no?, total?, at?, user?, description?, attach?, coupons?, notify_url?, api?: v2|v3, trade_type?: JSAPI|NATIVE|APP|MWEB, count?} -> trade: one, or so many, that another server placed and that was paid at that time (RFC 3339), now if it is not said; the answer is the last',
  'GET /_simulator/trades/{out_trade_no}': 'one trade as it really is, with its refunds',
  'PATCH /_simulator/trades/{out_trade_no}': '{paid_at} -> trade: moves a payment to another time',
  'POST /_simulator/trades/{out_trade_no}/expiry': 'closes a trade as if its time were over -> trade',
  'POST /_simulator/trades/{out_trade_no}/comment':
    '{stars, text, at?} -> {offset}: what the payer says of it, for batchquerycomment',
};

export function serveTradeControls(router: Router, pay: Pay, users: Users): void {
  router.post('/_simulator/trades', controlBody, (ctx) => addTrades(ctx, pay, users));
  router.get('/_simulator/trades/:number', (ctx) => {
    ctx.body = tradeView(tradeOf(ctx.params.number, pay));
  });
  router.patch('/_simulator/trades/:number', controlBody, (ctx) => {
    const { paid_at } = readControl(ctx, changeBody);
    const trade = paidTradeOf(ctx.params.number, pay);
    trade.payment = { ...trade.payment, at: paid_at };
    ctx.body = tradeView(trade);
  });
  router.post('/_simulator/trades/:number/expiry', (ctx) => {
    const trade = tradeOf(ctx.params.number, pay);
    if (pay.orders.close(trade)) throw new Refused(409, `the trade is ${trade.state}`);
    ctx.body = tradeView(trade);
  });
  router.post('/_simulator/trades/:number/comment', controlBody, (ctx) => {
    const { transactionId } = paidTradeOf(ctx.params.number, pay).payment;
    const { at = new Date(), ...said } = readControl(ctx, commentBody);
    ctx.body = { offset: pay.comments.add({ ...said, at, transactionId }).offset };
  });
}

export function tradeOf(number: string | undefined, { orders }: Pay): Trade {
  const trade = number === undefined ? undefined : orders.find(number);
  if (!trade) throw new Refused(404, 'there is no such trade');
  return trade;
}

export function paidTradeOf(number: string | undefined, pay: Pay): PaidTrade {
  const trade = tradeOf(number, pay);
  if (!isPaid(trade)) throw new Refused(409, `the trade is ${trade.state}`);
  return trade;
}

function addTrades(ctx: Context, pay: Pay, users: Users): void {
  const body = readControl(ctx, tradeBody);
  const { at = new Date(), count } = body;
  const coupons = couponsFor(body.total, body.coupons);
  const openid = users.openidIn(pay.appidOf(body.trade_type), users.named(body.user));
  for (let added = 0; added < count; added += 1) {
    const trade = pay.orders.addPaid(termsOf(body, at, openid, pay), at, coupons);
    if (!trade) throw new Refused(409, 'the number is taken');
    if (added === count - 1) ctx.body = tradeView(trade);
  }
}

function termsOf(body: TradeBody, at: Date, openid: string, pay: Pay): Terms {
  const outTradeNo = body.out_trade_no ?? `other${randomBytes(12).toString('hex')}`;
  return {
    outTradeNo,
    tradeType: body.trade_type,
    appid: pay.appidOf(body.trade_type),
    total: body.total,
    openid,
    notifyUrl: body.notify_url,
    description: body.description,
    deviceInfo: '',
    attach: body.attach,
    expiresAt: at,
    fingerprint: '',
    dialect: dialectIn(body.api, pay),
  };
}

function dialectIn(api: TradeBody['api'], { v2, v3 }: Pay): Dialect {
  if (api === 'v2') return v2['HMAC-SHA256'];
  if (!v3) throw new Refused(409, NO_V3);
  return v3.dialect;
}
