import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

export const orders = (flavour: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await createOrders(db, flavour);
    await indexOrders(db);
    await createEvents(db, flavour);
    await createIdempotencyKeys(db, flavour);
  },
});

async function createOrders(db: Kysely<unknown>, flavour: Flavour): Promise<void> {
  const table = withStates(withWatch(withTerms(db.schema.createTable('orders'), flavour), flavour), flavour);
  await table.modifyEnd(flavour.tableEnd).execute();
}

type Table = CreateTableBuilder<'orders', string>;

const withTerms = (table: Table, { text, integer }: Flavour): Table =>
  table
    .addColumn('id', text, (id) => id.primaryKey().notNull())
    .addColumn('appid', text, (appid) => appid.notNull())
    .addColumn('mchid', text, (mchid) => mchid.notNull())
    .addColumn('description', text, (description) => description.notNull())
    .addColumn('total', integer, (total) => total.notNull())
    .addColumn('currency', text, (currency) => currency.notNull())
    .addColumn('attach', text)
    .addColumn('metadata', text)
    .addColumn('request_id', text)
    .addColumn('created_at', integer, (time) => time.notNull())
    .addColumn('time_expire', integer, (time) => time.notNull());

const withWatch = (table: Table, { text, integer }: Flavour): Table =>
  table
    .addColumn('state', text, (state) => state.notNull())
    .addColumn('payer_openid', text)
    .addColumn('payer_account_id', text)
    .addColumn('due_at', integer)
    .addColumn('looks', integer, (looks) => looks.notNull())
    .addColumn('looked_at', integer)
    .addColumn('anomalies', text, (anomalies) => anomalies.notNull())
    .addColumn('sequence', integer, (sequence) => sequence.notNull())
    .addColumn('version', integer, (version) => version.notNull());

/** What only some states have is null in the others. */
const withStates = (table: Table, { text, integer }: Flavour): Table =>
  table
    .addColumn('client_ip', text)
    .addColumn('began_at', integer)
    .addColumn('prepay_id', text)
    .addColumn('ticket_expires_at', integer)
    .addColumn('transaction_id', text)
    .addColumn('paid_at', integer)
    .addColumn('paid_by', text)
    .addColumn('payer_total', integer)
    .addColumn('trade_type', text)
    .addColumn('bank_type', text)
    .addColumn('late', integer)
    .addColumn('closed_at', integer)
    .addColumn('failed_at', integer)
    .addColumn('reason', text);

/** One payment pays one order. Most orders are over, and no look for due ones passes them. */
async function indexOrders(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(`orders_${name}`).on('orders');
  await index('transaction_id').unique().column('transaction_id').execute();
  await index('due_at').columns(['due_at', 'id']).where(sql.ref('due_at'), 'is not', null).execute();
  await index('created_at').columns(['created_at', 'id']).execute();
  await index('state').columns(['state', 'created_at', 'id']).execute();
}

/** A sequence is counted within its order; what happened to no order has none. No order is paid twice. */
async function createEvents(db: Kysely<unknown>, { text, integer, tableEnd }: Flavour): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('position', integer, (position) => position.primaryKey().notNull())
    .addColumn('id', text, (id) => id.notNull().unique())
    .addColumn('order_id', text, (order) => order.notNull())
    .addColumn('sequence', integer, (sequence) => sequence.notNull())
    .addColumn('type', text, (type) => type.notNull())
    .addColumn('happened_at', integer, (time) => time.notNull())
    .addColumn('state', text)
    .addColumn('happening', text, (happening) => happening.notNull())
    .addColumn('notice_headers', text)
    .addColumn('notice_body', text)
    .modifyEnd(tableEnd)
    .execute();
  const index = (name: string) => db.schema.createIndex(`events_${name}`).on('events').unique();
  await index('order_id').columns(['order_id', 'sequence']).where(sql.ref('sequence'), '>', sql.lit(0)).execute();
  await index('order_paid').column('order_id').where(sql.ref('type'), '=', sql.lit('order.paid')).execute();
}

async function createIdempotencyKeys(db: Kysely<unknown>, { text, integer, tableEnd }: Flavour): Promise<void> {
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('id', text, (id) => id.primaryKey().notNull())
    .addColumn('digest', text, (digest) => digest.notNull())
    .addColumn('subject', text, (subject) => subject.notNull())
    .addColumn('created_at', integer, (time) => time.notNull())
    .addColumn('locked_until', integer, (time) => time.notNull())
    .addColumn('status', integer)
    .addColumn('body', text)
    .modifyEnd(tableEnd)
    .execute();
  await db.schema.createIndex('idempotency_keys_created_at').on('idempotency_keys').column('created_at').execute();
}
