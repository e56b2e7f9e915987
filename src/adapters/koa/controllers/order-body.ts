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
    description: text(128),
    amount: z.strictObject({ total: fenAmount, currency: z.literal('CNY').default('CNY') }),
    out_trade_no: outTradeNo.nullish(),
    payer: payer.nullish(),
    attach: text(127).nullish(),
    time_expire: time.nullish(),
    metadata: metadata.nullish(),
  })
  .transform((body): OrderWish => ({
    description: body.description,
    amount: body.amount,
    outTradeNo: body.out_trade_no ?? undefined,
    payer: body.payer ?? undefined,
    attach: body.attach ?? undefined,
    timeExpire: body.time_expire ?? undefined,
    metadata: body.metadata ?? undefined,
  }));
