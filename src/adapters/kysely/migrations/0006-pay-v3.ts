import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

/** No row is rewritten: an order from before was put to WeChat in version 2, and one without asked_trade_type as JSAPI. */
export const payV3 = ({ text, integer, tableEnd }: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    const api = db.schema.alterTable('orders').addColumn('api', text, (column) => column.notNull().defaultTo('v2'));
    await api.execute();
    await db.schema.alterTable('orders').addColumn('asked_trade_type', text).execute();
    await db.schema
      .createTable('platform_certificates')
      .addColumn('mchid', text, (mchid) => mchid.primaryKey().notNull())
      .addColumn('fetched_at', integer, (time) => time.notNull())
      .addColumn('sealed', text, (sealed) => sealed.notNull())
      .modifyEnd(tableEnd)
      .execute();
  },
});
