import { Schema } from 'mongoose';
import type { Happening, KeptNotice } from '../../domain/order/order-event.ts';
import type { OrderState } from '../../domain/order/order.ts';
import { NUMBER, STRICTLY, TEXT, TIME } from './strict-schema.ts';

/** An event as it lies in the collection `events`. */
export interface EventDocument {
  /** Its place in the log. */
  _id: string;
  eventId: string;
  orderId: string;
  sequence: number;
  /** Not in events from before they had one. */
  version?: number | null;
  at: Date;
  state: OrderState | null;
  happening: Happening;
  notice: KeptNotice | null;
}

/**
 * In a sharded cluster this collection stays on one shard: one sequence has one end, and places become visible in their
 * order only where one server writes them.
 */
export const eventSchema = new Schema<EventDocument>(
  {
    _id: TEXT,
    eventId: TEXT,
    orderId: String,
    sequence: NUMBER,
    version: Number,
    at: TIME,
    state: String,
    happening: { type: Schema.Types.Mixed, required: true },
    notice: Schema.Types.Mixed,
  },
  { ...STRICTLY, collection: 'events' },
).index({ eventId: 1 }, { unique: true });
