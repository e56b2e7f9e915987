import type { Brand } from '../brand.ts';

/** A whole amount of money in fen (分), 1 to 1,000,000,000: nobody who holds one asks again. */
export type Fen = Brand<number, 'Fen'>;

export const MOST_FEN = 1_000_000_000;

export const isFen = (value: number): value is Fen => Number.isInteger(value) && value >= 1 && value <= MOST_FEN;

/** For amounts that were checked at the door. */
export function fen(value: number): Fen {
  if (!isFen(value)) throw new RangeError('an amount is a whole number of fen from 1 to 1,000,000,000');
  return value;
}
