import type { Model } from 'mongoose';
import type { MchId } from '../../domain/order/order.ts';
import type { PlatformCertificateRepository, SealedCertificates } from '../../domain/order/platform-certificates.ts';
import { isDuplicate } from './mongo-trouble.ts';
import type { PlatformCertificatesDocument } from './platform-certificates-schema.ts';

export class MongoosePlatformCertificateRepository implements PlatformCertificateRepository {
  readonly #certificates: Model<PlatformCertificatesDocument>;

  constructor(certificates: Model<PlatformCertificatesDocument>) {
    this.#certificates = certificates;
  }

  async find(mchid: MchId): Promise<SealedCertificates | undefined> {
    const document = await this.#certificates.findOne({ _id: { $eq: mchid } }).lean();
    return document ? { mchid, fetchedAt: document.fetchedAt, sealed: document.sealed } : undefined;
  }

  async keep(certificates: SealedCertificates): Promise<void> {
    try {
      await this.#put(certificates);
    } catch (error) {
      // Two first ones at once: now that the other is there, there is one to replace.
      if (!isDuplicate(error)) throw error;
      await this.#put(certificates);
    }
  }

  async #put({ mchid, fetchedAt, sealed }: SealedCertificates): Promise<void> {
    const document = { _id: mchid, fetchedAt, sealed: [...sealed] };
    await this.#certificates.replaceOne({ _id: { $eq: mchid } }, document, { upsert: true });
  }
}
