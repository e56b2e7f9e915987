import { Schema } from 'mongoose';
import { STRICTLY, TEXT, TIME } from './strict-schema.ts';

/** What WeChat sealed for one merchant as it lies in the collection `platform_certificates`. */
export interface PlatformCertificatesDocument {
  /** The merchant's number. */
  _id: string;
  fetchedAt: Date;
  sealed: string[];
}

/** In a sharded cluster the shard key is `_id`, hashed. */
export const platformCertificatesSchema = new Schema<PlatformCertificatesDocument>(
  { _id: TEXT, fetchedAt: TIME, sealed: [String] },
  { ...STRICTLY, collection: 'platform_certificates' },
);
