import { Kysely, PostgresDialect, sql } from 'kysely';
import { MINUTE } from '../../domain/clock.ts';
import { type Persistence, UnfitStorage } from '../../domain/persistence.ts';
import { KyselyAccountRepository } from './account-repository.ts';
import { KyselyEventLog } from './event-log.ts';
import { POSTGRES } from './flavour.ts';
import { beat } from './heartbeat.ts';
import { KyselyIdempotencyRepository } from './idempotency-repository.ts';
import { migrate } from './migrate.ts';
import { KyselyOrderRepository } from './order-repository.ts';
import { KyselyPlatformCertificateRepository } from './platform-certificates.ts';
import { postgresCallCounter } from './postgres-call-counts.ts';
import { createPool, WatchedPool } from './postgres-pool.ts';
import { KyselyReconciliationRepository } from './reconciliation-repository.ts';
import type { Schema } from './schema.ts';
import { KyselySessionRepository } from './session-repository.ts';
import { KyselyWebhookRepository } from './webhook-repository.ts';

export interface PostgresSettings {
  readonly url: string;
  /** How many connections this process keeps at most. */
  readonly connections?: number;
  /** How long one statement may take, in milliseconds. */
  readonly patience?: number;
}

/** Opens the database, brings its tables up to date and keeps everything in it. */
export async function openPostgres({
  url,
  connections = 10,
  patience = 2_000,
}: PostgresSettings): Promise<Persistence> {
  await prepare(url);
  const pool = createPool({ url, connections, patience });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: new WatchedPool(pool) }) });
  let closing: Promise<void> | undefined;
  return {
    accounts: new KyselyAccountRepository(db),
    sessions: new KyselySessionRepository(db),
    orders: new KyselyOrderRepository(db, POSTGRES),
    events: new KyselyEventLog(db, POSTGRES),
    idempotency: new KyselyIdempotencyRepository(db),
    reconciliations: new KyselyReconciliationRepository(db),
    platformCertificates: new KyselyPlatformCertificateRepository(db),
    webhooks: new KyselyWebhookRepository(db),
    callCounter: (name) => postgresCallCounter(pool, name),
    ping: () => beat(db),
    close: () => (closing ??= db.destroy()),
  };
}

/** By a connection of its own, for whoever starts second waits for the first one's migrations. */
async function prepare(url: string): Promise<void> {
  const pool = createPool({ url, connections: 1, patience: MINUTE, lockPatience: MINUTE });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: new WatchedPool(pool) }) });
  try {
    await refuseToForget(db);
    await migrate(db, POSTGRES);
  } finally {
    await db.destroy();
  }
}

/** With synchronous_commit off a commit returns before it is on the disk: what we acknowledge could be lost. */
async function refuseToForget(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ mode: string }>`select current_setting('synchronous_commit') as mode`.execute(db);
  if (rows[0]?.mode === 'off') {
    throw new UnfitStorage(
      'POSTGRES_URL leads to a database with synchronous_commit off, which may lose what was acknowledged. Set it to on.',
    );
  }
}
