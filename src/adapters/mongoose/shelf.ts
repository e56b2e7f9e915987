import { type Model, trusted } from 'mongoose';

/** The documents behind an id, by their ids. */
export async function pageOf<Kept>(model: Model<Kept>, after: string, limit: number, id = '_id'): Promise<Kept[]> {
  return model
    .find({ [id]: trusted({ $gt: after }) })
    .sort({ [id]: 1 })
    .limit(limit)
    .lean();
}

interface Places<Kept> {
  /** Finds the document whose place this one takes, by the shard key where that is more than `_id`. */
  readonly placeOf?: (document: Kept) => object;
  /** Finds who holds one of this one's ids and has to go first, for the `_id` and shard key of a document stay as they are. */
  readonly strangersTo?: (document: Kept) => object;
}

/** Puts documents in the place of those with the same ids. */
export async function restoreInto<Kept extends { readonly _id: string }>(
  model: Model<Kept>,
  documents: readonly Kept[],
  { placeOf = ({ _id }) => ({ _id }), strangersTo }: Places<Kept> = {},
): Promise<void> {
  if (documents.length === 0) return;
  if (strangersTo) await model.deleteMany({ $or: documents.map(strangersTo) });
  const puts = documents.map((document) => ({
    replaceOne: { filter: placeOf(document), replacement: document, upsert: true },
  }));
  await model.bulkWrite(puts as never, { ordered: true });
}
