import type { Secret } from '../secret.ts';
import type { AppId, OpenId } from './account.ts';
import type { SealedSessionKey } from './sealed-session-key.ts';

/** Whose session key it is. A key sealed for one owner cannot be opened for another. */
export interface SessionKeyOwner {
  readonly appid: AppId;
  readonly openid: OpenId;
}

/** Thrown when a sealed key cannot be opened: forged, damaged, swapped, or sealed under a key we do not have. */
export class CannotUnseal extends Error {
  override readonly name = 'CannotUnseal';
}

/** Seals WeChat's session keys before they are stored (AES-256-GCM). */
export interface SessionKeyVault {
  /** The key that seals from now on: the first of the ring. */
  readonly currentKeyId: string;

  knows(keyId: string): boolean;

  /**
   * Seals under the current key.
   * Never seals the same key to the same bytes twice.
   */
  seal(sessionKey: Secret, owner: SessionKeyOwner): SealedSessionKey;

  /**
   * Opens what any key of the ring has sealed.
   * Throws CannotUnseal for another owner.
   * Throws CannotUnseal when a single byte was changed.
   * Throws CannotUnseal when the key is not in the ring.
   */
  unseal(sealed: SealedSessionKey, owner: SessionKeyOwner): Secret;
}
