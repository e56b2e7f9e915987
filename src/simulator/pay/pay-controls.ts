import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { controlBody, readControl } from '../control-body.ts';
import { Refused } from '../refused.ts';
import type { World } from '../world.ts';
import { BILL_CONTROLS, serveBillControls } from './bill-controls.ts';
import { noticeFaultBody, noticeWish } from './notice-wishes.ts';
import type { Pay } from './pay.ts';
import { payBody } from './pay-body.ts';
import { payTrade } from './payer.ts';
import { REFUND_CONTROLS, refundOf, serveRefundControls } from './refund-controls.ts';
import type { News } from './trade.ts';
import { serveTradeControls, TRADE_CONTROLS, tradeOf } from './trade-controls.ts';
import { serveV3Controls, V3_CONTROLS } from './v3-controls.ts';

const scheduleBody = z.strictObject({ compress: z.number().min(0).max(10) });

const noticeBody = noticeWish
  .extend({ out_trade_no: z.string().optional(), out_refund_no: z.string().optional() })
  .refine(({ out_trade_no, out_refund_no }) => (out_trade_no === undefined) !== (out_refund_no === undefined), {
    error: 'say what to tell of: out_trade_no or out_refund_no',
  });

/** What a test, or a person with curl, can do to this WeChat Pay. */
export const PAY_CONTROLS = {
  'POST /_simulator/pay':
    "{request? or app? or package? or prepay_id? or code_url? or h5_url? or out_trade_no?, user?, outcome?: success|failure|cancel, coupons?: [{fee, type?: CASH|NO_CASH}], notify?, notice?} -> {trade_state, transaction_id?}: what the payer does; `request` is what wx.requestPayment takes, `app` what an app calls WeChat with; either may also be the whole body, and is checked as WeChat's client checks it; `user` pays what is scanned or opened (somebody, if it is not said); `notify: false` keeps a success from the server, `notice: true` tells it of a failure",
  ...TRADE_CONTROLS,
  ...REFUND_CONTROLS,
  'GET /_simulator/notices': 'what was sent and how it ended; `?out_trade_no=` shows the notices of one trade',
  'POST /_simulator/notices':
    '{out_trade_no or out_refund_no, repeat?, at_once?, corrupt?, override?: {field: value}, drop?: [field], sign?: right|downgrade|unsigned|wrong-key|probe, timestamp?, serial?} -> {status, body, answers}: sends the notice of a trade or a refund again, now and without retries; `status` and `body` are the last answer; a refund’s of v2 is sealed, not signed, so `override` and `drop` mean what is sealed, and of the signs only wrong-key makes a difference; in v3 all is sealed and signed: names have dots (`amount.total`), those of the envelope (`event_type`, `resource.nonce`) befall the envelope, downgrade is SHA-1, probe is WECHATPAY/SIGNTEST/, `timestamp` is by how many seconds the time is wrong, and `serial` whose key it says it is',
  'PUT /_simulator/notices/schedule':
    '{compress}: multiplies what is waited before the retries to come; 1 is WeChat’s own 15 s, 15 s, 30 s, 3 min …',
  'POST /_simulator/notices/faults':
    '{about?: payment|refund, lose?, delay?, reorder?, times?, and all that POST /_simulator/notices takes}: what befalls the next notices when they are first sent; `delay` is in milliseconds, `reorder: n` sends the next n newest first',
  'DELETE /_simulator/notices/faults': 'forgets those that have not happened and sends what they held back',
  ...BILL_CONTROLS,
  ...V3_CONTROLS,
};

export function servePayControls(router: Router, { users }: World, pay: Pay): void {
  router.post('/_simulator/pay', controlBody, (ctx) => {
    ctx.body = payTrade(readControl(ctx, payBody), pay, users);
  });
  serveTradeControls(router, pay, users);
  serveRefundControls(router, pay);
  serveBillControls(router, pay);
  serveV3Controls(router, pay);
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
  const { out_trade_no, out_refund_no, ...wish } = readControl(ctx, noticeBody);
  const news = out_refund_no === undefined ? paymentNews(out_trade_no, pay) : refundNews(out_refund_no, pay);
  const attempts = await pay.notices.tellNow(news, wish);
  const answers = attempts.map(({ status = 0, body = '', error }) => ({ status, body, ...(error && { error }) }));
  ctx.body = { ...answers.at(-1), answers };
}

function paymentNews(number: string | undefined, pay: Pay): News {
  const trade = tradeOf(number, pay);
  const { payment, state } = trade;
  if (!payment && state !== 'PAYERROR') throw new Refused(409, `there is nothing to tell of a trade that is ${state}`);
  return { trade, payment };
}

function refundNews(number: string, pay: Pay): News {
  const news = refundOf(number, pay);
  if (news.refund.state === 'PROCESSING') throw new Refused(409, 'there is nothing to tell of a refund under way');
  return news;
}
