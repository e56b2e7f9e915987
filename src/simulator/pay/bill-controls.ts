import type Router from '@koa/router';
import { z } from 'zod';
import { controlBody, readControl } from '../control-body.ts';
import { billHarmBody } from './bills/bill-harm.ts';
import type { Pay } from './pay.ts';

const billsBody = z.strictObject({ ready: z.boolean().optional(), today: z.boolean().optional() });

export const BILL_CONTROLS = {
  'PUT /_simulator/bills':
    '{ready?, today?}: whether bills can be fetched (otherwise Bill Creating), and whether today’s can, too, which takes until tomorrow otherwise',
  'POST /_simulator/bills/harm':
    '{truncate?, extra?: [{out_trade_no, total, transaction_id?, openid?}], drop?: [number], alter?: {number: {total}}, totals?: {heading: text}, times?}: what is wrong with the next trade bill; a number is an out_trade_no for a payment and an out_refund_no for a refund; `truncate` leaves out the summary, `totals` falsifies it',
  'DELETE /_simulator/bills/harm': 'forgets the harm that has not happened',
};

export function serveBillControls(router: Router, { bills }: Pay): void {
  router.put('/_simulator/bills', controlBody, (ctx) => {
    const { ready = bills.ready, today = bills.today } = readControl(ctx, billsBody);
    bills.ready = ready;
    bills.today = today;
    ctx.status = 204;
  });
  router.post('/_simulator/bills/harm', controlBody, (ctx) => {
    bills.order(readControl(ctx, billHarmBody));
    ctx.status = 204;
  });
  router.delete('/_simulator/bills/harm', (ctx) => {
    bills.forgetHarms();
    ctx.status = 204;
  });
}
