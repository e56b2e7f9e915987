import { StorageBudget } from '../../adapters/system/storage-budget.ts';
import { SECOND } from '../../domain/clock.ts';
import type { Persistence } from '../../domain/persistence.ts';
import { moduleOf } from '../container.ts';
import type { StorageSettings } from '../config.ts';
import { TOKENS as T } from '../tokens.ts';

/** How long one request waits for the storage in all; what takes longer is answered with 503, within 4 seconds. */
const REQUEST_PATIENCE = 3 * SECOND;

/** Loads the chosen storage and no other, so that nobody needs the packages of a storage they do not use. */
export async function openPersistence(storage: StorageSettings, patience?: number): Promise<Persistence> {
  const limits = patience === undefined ? {} : { patience };
  switch (storage.kind) {
    case 'memory':
      return (await import('../../adapters/memory/open-memory.ts')).openMemory();
    case 'sqlite':
      return (await import('../../adapters/kysely/open-sqlite.ts')).openSqlite({ ...storage, ...limits });
    case 'postgres':
      return (await import('../../adapters/kysely/open-postgres.ts')).openPostgres({
        url: storage.url.reveal(),
        ...limits,
      });
    case 'mongo':
      return (await import('../../adapters/mongoose/open-mongo.ts')).openMongo({
        url: storage.url.reveal(),
        ...limits,
      });
    default:
      return storage satisfies never;
  }
}

/** What the opened storage keeps, under the names that use cases ask for. */
export const persistenceModule = (persistence: Persistence) =>
  moduleOf((bind) => {
    const budget = new StorageBudget(REQUEST_PATIENCE);
    const guarded = budget.over(persistence);
    bind.value(T.budget, budget);
    bind.value(T.persistence, guarded);
    bind.value(T.accounts, guarded.accounts);
    bind.value(T.sessions, guarded.sessions);
    bind.value(T.orders, guarded.orders);
    bind.value(T.events, guarded.events);
    bind.value(T.idempotency, guarded.idempotency);
    bind.value(T.reconciliations, guarded.reconciliations);
    bind.value(T.platformCertificates, guarded.platformCertificates);
    bind.value(T.webhooks, guarded.webhooks);
  });
