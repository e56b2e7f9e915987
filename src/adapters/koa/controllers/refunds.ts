import { z } from 'zod';
import type { AnswerOnce } from '../../../application/answer-once.ts';
import type { FindOrder } from '../../../application/find-order.ts';
import { refundOf, type RefundOrder } from '../../../application/refund-order.ts';
import { newOutRefundNo, OUT_REFUND_NO_SHAPE, outRefundNo, type OutRefundNo } from '../../../domain/order/refund.ts';
import { answeredOnce } from '../answered-once.ts';
import type { Context, Handler } from '../context.ts';
import { withJson, withoutBody } from '../json-body.ts';
import { fenAmount, text } from './money-body.ts';
import { refundJson } from './refund-json.ts';

const refundBody = z
  .strictObject({
    amount: fenAmount.describe('In fen.'),
    reason: text(80).nullish().describe('For the payer to read, at most 80 bytes.'),
    out_refund_no: z
      .string()
      .regex(OUT_REFUND_NO_SHAPE, '1 to 64 letters, digits and _-|*@.')
      .transform((number) => number as OutRefundNo)
      .nullish()
      .describe('Your number of it (商户退款单号); without one we make it up.'),
  })
  .transform(({ amount, reason, out_refund_no }) => ({
    amount,
    reason: reason ?? undefined,
    outRefundNo: out_refund_no ?? undefined,
  }))
  .meta({ id: 'RefundWish' });

/** `POST /v1/merchant/orders/{out_trade_no}/refunds`: `{amount, reason?, out_refund_no?}` -> 201 refund. */
export function refundOrder(find: FindOrder, refund: RefundOrder, once: AnswerOnce): Handler {
  return withJson(refundBody, (ctx, wish) =>
    answeredOnce(once, ctx, wish, async (request) => {
      const order = await find.execute(numberOf(ctx));
      const mark = request && { id: request.id, outRefundNo: newOutRefundNo({ next: () => request.subject }) };
      return { status: 201, body: refundJson(await refund.execute(order, wish, mark)) };
    }),
  );
}

/** `GET /v1/merchant/orders/{out_trade_no}/refunds/{out_refund_no}` */
export function readRefund(find: FindOrder): Handler {
  return withoutBody(async (ctx) => {
    const id = outRefundNo(String(ctx.params.out_refund_no));
    ctx.body = refundJson(refundOf(await find.execute(numberOf(ctx)), id));
  });
}

const numberOf = (ctx: Context): string => String(ctx.params.out_trade_no);
