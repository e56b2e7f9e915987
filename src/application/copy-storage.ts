import type { Persistence } from '../domain/persistence.ts';
import type { Shelf } from '../domain/shelf.ts';

/** How far the copying of one kind of thing has come. */
export interface CopyProgress {
  readonly shelf: string;
  readonly done: number;
  readonly of: number;
}

/** What both sides hold in the end. */
export interface CopyProof {
  readonly shelf: string;
  readonly from: ShelfSummary;
  readonly to: ShelfSummary;
}

export interface ShelfSummary {
  readonly size: number;
  /** Over every item in the order of their ids; the same for the same items, whatever keeps them. */
  readonly digest: string;
}

interface Needs {
  readonly from: Persistence;
  readonly to: Persistence;
  readonly digest: (texts: AsyncIterable<string>) => Promise<string>;
}

type AnyShelf = Shelf<{ readonly id: string }>;

const PAGE = 200;

/**
 * Carries everything from one storage to another and proves that it arrived. Only what is soon had again stays behind:
 * counts of calls, and WeChat's certificates, which are a cache.
 * Stopped half way, it goes on where it stopped when it is run again. Nobody may write to either meanwhile.
 */
export class CopyStorage {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(onProgress: (progress: CopyProgress) => void = () => {}): Promise<CopyProof[]> {
    const proofs: CopyProof[] = [];
    for (const [name, from, to] of this.#shelves()) {
      await copy(from, to, (done, of) => onProgress({ shelf: name, done, of }));
      proofs.push({ shelf: name, from: await this.#summary(from), to: await this.#summary(to) });
    }
    return proofs;
  }

  #shelves(): [string, AnyShelf, AnyShelf][] {
    const { from, to } = this.#needs;
    return [
      ['accounts', from.accounts, to.accounts],
      ['sessions', from.sessions, to.sessions],
      ['orders', from.orders, to.orders],
      ['events', from.events, to.events],
      ['idempotency', from.idempotency, to.idempotency],
      ['reconciliations', from.reconciliations, to.reconciliations],
      ['webhooks', from.webhooks, to.webhooks],
    ];
  }

  async #summary(shelf: AnyShelf): Promise<ShelfSummary> {
    return { size: await shelf.size(), digest: await this.#needs.digest(textsOf(shelf)) };
  }
}

/** Pages go over by their ids, so what has arrived tells how far an earlier run came. */
async function copy(from: AnyShelf, to: AnyShelf, onProgress: (done: number, of: number) => void): Promise<void> {
  const of = await from.size();
  let done = await to.size();
  let after = await lastIdOf(to);
  onProgress(done, of);
  for (;;) {
    const page = await from.page(after, PAGE);
    const last = page.at(-1);
    if (!last) return;
    await to.restore(page);
    after = last.id;
    done += page.length;
    onProgress(done, of);
  }
}

async function lastIdOf(shelf: AnyShelf): Promise<string> {
  let last = '';
  for (let page = await shelf.page('', PAGE); page.length > 0; page = await shelf.page(last, PAGE)) {
    last = page.at(-1)?.id ?? last;
  }
  return last;
}

async function* textsOf(shelf: AnyShelf): AsyncGenerator<string> {
  for (let page = await shelf.page('', PAGE); page.length > 0; page = await shelf.page(page.at(-1)?.id ?? '', PAGE)) {
    for (const item of page) yield canonical(item);
  }
}

/** JSON with the names of every object in order: storages may give them back in another. */
function canonical(item: unknown): string {
  return JSON.stringify(item, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
