import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type V2SignType = 'MD5' | 'HMAC-SHA256';
export type V2Fields = ReadonlyMap<string, string>;

/**
 * The signature of a v2 message, in upper-case hex: over every field that is not empty, known to us or not.
 * https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=4_3
 */
export function signV2(fields: V2Fields, key: string, signType: V2SignType): string {
  const text = `${stringToSign(fields)}&key=${key}`;
  const hash = signType === 'MD5' ? createHash('md5') : createHmac('sha256', key);
  return hash.update(text).digest('hex').toUpperCase();
}

/** The algorithm is the caller's: neither the message's `sign_type` nor the length of its `sign` has a say. */
export function isSignedV2(fields: V2Fields, key: string, signType: V2SignType): boolean {
  const sign = fields.get('sign');
  return sign !== undefined && timingSafeEqual(sha256(sign), sha256(signV2(fields, key, signType)));
}

/** WeChat's stringA: names in ASCII order, values as they are, `"0"` among them. */
export const stringToSign = (fields: V2Fields): string =>
  [...fields]
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** Digests are of one length, which the comparison insists on. */
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
