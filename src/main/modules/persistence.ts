import type { Persistence } from '../../domain/persistence.ts';
import { moduleOf } from '../container.ts';
import type { StorageSettings } from '../config.ts';
import { TOKENS as T } from '../tokens.ts';

/** Loads the chosen storage and no other, so that nobody needs the packages of a storage they do not use. */
export async function openPersistence(storage: StorageSettings): Promise<Persistence> {
  switch (storage.kind) {
    case 'memory':
      return (await import('../../adapters/memory/open-memory.ts')).openMemory();
    case 'sqlite':
      return (await import('../../adapters/kysely/open-sqlite.ts')).openSqlite(storage);
    case 'postgres':
      return (await import('../../adapters/kysely/open-postgres.ts')).openPostgres({ url: storage.url.reveal() });
    case 'mongo':
      return (await import('../../adapters/mongoose/open-mongo.ts')).openMongo({ url: storage.url.reveal() });
    default:
      return storage satisfies never;
  }
}

/** What the opened storage keeps, under the names that use cases ask for. */
export const persistenceModule = (persistence: Persistence) =>
  moduleOf((bind) => {
    bind.value(T.persistence, persistence);
    bind.value(T.accounts, persistence.accounts);
    bind.value(T.sessions, persistence.sessions);
  });
