import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

/** No row is rewritten: nobody knows any more which version of its order an old event is of. */
export const versionsOfEvents = ({ integer }: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('events').addColumn('version', integer).execute();
  },
});
