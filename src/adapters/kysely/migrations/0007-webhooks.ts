import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

export const webhooks = (flavour: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await createDeliveries(db, flavour);
    await indexDeliveries(db);
    await db.schema
      .createTable('webhook_endpoints')
      .addColumn('id', flavour.text, (id) => id.primaryKey().notNull())
      .addColumn('cursor', flavour.text, (cursor) => cursor.notNull())
      .addColumn('disabled_at', flavour.integer)
      .modifyEnd(flavour.tableEnd)
      .execute();
  },
});

async function createDeliveries(db: Kysely<unknown>, { text, integer, tableEnd }: Flavour): Promise<void> {
  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('id', text, (id) => id.primaryKey().notNull())
    .addColumn('order_id', text, (order) => order.notNull())
    .addColumn('sequence', integer, (sequence) => sequence.notNull())
    .addColumn('type', text, (type) => type.notNull())
    .addColumn('happened_at', integer, (time) => time.notNull())
    .addColumn('state', text, (state) => state.notNull())
    .addColumn('tries', integer, (tries) => tries.notNull())
    .addColumn('attempts', text, (attempts) => attempts.notNull())
    .addColumn('due_at', integer, (time) => time.notNull())
    .addColumn('version', integer, (version) => version.notNull())
    .modifyEnd(tableEnd)
    .execute();
}

/** Nearly all were delivered long ago, and no look for what is due or waits in an order passes them. */
async function indexDeliveries(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(`webhook_deliveries_${name}`).on('webhook_deliveries');
  await index('due_at').columns(['state', 'due_at', 'id']).execute();
  await index('state').columns(['state', 'id']).execute();
  const ofOrder = index('order_id').columns(['order_id', 'id']);
  await ofOrder.where(sql.ref('state'), '=', sql.lit('waiting')).execute();
}
