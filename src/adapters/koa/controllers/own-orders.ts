import type { FindOrder } from '../../../application/find-order.ts';
import type { PayOrder } from '../../../application/pay-order.ts';
import type { SyncOrder } from '../../../application/sync-order.ts';
import { type Context, type Handler, sessionOf } from '../context.ts';
import { withoutBody } from '../json-body.ts';
import { callerAddress } from './caller-address.ts';
import { orderJson } from './order-json.ts';

/** `GET /v1/orders/{out_trade_no}`: the caller's own order. */
export function readOwnOrder(find: FindOrder): Handler {
  return withoutBody(async (ctx) => {
    const { order } = await find.forUser(numberOf(ctx), sessionOf(ctx).accountId);
    ctx.body = orderJson(order);
  });
}

/** `POST /v1/orders/{out_trade_no}/pay`: what wx.requestPayment takes. */
export function payOwnOrder(pay: PayOrder): Handler {
  return withoutBody(async (ctx) => {
    ctx.body = await pay.execute(numberOf(ctx), sessionOf(ctx).accountId, callerAddress(ctx));
  });
}

/** `POST /v1/orders/{out_trade_no}/sync`: asks WeChat, at most once in 3 s per order. */
export function syncOwnOrder(find: FindOrder, sync: SyncOrder): Handler {
  return withoutBody(async (ctx) => {
    const { order } = await find.forUser(numberOf(ctx), sessionOf(ctx).accountId);
    ctx.body = orderJson(await sync.execute(order));
  });
}

const numberOf = (ctx: Context): string => String(ctx.params.out_trade_no);
