const AT_ONCE = 20;

/** Works on all of them, in their order, and on so many at once. */
export async function inTurns<Item>(
  items: readonly Item[],
  work: (item: Item, at: number) => Promise<unknown>,
): Promise<void> {
  const left = items.entries();
  const worker = async () => {
    for (const [at, item] of left) await work(item, at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
