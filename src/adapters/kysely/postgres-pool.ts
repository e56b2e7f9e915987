import { setTimeout as wait } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { SECOND } from '../../domain/clock.ts';
import { cannotConnect, isBroken, isConflict, orOutage } from './postgres-trouble.ts';

export interface PoolSettings {
  readonly url: string;
  /** How many connections one process keeps at most. */
  readonly connections: number;
  /** How long one statement may take, in milliseconds. */
  readonly patience: number;
  /** How long it may wait for a lock; the longest that anybody is likely to hold one. */
  readonly lockPatience?: number;
}

/** A pool whose every wait has an end, and which outlives its server. */
export function createPool({ url, connections, patience, lockPatience = SECOND }: PoolSettings): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'wexagon',
    max: connections,
    connectionTimeoutMillis: Math.min(patience, 1.5 * SECOND),
    idleTimeoutMillis: 30 * SECOND,
    statement_timeout: patience,
    query_timeout: patience + 200,
    lock_timeout: lockPatience,
    idle_in_transaction_session_timeout: 5 * SECOND,
    keepAlive: true,
    types: { getTypeParser },
  });
  // A server that goes away tells idle connections and busy ones; unheard, either would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** bigint comes as text, for it may be more than a number holds; ours never is, and one that is must not pass. */
const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (oid, format) =>
  oid === pg.types.builtins.INT8 ? safeInteger : pg.types.getTypeParser(oid, format);

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a number from the database is too large');
  return value;
}

/** Hands kysely connections that say so when the storage is in trouble. */
export class WatchedPool implements PostgresPool {
  readonly options: object;
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    this.options = pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    try {
      return new WatchedClient(await this.#pool.connect()) as unknown as PostgresPoolClient;
    } catch (error) {
      throw cannotConnect(error);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

const TRIES = 4;

const BEGINS = /^(begin|start transaction)/;
const ENDS = /^(commit|rollback)$/;

class WatchedClient {
  readonly #client: pg.PoolClient;
  #inTransaction = false;
  #broken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /**
   * A statement by itself that lost against another is asked again; one in a transaction went down with it.
   * So did a commit: asked again it would have nothing to commit, and be told that all is well.
   */
  async query(sql: string, parameters: readonly unknown[] = []): Promise<pg.QueryResult> {
    if (BEGINS.test(sql)) this.#inTransaction = true;
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await this.#client.query(sql, [...parameters]);
        if (ENDS.test(sql)) this.#inTransaction = false;
        return result;
      } catch (error) {
        this.#broken ||= isBroken(error);
        if (!isConflict(error) || this.#inTransaction || tries === TRIES) throw orOutage(error);
      }
      await wait(Math.random() * 20 * tries);
    }
  }

  /** A broken connection is not put back for others to trip over. */
  release(): void {
    this.#client.release(this.#broken);
  }
}
