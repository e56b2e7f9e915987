import { z } from 'zod';
import type { OrderWish } from '../../../application/create-order.ts';
import type { AccountId, OpenId } from '../../../domain/account/account.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../../../domain/order/out-trade-no.ts';
import { fenAmount, text } from './money-body.ts';

const payer = z.union(
  [
    z.strictObject({ user_id: z.string().regex(/^[0-9A-Za-z-]{1,64}$/) }).transform(({ user_id }) => ({
      accountId: user_id as AccountId,
    })),
    z.strictObject({ openid: z.string().regex(/^[0-9A-Za-z_-]{1,128}$/) }).transform(({ openid }) => ({
      openid: openid as OpenId,
    })),
  ],
  { error: 'Either {user_id} or {openid}.' },
);

const metadata = z
  .record(
    text(64),
    z
      .string()
      .max(1_024)
      .refine((value) => value.isWellFormed() && !value.includes('\0')),
  )
  .refine((notes) => Object.keys(notes).length <= 50, 'At most 50 notes.');

const outTradeNo = z
  .string()
  .regex(OUT_TRADE_NO_SHAPE, '6 to 32 letters, digits and _-|*@.')
  .transform((number) => number as OutTradeNo);

const time = z.iso
  .datetime({ offset: true, error: 'A time of RFC 3339, like 2026-11-22T18:30:00+08:00.' })
  .transform((written) => new Date(written));

/** `{description, amount: {total, currency?}, out_trade_no?, payer?, attach?, time_expire?, metadata?}` */
export const orderBody = z
  .strictObject({
    description: text(128).describe('What the payer reads, at most 128 bytes, in the form 商户-商品.'),
    amount: z.strictObject({ total: fenAmount.describe('In fen.'), currency: z.literal('CNY').default('CNY') }),
    out_trade_no: outTradeNo.nullish().describe('Your number of it (商户订单号); without one we make it up.'),
    payer: payer.nullish().describe('Who may see and pay it; without, the first who pays.'),
    attach: text(127).nullish().describe('Your own text, at most 127 bytes, which WeChat and the payer see.'),
    time_expire: time.nullish().describe('More than a minute and at most seven days ahead; 2 hours unless given.'),
    metadata: metadata.nullish().describe('At most 50 notes of your own, which nobody else sees.'),
  })
  .transform((body): OrderWish => ({
    description: body.description,
    amount: body.amount,
    outTradeNo: body.out_trade_no ?? undefined,
    payer: body.payer ?? undefined,
    attach: body.attach ?? undefined,
    timeExpire: body.time_expire ?? undefined,
    metadata: body.metadata ?? undefined,
  }))
  .meta({ id: 'OrderWish' });
