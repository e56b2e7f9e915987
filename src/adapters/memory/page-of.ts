/** The items of a Map with ids behind `after`, by their ids. */
export const pageOf = <Item extends { readonly id: string }>(
  items: ReadonlyMap<string, Item>,
  after: string,
  limit: number,
): Item[] =>
  [...items.values()]
    .filter(({ id }) => id > after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit);
