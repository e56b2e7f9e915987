import { Schema } from 'mongoose';
import type { Difference, Reconciliation } from '../../domain/statement/reconciliation.ts';
import { NUMBER, STRICTLY, TEXT, TIME } from './strict-schema.ts';

/** A day's comparison as it lies in the collection `reconciliations`. */
export interface ReconciliationDocument extends Omit<Reconciliation, 'id' | 'differences'> {
  /** The day. */
  _id: string;
  differences: Difference[];
}

/** In a sharded cluster the shard key is `_id`, hashed. */
export const reconciliationSchema = new Schema<ReconciliationDocument>(
  {
    _id: TEXT,
    state: TEXT,
    startedAt: TIME,
    finishedAt: Date,
    lockedUntil: TIME,
    matched: NUMBER,
    compared: NUMBER,
    differences: { type: Schema.Types.Mixed, required: true },
    differenceCount: NUMBER,
    failures: NUMBER,
    version: NUMBER,
  },
  { ...STRICTLY, collection: 'reconciliations' },
);
