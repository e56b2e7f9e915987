import { Schema } from 'mongoose';

/** What a schema does not know is a bug and no document; texts are compared byte for byte. */
export const STRICTLY = {
  id: false,
  versionKey: false,
  minimize: false,
  strict: 'throw',
  strictQuery: 'throw',
  collation: { locale: 'simple' },
} as const;

/** Not empty: to mongoose an empty text is none. */
export const TEXT = { type: String, required: true } as const;
export const TIME = { type: Date, required: true } as const;
export const NUMBER = { type: Number, required: true } as const;

/** A part of a document that may be null as a whole. */
export const part = (fields: object) => ({ type: new Schema(fields, { ...STRICTLY, _id: false }) });
