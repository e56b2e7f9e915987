import { z } from 'zod';
import type { AnswerOnce } from '../../../application/answer-once.ts';
import type { CloseOrder } from '../../../application/close-order.ts';
import type { CreateOrder } from '../../../application/create-order.ts';
import type { FindOrder } from '../../../application/find-order.ts';
import type { ListOrders } from '../../../application/list-orders.ts';
import type { SyncOrder } from '../../../application/sync-order.ts';
import { newOutTradeNo } from '../../../domain/order/out-trade-no.ts';
import { type Order, ORDER_STATES } from '../../../domain/order/order.ts';
import { answeredOnce } from '../answered-once.ts';
import type { Context, Handler } from '../context.ts';
import { withJson, withoutBody, withQuery } from '../json-body.ts';
import { limit } from './page-query.ts';
import { orderBody } from './order-body.ts';
import { orderCursor, readOrderCursor } from './order-cursor.ts';
import { merchantOrderJson } from './order-json.ts';

/** `POST /v1/merchant/orders` -> 201 order. */
export function createOrder(create: CreateOrder, once: AnswerOnce): Handler {
  return withJson(orderBody, (ctx, wish) =>
    answeredOnce(once, ctx, wish, async (request) => {
      const mark = request && { id: request.id, outTradeNo: newOutTradeNo({ next: () => request.subject }) };
      return { status: 201, body: merchantOrderJson(await create.execute(wish, mark)) };
    }),
  );
}

/** `GET /v1/merchant/orders/{out_trade_no}` */
export function readOrder(find: FindOrder): Handler {
  return withoutBody(async (ctx) => {
    ctx.body = merchantOrderJson(await find.execute(numberOf(ctx)));
  });
}

const listQuery = z.strictObject({
  state: z.enum(ORDER_STATES).optional(),
  limit: limit({ most: 200, usual: 50 }),
  cursor: z.string().transform(readOrderCursor).optional().describe('The `next_cursor` of the page before.'),
});

/** `GET /v1/merchant/orders?state=&limit=&cursor=` -> `{orders, next_cursor}`, newest first. */
export function listOrders(list: ListOrders): Handler {
  return withQuery(listQuery, async (ctx, { state, limit: most, cursor: after }) => {
    const { orders, last } = await list.execute({ state, limit: most, after });
    ctx.body = { orders: orders.map(merchantOrderJson), next_cursor: last ? orderCursor(last) : null };
  });
}

/** `POST /v1/merchant/orders/{out_trade_no}/close` -> order. */
export const closeOrder = (find: FindOrder, close: CloseOrder, once: AnswerOnce): Handler =>
  changeOrder(find, close, once);

/** `POST /v1/merchant/orders/{out_trade_no}/sync` -> order. */
export const syncOrder = (find: FindOrder, sync: SyncOrder, once: AnswerOnce): Handler => changeOrder(find, sync, once);

function changeOrder(find: FindOrder, change: { execute(order: Order): Promise<Order> }, once: AnswerOnce): Handler {
  return withoutBody((ctx) =>
    answeredOnce(once, ctx, null, async () => {
      const order = await change.execute(await find.execute(numberOf(ctx)));
      return { status: 200, body: merchantOrderJson(order) };
    }),
  );
}

const numberOf = (ctx: Context): string => String(ctx.params.out_trade_no);
