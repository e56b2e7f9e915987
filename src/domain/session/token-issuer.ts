import type { Brand } from '../brand.ts';

/** What is stored of a token: enough to recognise it, useless to who steals it (SHA-256, hex). */
export type TokenDigest = Brand<string, 'TokenDigest'>;

export interface IssuedToken {
  /** Goes to the client, once, and is kept nowhere. */
  readonly token: string;
  readonly digest: TokenDigest;
}

/** Makes the tokens that clients carry, and tells a token from a typing error without a look-up. */
export interface TokenIssuer {
  /** Never issues the same token twice. */
  issue(): IssuedToken;

  /**
   * Answers the digest that the token was issued with.
   * Answers undefined for a token with any one character changed, left out or added.
   * Answers undefined for a text that was never a token.
   */
  recognise(token: string): TokenDigest | undefined;
}
