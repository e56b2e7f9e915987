import { createPrivateKey } from 'node:crypto';
import { MERCHANT_CERTIFICATE } from '../v3-merchant.ts';
import { isV3, type Letter, signedNow } from './courier.ts';

/*
 * Notices that WeChat never wrote.
 */

/** What a stranger makes of a notice that they have seen; undefined where nobody signs such notices. */
export function forged(letter: Letter, isProbe: boolean): Letter | undefined {
  if (isV3(letter.path)) return { ...letter, headers: isProbe ? probing : signedByStranger };
  if (letter.isAboutRefund) return undefined;
  const body = letter.body.toString().replace(/(<sign>(?:<!\[CDATA\[)?).{8}/, '$1FFFFFFFF');
  return { ...letter, body: Buffer.from(body) };
}

/** 签名探测流量: WeChat itself tries whether anybody looks. */
function probing(body: Buffer): Record<string, string> {
  const headers = signedNow(body);
  return { ...headers, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${headers['wechatpay-signature']}` };
}

/** Anybody's key that is not WeChat's. */
const STRANGER = createPrivateKey(MERCHANT_CERTIFICATE.key.reveal());

const signedByStranger = (body: Buffer): Record<string, string> => signedNow(body, STRANGER);
