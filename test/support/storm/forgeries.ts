import { type Letter, isV3, signedNow } from './courier.ts';

/*
 * Notices that WeChat never wrote.
 */

/** What a stranger makes of a notice that they have seen; undefined where nobody signs such notices. */
export function forged(letter: Letter): Letter | undefined {
  if (isV3(letter.path)) return { ...letter, headers: (body) => probing(signedNow(body)) };
  if (letter.isAboutRefund) return undefined;
  const body = letter.body.toString().replace(/(<sign>(?:<!\[CDATA\[)?).{8}/, '$1FFFFFFFF');
  return { ...letter, body: Buffer.from(body) };
}

/** 签名探测流量: WeChat itself tries whether anybody looks. */
const probing = (headers: Record<string, string>): Record<string, string> => ({
  ...headers,
  'wechatpay-signature': `WECHATPAY/SIGNTEST/${headers['wechatpay-signature']}`,
});
