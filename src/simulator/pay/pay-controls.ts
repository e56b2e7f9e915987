import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { controlBody, readControl } from '../control-body.ts';
import { Refused } from '../refused.ts';
import type { World } from '../world.ts';
import { noticeFaultBody, noticeWish } from './notice-wishes.ts';
import type { Pay } from './pay.ts';
import { payBody, payTrade } from './payer.ts';
import type { News, Trade } from './trade.ts';
import { tradeView } from './trade-view.ts';

const scheduleBody = z.strictObject({ compress: z.number().min(0).max(10) });

const noticeBody = noticeWish.extend({ out_trade_no: z.string() });

/** What a test, or a person with curl, can do to this WeChat Pay. */
export const PAY_CONTROLS = {
  'POST /_simulator/pay':
    "{request? or package? or prepay_id? or out_trade_no?, user?, outcome?: success|failure|cancel, coupons?: [{fee, type?: CASH|NO_CASH}], notify?, notice?} -> {trade_state, transaction_id?}: what the payer does; `request` is what wx.requestPayment takes, may also be the whole body, and is checked as WeChat's client checks it; `notify: false` keeps a success from the server, `notice: true` tells it of a failure",
  'GET /_simulator/trades/{out_trade_no}': 'one trade as it really is',
  'POST /_simulator/trades/{out_trade_no}/expiry': 'closes a trade as if its time were over -> trade',
  'GET /_simulator/notices': 'what was sent and how it ended; `?out_trade_no=` shows the notices of one trade',
  'POST /_simulator/notices':
    '{out_trade_no, repeat?, at_once?, corrupt?, override?: {field: value}, drop?: [field], sign?: right|downgrade|unsigned|wrong-key} -> {status, body, answers}: sends the notice of a trade again, now and without retries; `status` and `body` are the last answer',
  'PUT /_simulator/notices/schedule':
    '{compress}: multiplies what is waited before the retries to come; 1 is WeChat’s own 15 s, 15 s, 30 s, 3 min …',
  'POST /_simulator/notices/faults':
    '{lose?, delay?, reorder?, times?, and all that POST /_simulator/notices takes}: what befalls the next notices when they are first sent; `delay` is in milliseconds, `reorder: n` sends the next n newest first',
  'DELETE /_simulator/notices/faults': 'forgets those that have not happened and sends what they held back',
};

export function servePayControls(router: Router, { users }: World, pay: Pay): void {
  router.post('/_simulator/pay', controlBody, (ctx) => {
    ctx.body = payTrade(readControl(ctx, payBody), pay, users);
  });
  router.get('/_simulator/trades/:number', (ctx) => {
    ctx.body = tradeView(tradeOf(ctx.params.number, pay));
  });
  router.post('/_simulator/trades/:number/expiry', (ctx) => {
    const trade = tradeOf(ctx.params.number, pay);
    if (pay.orders.close(trade)) throw new Refused(409, `the trade is ${trade.state}`);
    ctx.body = tradeView(trade);
  });
  serveNoticeControls(router, pay);
}

function serveNoticeControls(router: Router, pay: Pay): void {
  const { notices } = pay;
  router.get('/_simulator/notices', (ctx) => {
    const number = new URLSearchParams(ctx.querystring).get('out_trade_no') ?? undefined;
    ctx.body = { waiting: notices.waiting, ...notices.journal.read(number) };
  });
  router.post('/_simulator/notices', controlBody, (ctx) => sendNotice(ctx, pay));
  router.put('/_simulator/notices/schedule', controlBody, (ctx) => {
    notices.compress = readControl(ctx, scheduleBody).compress;
    ctx.status = 204;
  });
  router.post('/_simulator/notices/faults', controlBody, (ctx) => {
    notices.order(readControl(ctx, noticeFaultBody));
    ctx.status = 204;
  });
  router.delete('/_simulator/notices/faults', (ctx) => {
    notices.forgetFaults();
    ctx.status = 204;
  });
}

async function sendNotice(ctx: Context, pay: Pay): Promise<void> {
  const { out_trade_no, ...wish } = readControl(ctx, noticeBody);
  const attempts = await pay.notices.tellNow(newsOf(tradeOf(out_trade_no, pay)), wish);
  const answers = attempts.map(({ status = 0, body = '', error }) => ({ status, body, ...(error && { error }) }));
  ctx.body = { ...answers.at(-1), answers };
}

function newsOf(trade: Trade): News {
  const { payment, state } = trade;
  if (!payment && state !== 'PAYERROR') throw new Refused(409, `there is nothing to tell of a trade that is ${state}`);
  return { trade, payment };
}

const tradeOf = (number: string | undefined, { orders }: Pay): Trade => {
  const trade = number === undefined ? undefined : orders.find(number);
  if (!trade) throw new Refused(404, 'there is no such trade');
  return trade;
};
