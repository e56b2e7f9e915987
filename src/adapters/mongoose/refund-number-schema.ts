import { Schema } from 'mongoose';
import { NUMBER, STRICTLY, TEXT } from './strict-schema.ts';

/** A refund's number as it lies in the collection `refund_numbers`, taken before the order that has the refund is saved. */
export interface RefundNumberDocument {
  /** The out_refund_no. */
  _id: string;
  orderId: string;
  /** The version of the order that is to be saved over. */
  version: number;
}

/** In a sharded cluster the shard key is `_id`, hashed. */
export const refundNumberSchema = new Schema<RefundNumberDocument>(
  { _id: TEXT, orderId: TEXT, version: NUMBER },
  { ...STRICTLY, collection: 'refund_numbers' },
);
