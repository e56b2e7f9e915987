import { createCipheriv, createHash } from 'node:crypto';

/** `req_info` of a v2 refund notice: AES-256-ECB under the 32 hex characters of the key's MD5, in base64. */
export function sealRefundNotice(xml: string, key: string): string {
  const cipher = createCipheriv('aes-256-ecb', createHash('md5').update(key).digest('hex'), null);
  return Buffer.concat([cipher.update(xml, 'utf8'), cipher.final()]).toString('base64');
}
