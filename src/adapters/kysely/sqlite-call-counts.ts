import Database from 'better-sqlite3';
import { RateLimiterMemory, RateLimiterSQLite } from 'rate-limiter-flexible';
import { MINUTE, SECOND } from '../../domain/clock.ts';
import type { CallCounter } from '../../domain/throttle.ts';

/** The limiter only counts: what is too much is the domain's to say. */
const COUNT = { points: Number.MAX_SAFE_INTEGER, duration: MINUTE / SECOND };

/**
 * Counts in a file beside the database, which all processes of the machine share.
 * It is never waited for: a count is worth no fsync, and where the file cannot be used each process counts for itself.
 */
export class SqliteCallCounts {
  readonly #database: Database.Database;
  readonly #cleaning: NodeJS.Timeout;

  constructor(path: string) {
    this.#database = new Database(`${path}-calls`);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = OFF');
    this.#database.exec(
      'create table if not exists call_counts (key text primary key, points integer not null, expire integer) strict',
    );
    this.#database.pragma('busy_timeout = 100');
    this.#cleaning = setInterval(() => this.#forgetTheOld(), 5 * MINUTE).unref();
  }

  counter(name: string): CallCounter {
    const limiter = new RateLimiterSQLite({
      storeClient: this.#database,
      storeType: 'better-sqlite3',
      tableName: 'call_counts',
      tableCreated: true,
      keyPrefix: name,
      ...COUNT,
      insuranceLimiter: new RateLimiterMemory(COUNT),
    });
    return {
      async count(key) {
        const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
        return { calls: consumedPoints, resetsIn: msBeforeNext };
      },
    };
  }

  close(): void {
    clearInterval(this.#cleaning);
    this.#database.close();
  }

  /** What cannot be cleaned up now can be the next time. */
  #forgetTheOld(): void {
    try {
      this.#database.prepare('delete from call_counts where expire < ?').run(Date.now());
    } catch {
      return;
    }
  }
}
