import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Flavour } from './flavour.ts';
import { accountsAndSessions } from './migrations/0001-accounts-and-sessions.ts';
import { orders } from './migrations/0002-orders.ts';
import { refunds } from './migrations/0003-refunds.ts';
import { reconciliations } from './migrations/0004-reconciliations.ts';
import { comparedDays } from './migrations/0005-compared-days.ts';
import { payV3 } from './migrations/0006-pay-v3.ts';
import { webhooks } from './migrations/0007-webhooks.ts';
import { versionsOfEvents } from './migrations/0008-versions-of-events.ts';

/** In the order of their names. One that was released is never edited again. */
const MIGRATIONS: Record<string, (flavour: Flavour) => Migration> = {
  '0001-accounts-and-sessions': accountsAndSessions,
  '0002-orders': orders,
  '0003-refunds': refunds,
  '0004-reconciliations': reconciliations,
  '0005-compared-days': comparedDays,
  '0006-pay-v3': payV3,
  '0007-webhooks': webhooks,
  '0008-versions-of-events': versionsOfEvents,
};

/**
 * Brings the tables up to date. All that is missing goes in as one transaction,
 * so a process killed half way leaves the tables as they were, and the next start does it all.
 * Of many that start at once one does it, under a lock, and the others wait.
 */
export async function migrate<Schema>(db: Kysely<Schema>, flavour: Flavour): Promise<void> {
  const migrations = Object.entries(MIGRATIONS).map(([name, migration]) => [name, migration(flavour)]);
  const provider = { getMigrations: async () => Object.fromEntries(migrations) as Record<string, Migration> };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
}
