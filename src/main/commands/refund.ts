import { isFen, fen } from '../../domain/order/fen.ts';
import type { RefundOrderWish } from '../../application/refund-order.ts';
import type { Order } from '../../domain/order/order.ts';
import { OUT_REFUND_NO_SHAPE, type OutRefundNo, type Refund } from '../../domain/order/refund.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { EXIT, inHouse, WrongUse } from './house.ts';
import { refundText } from './order-text.ts';

/** The same number for the same amount is the same refund, asked for again. */
function known(order: Order, { amount, outRefundNo }: RefundOrderWish): Refund | undefined {
  const refunds = order.state === 'paid' ? order.refunds : [];
  return refunds.find((refund) => refund.id === outRefundNo && refund.amount === amount);
}

/** `wexagon refund <out_trade_no> <fen> [--number out_refund_no] [--reason text]` */
await inHouse(
  async ({ container }) => {
    const options = { number: { type: 'string' }, reason: { type: 'string' } } as const;
    const { positionals, values } = readArguments(1, ['<out_trade_no>', '<fen>'], options);
    const [number, amount] = positionals;
    if (!/^\d{1,10}$/.test(amount ?? '') || !isFen(Number(amount)))
      throw new WrongUse('The amount is a whole number of fen: 1800 for ¥18.00.');
    if (values.number !== undefined && !OUT_REFUND_NO_SHAPE.test(values.number))
      throw new WrongUse('--number is 1 to 64 letters, digits and _-|*@.');
    const order = await resolve(container, T.findOrder).execute(number);
    const wish = {
      amount: fen(Number(amount)),
      reason: values.reason,
      outRefundNo: values.number as OutRefundNo | undefined,
    };
    const refund = known(order, wish) ?? (await resolve(container, T.refundOrder).execute(order, wish));
    console.log(refundText(refund));
    return refund.state === 'closed' || refund.state === 'abnormal' ? EXIT.notDone : EXIT.done;
  },
  { asksWechat: true },
);
