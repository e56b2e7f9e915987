import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { Outage } from '../../domain/outage.ts';
import { Turnstile } from './turnstile.ts';

export interface DurableSqliteConfig {
  readonly database: Database.Database;
  /** How long a statement waits for another process that writes, in milliseconds. */
  readonly patience: number;
}

/** SQLite for a server: waits for other writers without standing still, and says so when the storage is in trouble. */
export class DurableSqliteDialect extends SqliteDialect {
  readonly #config: DurableSqliteConfig;

  constructor(config: DurableSqliteConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new PatientDriver(this.#config);
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  /** SQLite can do DDL in a transaction; kysely's own adapter does not count on it, we do. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** There is one, and the driver below hands it round; kysely's own queue would let callers wait without end. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class PatientDriver extends SqliteDriver {
  readonly #database: Database.Database;
  readonly #patience: number;
  readonly #turnstile = new Turnstile();

  constructor(config: DurableSqliteConfig) {
    super(config);
    this.#database = config.database;
    this.#patience = config.patience;
  }

  /** The wait for one's turn and the wait for other processes are one wait, counted from the asking. */
  override async acquireConnection(): Promise<DatabaseConnection> {
    const deadline = performance.now() + this.#patience;
    await this.#turnstile.enter(this.#patience);
    return new PatientConnection(await super.acquireConnection(), deadline);
  }

  /** A full disk has SQLite roll back by itself; to ask for it again would be an error and hide the first one. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }

  override async releaseConnection(): Promise<void> {
    this.#turnstile.leave();
  }
}

/** A deferred transaction that turns into a writer fails at once where another writes; this one waits its turn. */
const BEGIN = CompiledQuery.raw('begin immediate');

class PatientConnection implements DatabaseConnection {
  readonly #inner: DatabaseConnection;
  readonly #deadline: number;
  readonly streamQuery: DatabaseConnection['streamQuery'];

  constructor(inner: DatabaseConnection, deadline: number) {
    this.#inner = inner;
    this.#deadline = deadline;
    this.streamQuery = inner.streamQuery.bind(inner);
  }

  /** SQLite's own waiting would hold up the whole process, so we wait outside of it and ask again. */
  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const asked = query.sql === 'begin' ? BEGIN : query;
    for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
      try {
        return await this.#inner.executeQuery<Row>(asked);
      } catch (error) {
        if (!isBusy(error) || performance.now() + pause > this.#deadline) throw orOutage(error);
      }
      await wait(pause);
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');

const TROUBLE = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|PROTOCOL)/;

function orOutage(cause: unknown): unknown {
  if (!(cause instanceof Database.SqliteError) || !TROUBLE.test(cause.code)) return cause;
  return new Outage('storage-unavailable', 'The storage cannot be used at the moment.', { cause });
}
