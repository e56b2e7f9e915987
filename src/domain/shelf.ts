/** One kind of thing that a storage keeps, as far as it takes to carry all of it elsewhere. */
export interface Shelf<Item extends { readonly id: string }> {
  /** Answers at most `limit` items with ids behind `after`, by their ids, byte for byte. */
  page(after: string, limit: number): Promise<Item[]>;

  /** Puts the items there just as they are, in place of those with the same ids. */
  restore(items: readonly Item[]): Promise<void>;

  /** Answers how many items there are. */
  size(): Promise<number>;
}
