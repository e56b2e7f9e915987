import type { MchId } from './order.ts';

/**
 * WeChat Pay's certificates as it sealed them for one merchant (平台证书): without the merchant's own key nobody can
 * read one, and nobody can put another in its place.
 */
export interface SealedCertificates {
  readonly mchid: MchId;
  readonly fetchedAt: Date;
  /** Each as JSON, in WeChat's own form. */
  readonly sealed: readonly string[];
}

/** Keeps WeChat's certificates, so that a restart needs nobody to ask. */
export interface PlatformCertificateRepository {
  /** Answers what was kept last for the merchant, or undefined when nothing was. */
  find(mchid: MchId): Promise<SealedCertificates | undefined>;

  /** Keeps the certificates in place of those that were kept before. */
  keep(certificates: SealedCertificates): Promise<void>;
}
