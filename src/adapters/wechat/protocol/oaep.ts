import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { strictBase64 } from './base64.ts';

/** Not what WeChat would have sealed with this key; why not is nobody's business. */
export class UnreadableOaep extends Error {
  override readonly name = 'UnreadableOaep';
}

/**
 * Seals a sensitive field (敏感信息加密) with RSA-OAEP, SHA-1 at both of its places, and answers base64.
 * A key of 2048 bits takes 214 bytes; throws RangeError for a text of more.
 */
export function sealOaep(text: string, key: KeyObject): string {
  const bytes = Buffer.from(text);
  if (bytes.length > room(key)) throw new RangeError(`a text of more than ${room(key)} bytes`);
  return publicEncrypt({ key, ...OAEP }, bytes).toString('base64');
}

/** The inverse. Throws UnreadableOaep for what was not sealed with this key's other half. */
export function openOaep(base64: string, key: KeyObject): string {
  const sealed = strictBase64(base64);
  if (!sealed) throw new UnreadableOaep('not base64');
  try {
    return UTF8.decode(privateDecrypt({ key, ...OAEP }, sealed));
  } catch {
    throw new UnreadableOaep('not sealed with this key');
  }
}

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
/** Two hashes and two bytes of every block are the padding's. */
const PADDING = 2 * 20 + 2;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const room = ({ asymmetricKeyDetails }: KeyObject): number => (asymmetricKeyDetails?.modulusLength ?? 0) / 8 - PADDING;
