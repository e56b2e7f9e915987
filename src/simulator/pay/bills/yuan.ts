/** Fen as bills write them: `-0.02`. */
export const yuan = (fen: number): string => `${fen < 0 ? '-' : ''}${digits(Math.abs(fen))}`;

/** Fees have five decimals, though they are whole fen. */
export const yuanOfFee = (fen: number): string => `${yuan(fen)}000`;

const digits = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;

/** The merchant's rate of 0.6%, to the fen. */
export const RATE = '0.60%';
export const feeOn = (fen: number): number => Math.round((fen * 6) / 1_000);
