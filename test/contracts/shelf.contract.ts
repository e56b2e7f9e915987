import { describe, expect, it } from 'vitest';
import type { Shelf } from '../../src/domain/shelf.ts';

interface Kind<Item extends { readonly id: string }> {
  readonly open: () => Promise<Shelf<Item>>;
  readonly sample: (id: string) => Item;
  /** The item with something about it changed. */
  readonly change: (item: Item) => Item;
  /** Seven of them in no order, where not every text is one. */
  readonly ids?: readonly string[];
}

const TEXTS = ['B', 'a-b', 'a', 'ab', '_', 'Z', 'b'];

/** What Shelf promises, a case for every sentence; run for everything that is kept. */
export function shelfContract<Item extends { readonly id: string }>({
  open,
  sample,
  change,
  ids = TEXTS,
}: Kind<Item>): void {
  describe('as a shelf', () => {
    it('Answers at most `limit` items with ids behind `after`, by their ids, byte for byte', async () => {
      const shelf = await open();
      await shelf.restore(ids.map(sample));
      const all = sorted(ids);
      const idsOf = async (after: string, limit: number) => (await shelf.page(after, limit)).map(({ id }) => id);
      expect(await idsOf('', 100)).toEqual(all);
      expect(await idsOf('', 3)).toEqual(all.slice(0, 3));
      expect(await idsOf(all[2]!, 3)).toEqual(all.slice(3, 6));
      expect(await idsOf(all[6]!, 3)).toEqual([]);
    });

    it('Puts the items there just as they are, in place of those with the same ids', async () => {
      const shelf = await open();
      const [one, two, three] = sorted(ids).slice(0, 3).map(sample) as [Item, Item, Item];
      await shelf.restore([one, two]);
      const changed = change(two);
      await shelf.restore([changed, three]);
      await shelf.restore([]);
      expect(await shelf.page('', 10)).toEqual([one, changed, three]);
    });

    it('Answers how many items there are', async () => {
      const shelf = await open();
      expect(await shelf.size()).toBe(0);
      const [one, two] = ids.slice(0, 2).map(sample) as [Item, Item];
      await shelf.restore([one, two]);
      await shelf.restore([two]);
      expect(await shelf.size()).toBe(2);
    });
  });
}

const sorted = (ids: readonly string[]): string[] => ids.toSorted((x, y) => (x < y ? -1 : 1));
