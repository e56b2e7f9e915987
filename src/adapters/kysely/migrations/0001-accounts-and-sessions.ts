import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const accountsAndSessions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createAccounts(db);
    await createSessions(db);
  },
};

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'text', (id) => id.primaryKey().notNull())
    .addColumn('appid', 'text', (appid) => appid.notNull())
    .addColumn('openid', 'text', (openid) => openid.notNull())
    .addColumn('unionid', 'text')
    .addColumn('profile', 'text', (profile) => profile.notNull())
    .addColumn('session_key_id', 'text', (keyId) => keyId.notNull())
    .addColumn('session_key_box', 'text', (box) => box.notNull())
    .addColumn('created_at', 'integer', (time) => time.notNull())
    .addColumn('version', 'integer', (version) => version.notNull())
    .addUniqueConstraint('accounts_appid_openid', ['appid', 'openid'])
    .modifyEnd(sql`strict`)
    .execute();
  await db.schema.createIndex('accounts_unionid').on('accounts').columns(['unionid', 'created_at']).execute();
  await db.schema.createIndex('accounts_session_key_id').on('accounts').column('session_key_id').execute();
}

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', (id) => id.primaryKey().notNull())
    .addColumn('account_id', 'text', (account) => account.notNull())
    .addColumn('token_digest', 'text', (digest) => digest.notNull())
    .addColumn('device', 'text')
    .addColumn('created_at', 'integer', (time) => time.notNull())
    .addColumn('last_seen_at', 'integer', (time) => time.notNull())
    .addColumn('expires_at', 'integer', (time) => time.notNull())
    .addColumn('idle_expires_at', 'integer', (time) => time.notNull())
    .addUniqueConstraint('sessions_token_digest', ['token_digest'])
    .modifyEnd(sql`strict`)
    .execute();
  await db.schema.createIndex('sessions_account_id').on('sessions').columns(['account_id', 'created_at']).execute();
  await db.schema.createIndex('sessions_idle_expires_at').on('sessions').column('idle_expires_at').execute();
}
