import { Secret } from '../../../domain/secret.ts';
import { isKeyOf, readCertificate, readPrivateKey, UnusableCertificate } from '../protocol/certificate.ts';

export { UnusableCertificate } from '../protocol/certificate.ts';

/** What proves to WeChat Pay that it is the merchant who calls (商户 API 证书). */
export interface ClientCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: Secret;
}

export interface MerchantCertificate extends ClientCertificate {
  /** Upper-case hex. */
  readonly serialNumber: string;
  readonly expiresAt: Date;
}

/** Reads the two files that WeChat Pay gives to a merchant. Throws UnusableCertificate where they are of no use. */
export function readMerchantCertificate(certPem: string, keyPem: string): MerchantCertificate {
  const certificate = readCertificate(certPem);
  const key = readPrivateKey(keyPem);
  if (!isKeyOf(certificate, key)) throw new UnusableCertificate('The merchant key is not the key of the certificate.');
  const { pem: cert, serialNumber, expiresAt } = certificate;
  return { cert, key: new Secret(key.pem), serialNumber, expiresAt };
}
