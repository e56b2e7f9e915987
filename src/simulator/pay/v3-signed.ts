import { type KeyObject, randomBytes, sign } from 'node:crypto';
import { SCHEME, signV3, v3AnswerMessage } from '../../adapters/wechat/protocol/v3-signature.ts';
import { rsaKey } from '../rsa-keys.ts';
import type { Signer } from './v3-platform.ts';

export interface SignedOtherwise {
  /** `another-key` says that it is the right one. */
  readonly by?: 'right' | 'another-key' | 'weaker-hash' | 'probe';
  /** Seconds. */
  readonly timeOff?: number;
  /** Whose key it says that it is. */
  readonly serial?: string | undefined;
}

/** What WeChat signs a body with, in headers. */
export function signedHeaders(
  body: string,
  { serial, key }: Signer,
  { by = 'right', timeOff = 0, serial: said = serial }: SignedOtherwise = {},
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000) + timeOff);
  const nonce = randomBytes(16).toString('hex');
  const message = v3AnswerMessage(timestamp, nonce, Buffer.from(body)).toString();
  return {
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Signature': SIGNATURES[by](message, key),
    'Wechatpay-Serial': said,
    'Wechatpay-Signature-Type': by === 'weaker-hash' ? 'WECHATPAY2-SHA1-RSA2048' : SCHEME,
  };
}

/** A key that nobody was told of. */
export const strangersKey = (): KeyObject => rsaKey('stranger');

const SIGNATURES: Record<NonNullable<SignedOtherwise['by']>, (message: string, key: KeyObject) => string> = {
  right: signV3,
  'another-key': (message) => signV3(message, strangersKey()),
  'weaker-hash': (message, key) => sign('sha1', Buffer.from(message), key).toString('base64'),
  probe: () => `WECHATPAY/SIGNTEST/${randomBytes(241).toString('base64')}`,
};
