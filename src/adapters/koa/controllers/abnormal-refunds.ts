import { z } from 'zod';
import type { AnswerOnce } from '../../../application/answer-once.ts';
import type { FindOrder } from '../../../application/find-order.ts';
import type { SendAbnormalRefund } from '../../../application/send-abnormal-refund.ts';
import type { AbnormalRefundWish } from '../../../domain/order/payment-gateway.ts';
import { outRefundNo } from '../../../domain/order/refund.ts';
import { answeredOnce } from '../answered-once.ts';
import type { Handler } from '../context.ts';
import { withJson } from '../json-body.ts';
import { text } from './money-body.ts';
import { refundJson } from './refund-json.ts';

/** Sealed for WeChat before they leave; two hundred bytes are what the seal can hold. */
const sealedText = text(200);

const abnormalBody = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('MERCHANT_BANK_CARD') }).describe("To the merchant's own card."),
    z
      .strictObject({
        type: z.literal('USER_BANK_CARD'),
        bank_type: z.string().regex(/^[0-9A-Z_]{1,32}$/, 'A code of WeChat Pay, like ICBC_DEBIT.'),
        bank_account: sealedText,
        real_name: sealedText,
      })
      .transform(
        ({ type, bank_type: bankType, bank_account: bankAccount, real_name: realName }): AbnormalRefundWish => ({
          type,
          bankType,
          bankAccount,
          realName,
        }),
      ),
  ])
  .meta({ id: 'AbnormalRefundWish', description: 'Where the money of an abnormal refund goes instead.' });

interface Needs {
  readonly sendAbnormalRefund: SendAbnormalRefund;
  readonly answerOnce: AnswerOnce;
}

/** `POST /v1/merchant/orders/{out_trade_no}/refunds/{out_refund_no}/abnormal`: `{type, …}` -> refund. */
export function sendAbnormalRefund(find: FindOrder, { sendAbnormalRefund: send, answerOnce }: Needs): Handler {
  return withJson(abnormalBody, (ctx, wish) =>
    // A key is compared by the kind of card alone: not even a digest of somebody's account is kept.
    answeredOnce(answerOnce, ctx, { type: wish.type }, async () => {
      const order = await find.execute(String(ctx.params.out_trade_no));
      const id = outRefundNo(String(ctx.params.out_refund_no));
      return { status: 200, body: refundJson(await send.execute(order, id, wish)) };
    }),
  );
}
