import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { inject, onTestFinished } from 'vitest';
import { openSqlite } from '../../src/adapters/kysely/open-sqlite.ts';
import { openMemory } from '../../src/adapters/memory/open-memory.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { Backend } from './backends.ts';
import type { Servers } from './global-servers.ts';
import { databaseUrl, dropMongoDatabase } from './servers/mongo-server.ts';
import { createDatabase, dropDatabase } from './servers/postgres-server.ts';

/** A storage that contracts can be run on. */
export interface Storage extends Backend {
  readonly name: 'memory' | 'sqlite' | 'postgres' | 'mongo';
  readonly keepsAfterRestart: boolean;
  /** Why this server cannot be held to counting every one of many calls at once. */
  readonly cannotJudgeContention?: string | undefined;
  /** Makes room for one, thrown away when the test is over, and answers how to open it. */
  readonly place: () => () => Promise<Persistence>;
  /** Opens an empty one. */
  readonly open: () => Promise<Persistence>;
  /** Makes room for one, and answers the settings with which a server that runs in the folder opens it. */
  readonly environment: (folder: string) => Promise<Record<string, string>>;
}

const sqliteVersion = new Database(':memory:').prepare('select sqlite_version()').pluck().get();
const { postgres, mongo } = inject('servers');

/** All that can be had here; the closing table says what is missing. */
export const STORAGES: readonly Storage[] = [
  {
    name: 'memory',
    server: `Maps of this process, Node ${process.versions.node}`,
    keepsAfterRestart: false,
    place: () => openMemory,
    open: openMemory,
    environment: async () => ({ STORAGE: 'memory' }),
  },
  {
    name: 'sqlite',
    server: `SQLite ${String(sqliteVersion)}, WAL, synchronous FULL`,
    keepsAfterRestart: true,
    place: temporarySqlite,
    open: () => temporarySqlite()(),
    environment: async () => ({ STORAGE: 'sqlite' }),
  },
  ...('missing' in postgres ? [] : [postgresStorage(postgres)]),
  ...('missing' in mongo ? [] : [mongoStorage(mongo)]),
];

function temporarySqlite(): () => Promise<Persistence> {
  const path = join(temporaryFolder(), 'wexagon.db');
  return opening(() => openSqlite({ path }));
}

function postgresStorage({ url, server }: Exclude<Servers['postgres'], { missing: string }>): Storage {
  const database = async () => {
    const fresh = await createDatabase(url);
    onTestFinished(() => dropDatabase(url, fresh));
    return fresh;
  };
  const place = () => {
    let fresh: Promise<string> | undefined;
    return opening(async () => {
      const { openPostgres } = await import('../../src/adapters/kysely/open-postgres.ts');
      return openPostgres({ url: await (fresh ??= database()) });
    });
  };
  const environment = async () => ({ STORAGE: 'postgres', POSTGRES_URL: await database() });
  return { name: 'postgres', server, keepsAfterRestart: true, place, open: () => place()(), environment };
}

function mongoStorage({ urlBase, server, isStandIn }: Exclude<Servers['mongo'], { missing: string }>): Storage {
  const database = () => {
    const fresh = databaseUrl(urlBase, `wexagon_test_${randomUUID().replaceAll('-', '')}`);
    if (!isStandIn) onTestFinished(() => dropMongoDatabase(fresh));
    return fresh;
  };
  const place = () => {
    const url = database();
    return opening(async () => (await import('../../src/adapters/mongoose/open-mongo.ts')).openMongo({ url }));
  };
  const environment = async () => ({ STORAGE: 'mongo', MONGODB_URL: database() });
  const races = 'jongodb loses findAndModify races; a real mongod has to judge this';
  return {
    name: 'mongo',
    server,
    keepsAfterRestart: true,
    cannotJudgeContention: isStandIn ? races : undefined,
    place,
    open: () => place()(),
    environment,
  };
}

/** How to open it, and close it when the test is over. */
const opening = (open: () => Promise<Persistence>) => async (): Promise<Persistence> => {
  const persistence = await open();
  onTestFinished(() => persistence.close());
  return persistence;
};

/** A folder of its own for one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wexagon-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** For what takes long to make and harms nobody when it is shared: gone when the process is. */
export function lastingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wexagon-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
