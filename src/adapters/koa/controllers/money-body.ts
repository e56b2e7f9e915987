import { z } from 'zod';
import { fen, MOST_FEN } from '../../../domain/order/fen.ts';

/** Text that every storage, every wire and every receipt can carry, of at most so many bytes of UTF-8. */
export const text = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine((value) => new TextEncoder().encode(value).length <= bytes, `At most ${bytes} bytes of UTF-8.`)
    .refine((value) => value.isWellFormed() && !/[\p{Cc}\uFFFE\uFFFF]/u.test(value), 'No control characters.');

/** An amount of money in fen. */
export const fenAmount = z
  .int('A whole number of fen.')
  .min(1, 'At least 1 fen.')
  .max(MOST_FEN, 'At most 1,000,000,000 fen.')
  .transform(fen);
