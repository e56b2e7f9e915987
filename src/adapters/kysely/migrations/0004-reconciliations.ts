import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

export const reconciliations = ({ text, integer, tableEnd }: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('reconciliations')
      .addColumn('id', text, (day) => day.primaryKey().notNull())
      .addColumn('state', text, (state) => state.notNull())
      .addColumn('started_at', integer, (time) => time.notNull())
      .addColumn('finished_at', integer)
      .addColumn('locked_until', integer, (time) => time.notNull())
      .addColumn('matched', integer, (matched) => matched.notNull())
      .addColumn('compared', integer, (compared) => compared.notNull())
      .addColumn('differences', text, (differences) => differences.notNull())
      .addColumn('difference_count', integer, (count) => count.notNull())
      .addColumn('version', integer, (version) => version.notNull())
      .modifyEnd(tableEnd)
      .execute();
  },
});
