import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * The signature of `rawData`: SHA-1 over it and the session key as base64 text, in lower-case hex.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
export const signRawData = (rawData: string, sessionKey: string): string =>
  createHash('sha1').update(rawData).update(sessionKey).digest('hex');

export function isSignedRawData(rawData: string, signature: string, sessionKey: string): boolean {
  return timingSafeEqual(sha256(signRawData(rawData, sessionKey)), sha256(signature));
}

/** Digests are of one length, which the comparison insists on. */
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
