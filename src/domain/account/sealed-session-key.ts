/** A session key as it is stored: unreadable without the key ring. */
export interface SealedSessionKey {
  /** Which key of the ring sealed it. */
  readonly keyId: string;
  /** The sealed bytes, base64. */
  readonly box: string;
}
