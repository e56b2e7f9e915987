import { SCHEME } from './v3-signature.ts';

/** What WeChat signs an answer or a notice with, apart from the body. */
export interface V3Headers {
  /** Unix seconds. */
  readonly timestamp: string;
  readonly nonce: string;
  readonly signature: string;
  /** Of the certificate, or the id of the public key, that it takes to verify the signature. */
  readonly serial: string;
}

/** Undefined unless each is there exactly once, and in its shape. Takes the headers as they came, repeated ones repeated. */
export function readV3Headers(headers: readonly (readonly [string, string])[]): V3Headers | undefined {
  const only = (wanted: string, shape: RegExp): string | undefined => {
    const values = headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
    return values.length === 1 && shape.test(values[0]!) ? values[0] : undefined;
  };
  const timestamp = only('wechatpay-timestamp', TIMESTAMP);
  const nonce = only('wechatpay-nonce', WORD);
  const signature = only('wechatpay-signature', WORD);
  const serial = only('wechatpay-serial', WORD);
  if (!timestamp || !nonce || !signature || !serial || !namesOurAlgorithm(headers)) return undefined;
  return { timestamp, nonce, signature, serial };
}

/** WeChat sends wrong signatures on purpose, to see whether anybody looks (签名探测流量). They are wrong all the same. */
export const isProbe = (signature: string): boolean => signature.startsWith('WECHATPAY/SIGNTEST/');

/** Of the last five minutes by our own clock, or of the next. */
export const isFresh = (timestamp: string, now: Date): boolean =>
  TIMESTAMP.test(timestamp) && Math.abs(now.getTime() - Number(timestamp) * 1_000) <= WINDOW;

const WINDOW = 300_000;
const TIMESTAMP = /^[1-9]\d{9}$/;
/** Neither a blank nor a line's end, with which one line of what is signed could be taken for two. */
const WORD = /^[\x21-\x7e]+$/;

/** A message need not name one, but it may not name another. */
const namesOurAlgorithm = (headers: readonly (readonly [string, string])[]): boolean =>
  headers.every(([name, value]) => name.toLowerCase() !== 'wechatpay-signature-type' || value === SCHEME);
