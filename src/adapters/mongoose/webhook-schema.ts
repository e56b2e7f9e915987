import { Schema } from 'mongoose';
import type { Attempt, Delivery } from '../../domain/webhook/delivery.ts';
import { NUMBER, STRICTLY, TEXT, TIME } from './strict-schema.ts';

/** A delivery as it lies in the collection `webhook_deliveries`. */
export interface WebhookDeliveryDocument extends Omit<Delivery, 'id' | 'attempts'> {
  /** The delivery's id. */
  _id: string;
  attempts: Attempt[];
}

/** In a sharded cluster this collection stays on one shard, as the event log does: one cursor goes over both. */
export const webhookDeliverySchema = new Schema<WebhookDeliveryDocument>(
  {
    _id: TEXT,
    orderId: String,
    sequence: NUMBER,
    type: TEXT,
    at: TIME,
    state: TEXT,
    tries: NUMBER,
    attempts: { type: Schema.Types.Mixed, required: true },
    dueAt: TIME,
    version: NUMBER,
  },
  { ...STRICTLY, collection: 'webhook_deliveries' },
)
  .index({ state: 1, dueAt: 1, _id: 1 })
  .index({ orderId: 1, state: 1, _id: 1 })
  .index({ state: 1, _id: 1 });

/** The receiver as it lies in the collection `webhook_endpoints`: one document. */
export interface WebhookEndpointDocument {
  _id: string;
  cursor: string;
  disabledAt: Date | null;
}

export const webhookEndpointSchema = new Schema<WebhookEndpointDocument>(
  { _id: TEXT, cursor: String, disabledAt: Date },
  { ...STRICTLY, collection: 'webhook_endpoints' },
);
