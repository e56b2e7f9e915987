import { isFen, fen } from '../../domain/order/fen.ts';
import { refundOf, type RefundOrderWish } from '../../application/refund-order.ts';
import type { Order } from '../../domain/order/order.ts';
import { OUT_REFUND_NO_SHAPE, type OutRefundNo, type Refund } from '../../domain/order/refund.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { EXIT, inHouse, WrongUse } from './house.ts';
import { refundText } from './order-text.ts';

function readWish(): RefundOrderWish & { readonly number: string } {
  const options = { number: { type: 'string' }, reason: { type: 'string' } } as const;
  const { positionals, values } = readArguments(1, ['<out_trade_no>', '<fen>'], options);
  const [number, amount] = positionals;
  if (!/^\d{1,10}$/.test(amount ?? '') || !isFen(Number(amount)))
    throw new WrongUse('The amount is a whole number of fen: 1800 for ¥18.00.');
  if (values.number !== undefined && !OUT_REFUND_NO_SHAPE.test(values.number))
    throw new WrongUse('--number is 1 to 64 letters, digits and _-|*@.');
  const outRefundNo = values.number as OutRefundNo | undefined;
  return { number, amount: fen(Number(amount)), reason: values.reason, outRefundNo };
}

/** The same number for the same amount is the same refund, asked for again. */
function known(order: Order, { amount, outRefundNo }: RefundOrderWish): Refund | undefined {
  const refunds = order.state === 'paid' ? order.refunds : [];
  return refunds.find((refund) => refund.id === outRefundNo && refund.amount === amount);
}

/** `wexagon refund <out_trade_no> <fen> [--number out_refund_no] [--reason text]` */
await inHouse(
  readWish,
  async ({ number, ...wish }, { container }) => {
    const [find, refund] = [resolve(container, T.findOrder), resolve(container, T.refundOrder)];
    const order = await find.execute(number);
    const { id } = known(order, wish) ?? (await refund.execute(order, wish));
    const written = await find.execute(number);
    const { state } = refundOf(written, id);
    console.log(refundText(written, refundOf(written, id)));
    return state === 'closed' || state === 'abnormal' ? EXIT.notDone : EXIT.done;
  },
  { asksWechat: true },
);
