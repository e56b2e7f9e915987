import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { accountsAndSessions } from './migrations/0001-accounts-and-sessions.ts';

/** In the order of their names. One that was released is never edited again. */
const MIGRATIONS: Record<string, Migration> = {
  '0001-accounts-and-sessions': accountsAndSessions,
};

/**
 * Brings the tables up to date. All that is missing goes in as one transaction,
 * so a process killed half way leaves the tables as they were, and the next start does it all.
 */
export async function migrate<Schema>(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
