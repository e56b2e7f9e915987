import { Outage } from '../../../src/domain/outage.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import type { Kept } from './world.ts';

const PAGE = 1_000;

/** All that is kept. The orders first: what is written meanwhile has its events by then. */
export async function keptIn({ accounts, events, orders }: Persistence, deadline: number): Promise<Kept> {
  const keptOrders = await allOf(orders, deadline);
  return { orders: keptOrders, log: await allOf(events, deadline), accounts: await allOf(accounts, deadline) };
}

interface Pages<Item> {
  page(after: string, limit: number): Promise<Item[]>;
}

async function allOf<Item extends { readonly id: string }>(shelf: Pages<Item>, deadline: number): Promise<Item[]> {
  const all: Item[] = [];
  for (;;) {
    const page = await patiently(() => shelf.page(all.at(-1)?.id ?? '', PAGE), deadline);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** A log that nobody has read for long may take more than one try. */
async function patiently<Answer>(read: () => Promise<Answer>, deadline: number): Promise<Answer> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Outage) || performance.now() > deadline) throw error;
    }
  }
}
