const FEN = /^(?:0|[1-9]\d{0,9})$/;

/** An amount as v2 writes it: whole fen in plain digits, without sign, blanks or leading zeros. */
export const readFen = (text: string | undefined): number | undefined =>
  text !== undefined && FEN.test(text) ? Number(text) : undefined;
