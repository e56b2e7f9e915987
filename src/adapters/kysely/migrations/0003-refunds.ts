import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

export const refunds = (flavour: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    const table = withStates(withWish(db.schema.createTable('refunds'), flavour), flavour);
    await table.modifyEnd(flavour.tableEnd).execute();
    const ofOrder = db.schema.createIndex('refunds_order_id').on('refunds').unique();
    await ofOrder.columns(['order_id', 'place']).execute();
    const paid = db.schema.createIndex('orders_paid_at').on('orders').columns(['paid_at', 'id']);
    await paid.where(sql.ref('paid_at'), 'is not', null).execute();
  },
});

type Table = CreateTableBuilder<'refunds', string>;

/** WeChat Pay knows a refund by its number alone, so no two orders have the same. */
const withWish = (table: Table, { text, integer }: Flavour): Table =>
  table
    .addColumn('out_refund_no', text, (number) => number.primaryKey().notNull())
    .addColumn('order_id', text, (order) => order.notNull())
    .addColumn('place', integer, (place) => place.notNull())
    .addColumn('amount', integer, (amount) => amount.notNull())
    .addColumn('reason', text)
    .addColumn('origin', text, (origin) => origin.notNull())
    .addColumn('created_at', integer, (time) => time.notNull())
    .addColumn('request_id', text);

const withStates = (table: Table, { text, integer }: Flavour): Table =>
  table
    .addColumn('state', text, (state) => state.notNull())
    .addColumn('refund_id', text)
    .addColumn('asked_at', integer)
    .addColumn('due_at', integer)
    .addColumn('looks', integer, (looks) => looks.notNull())
    .addColumn('trouble', text)
    .addColumn('succeeded_at', integer)
    .addColumn('closed_at', integer);
