import { z } from 'zod';
import type { OrderWish } from '../../../application/create-order.ts';
import type { AccountId, OpenId } from '../../../domain/account/account.ts';
import { fen, MOST_FEN } from '../../../domain/order/fen.ts';
import { OUT_TRADE_NO_SHAPE, type OutTradeNo } from '../../../domain/order/out-trade-no.ts';

/** Text that every storage, every wire and every receipt can carry, of at most so many bytes of UTF-8. */
const text = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine((value) => new TextEncoder().encode(value).length <= bytes, `At most ${bytes} bytes of UTF-8.`)
    .refine((value) => value.isWellFormed() && !/[\p{Cc}\uFFFE\uFFFF]/u.test(value), 'No control characters.');

const total = z
  .int('A whole number of fen.')
  .min(1, 'At least 1 fen.')
  .max(MOST_FEN, 'At most 1,000,000,000 fen.')
  .transform(fen);

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
    amount: z.strictObject({ total, currency: z.literal('CNY').default('CNY') }),
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
