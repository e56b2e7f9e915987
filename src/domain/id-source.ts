/** Where new identities come from. */
export interface IdSource {
  /** No two ids are the same, and none can be guessed from another. */
  next(): string;
}
