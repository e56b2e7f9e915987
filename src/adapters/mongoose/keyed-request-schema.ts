import { Schema } from 'mongoose';
import type { KeyedRequest } from '../../domain/idempotency/keyed-request.ts';
import { NUMBER, part, STRICTLY, TEXT, TIME } from './strict-schema.ts';

/** A request with an Idempotency-Key as it lies in the collection `keyed_requests`. */
export interface KeyedRequestDocument extends Omit<KeyedRequest, 'id'> {
  /** The request's id. */
  _id: string;
}

/** In a sharded cluster the shard key is `_id`, hashed. */
export const keyedRequestSchema = new Schema<KeyedRequestDocument>(
  {
    _id: TEXT,
    digest: TEXT,
    subject: TEXT,
    createdAt: TIME,
    lockedUntil: TIME,
    answer: part({ status: NUMBER, body: String }),
  },
  { ...STRICTLY, collection: 'keyed_requests' },
).index({ createdAt: 1 });
