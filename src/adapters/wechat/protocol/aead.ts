import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto';
import { strictBase64 } from './base64.ts';

/** Something sealed with the APIv3 key (AEAD_AES_256_GCM), under WeChat's own names. */
export interface SealedV3 {
  readonly nonce: string;
  /** Not sealed, but nobody can change it. */
  readonly associated_data?: string | undefined;
  /** Base64 of what is sealed, and of a tag of 16 bytes behind it. */
  readonly ciphertext: string;
}

/** Not what WeChat would have sealed with this key; why not is nobody's business. */
export class UnreadableAead extends Error {
  override readonly name = 'UnreadableAead';
}

interface AeadOptions {
  /** Another than WeChat's is for what is published with shorter keys. */
  readonly cipher?: CipherGCMTypes;
}

/** Answers the bytes once all of them are proven, and throws UnreadableAead for whatever is not. */
export function openAead(
  key: string,
  { nonce, associated_data = '', ciphertext }: SealedV3,
  { cipher = CIPHER }: AeadOptions = {},
): Buffer {
  const sealed = strictBase64(ciphertext);
  if (!sealed) throw new UnreadableAead('not base64');
  try {
    const decipher = createDecipheriv(cipher, key, nonce, WHOLE_TAG);
    decipher.setAAD(Buffer.from(associated_data)).setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  } catch {
    throw new UnreadableAead('not sealed with this key');
  }
}

/** The inverse, as WeChat does it. */
export function sealAead(
  key: string,
  text: string,
  { nonce, associated_data = '' }: Omit<SealedV3, 'ciphertext'>,
): Required<SealedV3> {
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(Buffer.from(associated_data));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { nonce, associated_data, ciphertext: sealed.toString('base64') };
}

/** Takes keys of 32 bytes and no other. */
const CIPHER = 'aes-256-gcm';
const TAG = 16;
/** Without it, a tag of four bytes would do. */
const WHOLE_TAG = { authTagLength: TAG };
