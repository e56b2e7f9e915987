import type { MchId } from '../../domain/order/order.ts';
import type { PlatformCertificateRepository, SealedCertificates } from '../../domain/order/platform-certificates.ts';

/** Certificates in a Map by their merchants. */
export class MemoryPlatformCertificateRepository implements PlatformCertificateRepository {
  readonly #certificates = new Map<MchId, SealedCertificates>();

  async find(mchid: MchId): Promise<SealedCertificates | undefined> {
    return structuredClone(this.#certificates.get(mchid));
  }

  async keep(certificates: SealedCertificates): Promise<void> {
    this.#certificates.set(certificates.mchid, structuredClone(certificates));
  }
}
