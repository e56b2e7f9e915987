import { z } from 'zod';
import type { Order } from '../../../domain/order/order.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../../../domain/order/out-trade-no.ts';

type Place = Pick<Order, 'createdAt' | 'id'>;

/** Where a page ended, for the next one to go on: opaque to whoever carries it. */
export const orderCursor = ({ createdAt, id }: Place): string =>
  Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');

export function readOrderCursor(cursor: string, context: z.RefinementCtx): Place {
  const [, time = '', id = ''] = /^(\d{1,15})\.(.*)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (OUT_TRADE_NO_SHAPE.test(id)) return { createdAt: new Date(Number(time)), id: id as OutTradeNo };
  context.addIssue({ code: 'custom', message: 'A next_cursor, to the letter.' });
  return z.NEVER;
}
