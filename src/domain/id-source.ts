/** Where new identities come from. No two ids are the same, and none can be guessed from another. */
export interface IdSource {
  next(): string;
}
