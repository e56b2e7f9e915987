import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import type { SealedSessionKey } from '../../domain/account/sealed-session-key.ts';
import { CannotUnseal, type SessionKeyOwner, type SessionKeyVault } from '../../domain/account/session-key-vault.ts';
import { Secret } from '../../domain/secret.ts';

export interface RingKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: KeyObject;
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/**
 * Seals with AES-256-GCM under the first key of the ring and opens under any of them.
 * A box is: one byte of format, 12 of nonce, the ciphertext, 16 of tag. The owner is bound as
 * additional data, so that a box copied onto another user's row does not open.
 */
export class KeyRingVault implements SessionKeyVault {
  readonly currentKeyId: string;
  readonly #current: RingKey;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  constructor(ring: readonly [RingKey, ...RingKey[]]) {
    this.#current = ring[0];
    this.currentKeyId = ring[0].id;
    this.#keys = new Map(ring.map(({ id, key }) => [id, key]));
  }

  knows(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  seal(sessionKey: Secret, owner: SessionKeyOwner): SealedSessionKey {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#current.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(owner));
    const sealed = Buffer.concat([cipher.update(sessionKey.reveal(), 'utf8'), cipher.final()]);
    const box = Buffer.concat([Buffer.of(FORMAT), nonce, sealed, cipher.getAuthTag()]).toString('base64');
    return { keyId: this.currentKeyId, box };
  }

  unseal({ keyId, box }: SealedSessionKey, owner: SessionKeyOwner): Secret {
    const key = this.#keys.get(keyId);
    if (!key) throw new CannotUnseal(`no key ${keyId} in the ring`);
    const bytes = Buffer.from(box, 'base64');
    if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== FORMAT) throw new CannotUnseal('not a sealed key');
    try {
      return new Secret(open(bytes.subarray(1), key, owner));
    } catch (cause) {
      throw new CannotUnseal('sealed for another owner, or damaged', { cause });
    }
  }
}

function open(bytes: Buffer, key: KeyObject, owner: SessionKeyOwner): string {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  // Without authTagLength Node would be content with a tag of four bytes.
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(owner));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([opened, decipher.final()]).toString('utf8');
}

const boundTo = ({ appid, openid }: SessionKeyOwner): Buffer =>
  Buffer.from(JSON.stringify(['accounts', 'session_key', appid, openid]));
