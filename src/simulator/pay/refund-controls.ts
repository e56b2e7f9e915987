import { randomBytes } from 'node:crypto';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { controlBody, readControl } from '../control-body.ts';
import { Refused } from '../refused.ts';
import type { Pay } from './pay.ts';
import { OUTCOME_STATES, refundOutcome, refundOutcomeBody } from './refund-outcomes.ts';
import type { PaidTrade, RefundNews } from './trade.ts';
import { paidTradeOf } from './trade-controls.ts';
import { refundView } from './trade-view.ts';
import { REFUND_DENIALS } from './v2-refunds.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const fen = z.int().min(0).max(1_000_000_000_000);

const consoleBody = z.strictObject({
  amount: z.int().min(1),
  out_refund_no: z.string().min(1).max(64).optional(),
  notify_url: z.url().optional(),
});

const settlementBody = z.strictObject({ outcome: refundOutcome, notify: z.boolean().default(true) });
const changeBody = z.strictObject({ requested_at: time.optional(), succeeded_at: time.optional() });
const scheduleBody = z.strictObject({ compress: z.number().min(0).max(10) });
const addressBody = z.strictObject({ notify_url: z.url().nullable() });
const balanceBody = z.strictObject({ unsettled: fen.nullable().optional(), recharge: fen.nullable().optional() });

export const REFUND_CONTROLS = {
  'POST /_simulator/trades/{out_trade_no}/refunds':
    '{amount, out_refund_no?, notify_url?} -> refund: a refund that a person makes at the merchant console; told of in the version of the trade',
  'GET /_simulator/refunds/{out_refund_no}': 'one refund as it really is',
  'PATCH /_simulator/refunds/{out_refund_no}': '{requested_at?, succeeded_at?} -> refund: moves it to another time',
  'POST /_simulator/refunds/{out_refund_no}/outcome':
    '{outcome: success|change|close, notify?} -> refund: settles one now, also one that is CHANGE',
  'PUT /_simulator/refunds/outcome':
    '{outcome: success|change|close|none, delay?, times?}: how the next refunds end, so many or all to come, and after how many milliseconds (1 s, compressed); `none` leaves them PROCESSING',
  'PUT /_simulator/refunds/schedule':
    '{compress}: multiplies the minute that WeChat wants between two refunds of one order, and the second until a refund ends',
  'PUT /_simulator/refunds/balance':
    '{unsettled?, recharge?}: what the merchant has to pay refunds from, in fen; null is enough for all. Less than a refund: NOTENOUGH',
  'PUT /_simulator/refunds/notify-url':
    '{notify_url}: where the notices of refunds go that name no address, as the console is told it; null for nowhere',
};

export function serveRefundControls(router: Router, pay: Pay): void {
  router.post('/_simulator/trades/:number/refunds', controlBody, (ctx) => refundAtConsole(ctx, pay));
  router.get('/_simulator/refunds/:number', (ctx) => {
    ctx.body = refundView(refundOf(ctx.params.number, pay).refund);
  });
  router.patch('/_simulator/refunds/:number', controlBody, (ctx) => {
    const { refund } = refundOf(ctx.params.number, pay);
    const { requested_at, succeeded_at } = readControl(ctx, changeBody);
    refund.requestedAt = requested_at ?? refund.requestedAt;
    if (refund.state === 'SUCCESS') refund.succeededAt = succeeded_at ?? refund.succeededAt;
    ctx.body = refundView(refund);
  });
  router.post('/_simulator/refunds/:number/outcome', controlBody, (ctx) => {
    const news = refundOf(ctx.params.number, pay);
    const { outcome, notify } = readControl(ctx, settlementBody);
    if (!pay.refundDesk.settle(news, OUTCOME_STATES[outcome], notify))
      throw new Refused(409, `the refund is ${news.refund.state}`);
    ctx.body = refundView(news.refund);
  });
  serveSettings(router, pay);
}

function serveSettings(router: Router, { refunds, refundDesk }: Pay): void {
  router.put('/_simulator/refunds/outcome', controlBody, (ctx) => {
    refundDesk.outcomes.order(readControl(ctx, refundOutcomeBody));
    ctx.status = 204;
  });
  router.put('/_simulator/refunds/schedule', controlBody, (ctx) => {
    refunds.compress = readControl(ctx, scheduleBody).compress;
    ctx.status = 204;
  });
  router.put('/_simulator/refunds/balance', controlBody, (ctx) => {
    const { unsettled, recharge } = readControl(ctx, balanceBody);
    if (unsettled !== undefined) refunds.balances.set('REFUND_SOURCE_UNSETTLED_FUNDS', unsettled ?? undefined);
    if (recharge !== undefined) refunds.balances.set('REFUND_SOURCE_RECHARGE_FUNDS', recharge ?? undefined);
    ctx.status = 204;
  });
  router.put('/_simulator/refunds/notify-url', controlBody, (ctx) => {
    refundDesk.notifyUrl = readControl(ctx, addressBody).notify_url ?? undefined;
    ctx.status = 204;
  });
}

export function refundOf(number: string | undefined, { refunds }: Pay): RefundNews {
  const news = number === undefined ? undefined : refunds.find(number);
  if (!news) throw new Refused(404, 'there is no such refund');
  return news;
}

function refundAtConsole(ctx: Context, pay: Pay): void {
  const trade = paidTradeOf(ctx.params.number, pay);
  const { amount, out_refund_no, notify_url } = readControl(ctx, consoleBody);
  const { dialect } = trade.terms;
  const asked = pay.refundDesk.ask(trade, {
    outRefundNo: out_refund_no ?? `console${randomBytes(12).toString('hex')}`,
    amount,
    account: 'REFUND_SOURCE_UNSETTLED_FUNDS',
    source: 'VENDOR_PLATFORM',
    notifyUrl: notify_url ?? (dialect.api === 'v3' ? consoleUrl(trade, pay) : undefined),
    reason: undefined,
    api: dialect.api,
  });
  if (typeof asked === 'string') throw new Refused(409, REFUND_DENIALS[asked].join(' '));
  ctx.body = refundView(asked.refund);
}

/** Without an address of its own, and with none at the console, it goes where the payment's went. */
const consoleUrl = ({ terms }: PaidTrade, { refundDesk }: Pay): string | undefined =>
  refundDesk.notifyUrl ?? (terms.notifyUrl || undefined);
