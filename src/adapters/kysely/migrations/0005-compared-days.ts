import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

export const comparedDays = ({ integer }: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    const failures = db.schema.alterTable('reconciliations');
    await failures.addColumn('failures', integer, (count) => count.notNull().defaultTo(0)).execute();
    const succeeded = db.schema.createIndex('refunds_succeeded_at').on('refunds');
    const only = succeeded.columns(['succeeded_at', 'out_refund_no']);
    await only.where(sql.ref('succeeded_at'), 'is not', null).execute();
  },
});
