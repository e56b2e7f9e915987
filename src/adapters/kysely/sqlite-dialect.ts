import Database from 'better-sqlite3';
import { type DialectAdapter, SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { Outage } from '../../domain/outage.ts';

/** SQLite can do DDL in a transaction; kysely's own adapter does not count on it, we do. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export class DurableSqliteDialect extends SqliteDialect {
  constructor(database: Database.Database) {
    super({ database: new WatchedDatabase(database) });
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter();
  }
}

/** Passes kysely's statements on, begins every transaction as a writer, and says so when the storage is in trouble. */
class WatchedDatabase implements SqliteDatabase {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** A deferred transaction that turns into a writer fails at once where another writes; this one waits its turn. */
  prepare(sql: string): SqliteStatement {
    const statement = orOutage(() => this.#database.prepare(sql === 'begin' ? 'begin immediate' : sql));
    return {
      reader: statement.reader,
      all: (parameters) => orOutage(() => statement.all(...parameters)),
      run: (parameters) => orOutage(() => statement.run(...parameters)),
      iterate: (parameters) => orOutage(() => statement.iterate(...parameters)),
    };
  }

  close(): void {
    this.#database.close();
  }
}

const TROUBLE = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|PROTOCOL)/;

function orOutage<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError) || !TROUBLE.test(cause.code)) throw cause;
    throw new Outage('storage-unavailable', 'The storage cannot be used at the moment.', { cause });
  }
}
