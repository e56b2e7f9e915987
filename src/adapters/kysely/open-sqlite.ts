import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import type { Persistence } from '../../domain/persistence.ts';
import { KyselyAccountRepository } from './account-repository.ts';
import { KyselyEventLog } from './event-log.ts';
import { SQLITE } from './flavour.ts';
import { beat } from './heartbeat.ts';
import { KyselyIdempotencyRepository } from './idempotency-repository.ts';
import { migrate } from './migrate.ts';
import { KyselyOrderRepository } from './order-repository.ts';
import { KyselyPlatformCertificateRepository } from './platform-certificates.ts';
import { KyselyReconciliationRepository } from './reconciliation-repository.ts';
import type { Schema } from './schema.ts';
import { KyselySessionRepository } from './session-repository.ts';
import { SqliteCallCounts } from './sqlite-call-counts.ts';
import { DurableSqliteDialect } from './sqlite-dialect.ts';
import { KyselyWebhookRepository } from './webhook-repository.ts';

export interface SqliteSettings {
  /** The database file; its folder is made when it is missing. On a local disk: locks over NFS cannot be trusted. */
  readonly path: string;
  /** How long a write waits for another process that writes, in milliseconds. */
  readonly patience?: number;
  /** A last word with the opened file, for pragmas of one's own. */
  readonly onOpen?: (database: Database.Database) => void;
}

/**
 * Opens the file, brings its tables up to date and keeps everything in it.
 * Reading has a connection of its own, so that it does not wait while a write does.
 */
export async function openSqlite(settings: SqliteSettings): Promise<Persistence> {
  const { path, patience = 3_000 } = settings;
  const open = (database: Database.Database) =>
    new Kysely<Schema>({ dialect: new DurableSqliteDialect({ database, patience }) });
  const db = open(openFile(settings));
  await migrate(db, SQLITE);
  const reader = open(new Database(path, { readonly: true, timeout: 0 }));
  const counts = new SqliteCallCounts(path);
  let closing: Promise<void> | undefined;
  return {
    accounts: new KyselyAccountRepository(db, reader),
    sessions: new KyselySessionRepository(db, reader),
    orders: new KyselyOrderRepository(db, SQLITE, reader),
    events: new KyselyEventLog(db, SQLITE, reader),
    idempotency: new KyselyIdempotencyRepository(db, reader),
    reconciliations: new KyselyReconciliationRepository(db, reader),
    platformCertificates: new KyselyPlatformCertificateRepository(db, reader),
    webhooks: new KyselyWebhookRepository(db, reader),
    callCounter: (name) => counts.counter(name),
    ping: () => beat(db),
    async close() {
      closing ??= Promise.all([reader.destroy(), db.destroy()]).then(() => counts.close());
      await closing;
    },
  };
}

/**
 * WAL with FULL: a commit that returned is on the disk. Re-opened files default to NORMAL, which may lose some.
 * Waiting for other writers is the dialect's business, which does it without holding up the process.
 */
function openFile({ path, onOpen }: SqliteSettings): Database.Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('busy_timeout = 0');
  onOpen?.(database);
  return database;
}
