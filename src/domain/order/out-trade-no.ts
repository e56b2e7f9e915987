import type { Brand } from '../brand.ts';
import type { IdSource } from '../id-source.ts';
import { OrderNotFound } from './order-refusals.ts';

/** The merchant's number of an order (商户订单号). It never changes, whatever has to be repeated. */
export type OutTradeNo = Brand<string, 'OutTradeNo'>;

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791856 */
export const OUT_TRADE_NO_SHAPE = /^[0-9A-Za-z_\-|*@]{6,32}$/;

/** Checks the shape, so that what cannot be a number is never looked for. */
export function outTradeNo(text: string): OutTradeNo {
  if (!OUT_TRADE_NO_SHAPE.test(text)) throw new OrderNotFound();
  return text as OutTradeNo;
}

/** A number of our own making: nobody can guess it from another. */
export const newOutTradeNo = (ids: IdSource): OutTradeNo => outTradeNo(ids.next().replaceAll('-', '').slice(0, 32));
