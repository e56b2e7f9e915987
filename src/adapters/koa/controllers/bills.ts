import { z } from 'zod';
import type { ReadBill } from '../../../application/read-bill.ts';
import type { Bill } from '../../../domain/statement/bill.ts';
import type { Context, Handler } from '../context.ts';
import { guarded } from '../formula-guard.ts';
import { withQuery } from '../json-body.ts';
import { rowsJson } from '../rows-json.ts';
import { streamed } from '../streamed.ts';
import { fundJson, totalsJson, tradeJson } from './bill-json.ts';
import { day } from './day-query.ts';

const tradeQuery = z.strictObject({
  date: day,
  type: z.enum(['ALL', 'SUCCESS', 'REFUND', 'RECHARGE_REFUND']).default('ALL'),
});

/**
 * `GET /v1/merchant/bills/trade?date=&type=` -> `{date, type, rows, totals}`, or WeChat's own file as `text/csv`.
 * An answer that is cut off is none: its end is where the totals have been compared.
 */
export function readTradeBill(read: ReadBill): Handler {
  return withQuery(tradeQuery, async (ctx, { date, type }) => {
    const bill = await read.trades(date, type);
    await answer(ctx, { date, type }, bill, tradeJson);
  });
}

const fundQuery = z.strictObject({
  date: day,
  account: z.enum(['BASIC', 'OPERATION', 'FEES']).default('BASIC'),
});

/** `GET /v1/merchant/bills/fund-flow?date=&account=` -> `{date, account, rows, totals}`, or WeChat's own file. */
export function readFundFlow(read: ReadBill): Handler {
  return withQuery(fundQuery, async (ctx, { date, account }) => {
    const bill = await read.funds(date, account);
    await answer(ctx, { date, account }, bill, fundJson);
  });
}

async function answer<Row>(
  ctx: Context,
  head: Readonly<Record<string, string>>,
  bill: Bill<Row>,
  rowOf: (row: Row) => object,
): Promise<void> {
  ctx.vary('Accept');
  if (ctx.accepts(['json', 'csv']) === 'csv') {
    await streamed(ctx, 'text/csv; charset=utf-8', guarded(bill.bytes));
    ctx.set('Content-Disposition', `attachment; filename="${Object.values(head).join('-')}.csv"`);
  } else {
    await streamed(ctx, 'application/json', rowsJson(head, bill.rows(), { rowOf, tailOf: totalsJson }));
  }
}
