import { randomBytes } from 'node:crypto';
import { sealAead } from '../../adapters/wechat/protocol/aead.ts';
import { rfc3339 } from '../../adapters/wechat/protocol/rfc3339.ts';
import { done, failed } from './v3-answer.ts';
import type { PlatformCertificate } from './v3-platform.ts';
import type { Execute } from './v3-scene.ts';

/** 下载平台证书 */
export const listCertificates: Execute = ({ signer }, { platform }) => {
  const certificates = platform.certificates();
  if (certificates.length === 0)
    return failed('RESOURCE_NOT_EXISTS', '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥');
  return done(signer, { data: certificates.map((certificate) => listed(certificate, platform.apiKey)) });
};

const listed = ({ serial, pem, startsAt, expiresAt }: PlatformCertificate, key: string) => ({
  serial_no: serial,
  effective_time: rfc3339(startsAt),
  expire_time: rfc3339(expiresAt),
  encrypt_certificate: {
    algorithm: 'AEAD_AES_256_GCM',
    ...sealAead(key, pem, { nonce: randomBytes(9).toString('base64url'), associated_data: 'certificate' }),
  },
});
