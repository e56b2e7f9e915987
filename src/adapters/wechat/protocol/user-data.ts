import { createCipheriv, createDecipheriv } from 'node:crypto';
import { strictBase64 } from './base64.ts';

/** The data is not what WeChat would have sealed with this key: which part of it fails is for the log alone. */
export class UnreadableUserData extends Error {
  override readonly name = 'UnreadableUserData';
}

export interface SealedUserData {
  /** Base64. */
  readonly encryptedData: string;
  /** Base64 of 16 bytes. */
  readonly iv: string;
}

const CIPHER = 'aes-128-cbc';
const BLOCK = 16;

/**
 * Opens what `wx.getUserInfo` and its kin seal (AES-128-CBC, PKCS#7). `sessionKey` is base64 of 16 bytes.
 * CBC proves nothing by itself, so everything that can be checked is: base64, lengths, padding, UTF-8, a JSON object.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
export function decryptUserData({ encryptedData, iv }: SealedUserData, sessionKey: string): Record<string, unknown> {
  const key = bytes(sessionKey, 'session key', (length) => length === BLOCK);
  const start = bytes(iv, 'iv', (length) => length === BLOCK);
  const sealed = bytes(encryptedData, 'encrypted data', (length) => length > 0 && length % BLOCK === 0);
  return jsonObject(utf8(decipher(sealed, key, start)));
}

/** What WeChat does on its side; the counterpart for a simulator and for tests. */
export function encryptUserData(plaintext: string | Uint8Array, sessionKey: string, iv: string): string {
  const cipher = createCipheriv(CIPHER, Buffer.from(sessionKey, 'base64'), Buffer.from(iv, 'base64'));
  const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext;
  return Buffer.concat([cipher.update(bytes), cipher.final()]).toString('base64');
}

function bytes(text: string, what: string, fits: (length: number) => boolean): Buffer {
  const decoded = strictBase64(text);
  if (!decoded || !fits(decoded.length)) throw new UnreadableUserData(`${what}: not base64 of the right length`);
  return decoded;
}

function decipher(sealed: Buffer, key: Buffer, iv: Buffer): Buffer {
  const cipher = createDecipheriv(CIPHER, key, iv);
  try {
    return Buffer.concat([cipher.update(sealed), cipher.final()]);
  } catch {
    throw new UnreadableUserData('padding');
  }
}

function utf8(plain: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain);
  } catch {
    throw new UnreadableUserData('UTF-8');
  }
}

/** The parser's own message would quote the plaintext, so it is not passed on. */
function jsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableUserData('JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableUserData('JSON object');
  return value as Record<string, unknown>;
}
