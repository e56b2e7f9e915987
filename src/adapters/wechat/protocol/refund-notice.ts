import { createDecipheriv, createHash } from 'node:crypto';
import { strictBase64 } from './base64.ts';
import { readFlatXml } from './flat-xml.ts';
import type { V2Fields } from './v2-signature.ts';

/** Not what WeChat would have sealed with this key: which part of it fails is for the log alone. */
export class UnreadableRefundNotice extends Error {
  override readonly name = 'UnreadableRefundNotice';
}

const CIPHER = 'aes-256-ecb';
const BLOCK = 16;

/**
 * Opens the `req_info` of a refund's notice (退款结果通知): AES-256-ECB and PKCS#7.
 * The key is the 32 lower-case hex digits of the API key's MD5, leading zeros among them.
 * ECB proves little: blocks can be cut out, put in and changed about. What is read is a reason to ask, and nothing else.
 */
export function openReqInfo(reqInfo: string, apiKey: string): Buffer {
  const sealed = strictBase64(reqInfo);
  if (!sealed || sealed.length === 0 || sealed.length % BLOCK > 0)
    throw new UnreadableRefundNotice('not base64 of whole blocks');
  const cipher = createDecipheriv(CIPHER, sealingKey(apiKey), null);
  try {
    return Buffer.concat([cipher.update(sealed), cipher.final()]);
  } catch {
    throw new UnreadableRefundNotice('padding');
  }
}

/** The fields in it, whose root is `root`. Throws UnreadableXml where what was opened is no such message. */
export const readReqInfo = (reqInfo: string, apiKey: string): V2Fields =>
  readFlatXml(openReqInfo(reqInfo, apiKey), 'root');

/** 32 digits taken for 32 bytes. */
const sealingKey = (apiKey: string): Buffer => Buffer.from(createHash('md5').update(apiKey).digest('hex'), 'latin1');
