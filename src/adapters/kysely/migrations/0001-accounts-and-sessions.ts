import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Flavour } from '../flavour.ts';

export const accountsAndSessions = (flavour: Flavour): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    await createAccounts(db, flavour);
    await createSessions(db, flavour);
    await createCallCounts(db, flavour);
    await createHeartbeats(db, flavour);
  },
});

async function createAccounts(db: Kysely<unknown>, { text, integer, tableEnd }: Flavour): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', text, (id) => id.primaryKey().notNull())
    .addColumn('appid', text, (appid) => appid.notNull())
    .addColumn('openid', text, (openid) => openid.notNull())
    .addColumn('unionid', text)
    .addColumn('profile', text, (profile) => profile.notNull())
    .addColumn('session_key_id', text, (keyId) => keyId.notNull())
    .addColumn('session_key_box', text, (box) => box.notNull())
    .addColumn('created_at', integer, (time) => time.notNull())
    .addColumn('version', integer, (version) => version.notNull())
    .addUniqueConstraint('accounts_appid_openid', ['appid', 'openid'])
    .modifyEnd(tableEnd)
    .execute();
  await db.schema.createIndex('accounts_unionid').on('accounts').columns(['unionid', 'created_at']).execute();
  await db.schema.createIndex('accounts_session_key_id').on('accounts').columns(['session_key_id', 'id']).execute();
}

async function createSessions(db: Kysely<unknown>, { text, integer, tableEnd }: Flavour): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', text, (id) => id.primaryKey().notNull())
    .addColumn('account_id', text, (account) => account.notNull())
    .addColumn('token_digest', text, (digest) => digest.notNull())
    .addColumn('device', text)
    .addColumn('created_at', integer, (time) => time.notNull())
    .addColumn('last_seen_at', integer, (time) => time.notNull())
    .addColumn('expires_at', integer, (time) => time.notNull())
    .addColumn('idle_expires_at', integer, (time) => time.notNull())
    .addUniqueConstraint('sessions_token_digest', ['token_digest'])
    .modifyEnd(tableEnd)
    .execute();
  const byAccount = db.schema.createIndex('sessions_account_id').on('sessions');
  await byAccount.columns(['account_id', 'created_at', 'id']).execute();
  await db.schema.createIndex('sessions_idle_expires_at').on('sessions').column('idle_expires_at').execute();
}

/** The shape is rate-limiter-flexible's. Counts are worth no log: after a crash they begin anew. */
async function createCallCounts(db: Kysely<unknown>, { countsInDatabase }: Flavour): Promise<void> {
  if (!countsInDatabase) return;
  await sql`create unlogged table call_counts (
    key varchar(255) primary key,
    points integer not null default 0,
    expire bigint
  )`.execute(db);
}

async function createHeartbeats(db: Kysely<unknown>, { text, integer, tableEnd }: Flavour): Promise<void> {
  await db.schema
    .createTable('heartbeats')
    .addColumn('id', text, (id) => id.primaryKey().notNull())
    .addColumn('beat_at', integer, (time) => time.notNull())
    .modifyEnd(tableEnd)
    .execute();
}
