import { constants, type KeyObject, sign, verify } from 'node:crypto';
import { strictBase64 } from './base64.ts';

export interface V3Request {
  readonly method: string;
  /** The path with its query, byte for byte as it is sent. */
  readonly url: string;
  /** Unix seconds. */
  readonly timestamp: string;
  readonly nonce: string;
  /** What is sent, empty where nothing is; of an upload, its `meta` alone. */
  readonly body: string;
}

/** What a merchant signs of a request (签名串). https://pay.weixin.qq.com/doc/v3/merchant/4012365336 */
export const v3RequestMessage = ({ method, url, timestamp, nonce, body }: V3Request): string =>
  `${method}\n${url}\n${timestamp}\n${nonce}\n${body}\n`;

/** What WeChat signs of an answer or a notice (验签名串): the bytes of the body as they came, none of a 204. */
export const v3AnswerMessage = (timestamp: string, nonce: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);

/** In base64. */
export const signV3 = (message: string, key: KeyObject): string =>
  sign(HASH, Buffer.from(message), { key, padding: PADDING }).toString('base64');

/** Never throws: whatever is no signature of RSA under this very key is none. */
export function isSignedV3(message: Uint8Array, signature: string, key: KeyObject): boolean {
  const bytes = strictBase64(signature);
  // A key of another kind would bring its own algorithm with it.
  if (!bytes || key.asymmetricKeyType !== 'rsa') return false;
  return verify(HASH, message, { key, padding: PADDING }, bytes);
}

export interface V3Authorization {
  readonly mchid: string;
  readonly nonce: string;
  /** In base64. */
  readonly signature: string;
  readonly timestamp: string;
  /** Of the merchant's certificate, in upper-case hex. */
  readonly serialNumber: string;
}

/** The value of `Authorization`. */
export const authorizationV3 = ({ mchid, nonce, signature, timestamp, serialNumber }: V3Authorization): string =>
  `${SCHEME} mchid="${mchid}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${serialNumber}"`;

/** The inverse: undefined unless each of the five is there once, in whatever order, and nothing else. */
export function readAuthorizationV3(header: string): V3Authorization | undefined {
  const attributes = header.startsWith(`${SCHEME} `) ? header.slice(SCHEME.length + 1).split(',') : [];
  if (attributes.length !== 5) return undefined;
  const { mchid, nonce_str: nonce, signature, timestamp, serial_no: serialNumber } = valuesOf(attributes);
  if (!mchid || !nonce || !signature || !timestamp || !serialNumber) return undefined;
  return { mchid, nonce, signature, timestamp, serialNumber };
}

/** The algorithm is ours: no message has a say in it. */
export const SCHEME = 'WECHATPAY2-SHA256-RSA2048';
const HASH = 'sha256';
const PADDING = constants.RSA_PKCS1_PADDING;
const ATTRIBUTE = /^([a-z_]+)="([\x21\x23-\x7e]+)"$/;

const valuesOf = (attributes: readonly string[]): Partial<Record<string, string>> =>
  Object.fromEntries(
    attributes.map((attribute) => {
      const [, name = '', value = ''] = ATTRIBUTE.exec(attribute) ?? [];
      return [name, value];
    }),
  );
