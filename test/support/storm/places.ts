import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { databaseUrl, MongoServer } from '../servers/mongo-server.ts';
import { createDatabase, PostgresServer } from '../servers/postgres-server.ts';

/** A storage for one storm, the trouble that it can be in, and what to do with it afterwards. */
export interface Place {
  readonly settings: Readonly<Record<string, string>>;
  readonly server: string;
  /** What `shake` does, in a word; undefined where nothing can be done to it. */
  readonly trouble?: string;
  readonly shake?: () => Promise<void>;
  /** Files in which no secret may be. */
  readonly files: readonly string[];
  /** Has to be treated gently: it cannot judge what many do at once. */
  readonly isStandIn?: boolean;
  readonly leave: () => Promise<void> | void;
}

/** Longer than a server waits for a storage. */
const HOLD = 4_500;

export const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  async memory() {
    return { settings: { STORAGE: 'memory' }, server: 'Maps of the servers’ process', files: [], leave: () => {} };
  },
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'wexagon-storm-'));
    const path = join(folder, 'wexagon.db');
    return {
      settings: { STORAGE: 'sqlite', SQLITE_PATH: path },
      server: 'SQLite, WAL, synchronous FULL',
      trouble: `locked for ${HOLD / 1_000} s`,
      shake: () => lock(path),
      files: [path, `${path}-wal`],
      leave: () => rmSync(folder, { recursive: true }),
    };
  },
  async postgres() {
    const { POSTGRES_URL: given } = process.env;
    if (given !== undefined) return strange('PostgreSQL', 'POSTGRES_URL', await createDatabase(given));
    const own = await PostgresServer.start({ durable: true });
    return {
      settings: { STORAGE: 'postgres', POSTGRES_URL: await createDatabase(own.url) },
      server: own.version,
      trouble: 'crashed and restarted',
      shake: async () => {
        await own.stop('immediate');
        await own.restart();
      },
      files: [],
      leave: () => own.dispose(),
    };
  },
  async mongo() {
    const { MONGODB_URL: given } = process.env;
    if (given !== undefined)
      return strange('MongoDB', 'MONGODB_URL', databaseUrl(given, `wexagon_storm_${Date.now()}`));
    const own = await MongoServer.start();
    return {
      settings: { STORAGE: 'mongo', MONGODB_URL: databaseUrl(own.urlBase, `wexagon_storm_${Date.now()}`) },
      server: own.server,
      ...(own.isStandIn
        ? { trouble: `frozen for ${HOLD / 1_000} s`, shake: () => freeze(own) }
        : { trouble: 'crashed and restarted', shake: () => own.restart() }),
      files: [],
      isStandIn: own.isStandIn,
      leave: () => own.dispose(),
    };
  },
};

/** Somebody else's server is not ours to shake. */
const strange = (name: string, variable: 'POSTGRES_URL' | 'MONGODB_URL', url: string): Place => ({
  settings: { STORAGE: variable === 'POSTGRES_URL' ? 'postgres' : 'mongo', [variable]: url },
  server: `${name} at ${variable}`,
  files: [],
  leave: () => {},
});

/** As a backup or a person at the prompt does. */
async function lock(path: string): Promise<void> {
  const { default: Database } = await import('better-sqlite3');
  const other = new Database(path, { timeout: 5_000 });
  other.exec('begin immediate');
  await wait(HOLD);
  other.exec('rollback').close();
}

/** One that forgets when it dies can only stand still. */
async function freeze(server: MongoServer): Promise<void> {
  server.freeze();
  await wait(HOLD);
  server.thaw();
}
