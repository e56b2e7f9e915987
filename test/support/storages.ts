import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { openSqlite } from '../../src/adapters/kysely/open-sqlite.ts';
import { openMemory } from '../../src/adapters/memory/open-memory.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { Backend } from './backends.ts';

/** A storage that contracts can be run on. */
export interface Storage extends Backend {
  readonly name: 'memory' | 'sqlite';
  readonly keepsAfterRestart: boolean;
  /** Makes room for one, thrown away when the test is over, and answers how to open it. */
  readonly place: () => () => Promise<Persistence>;
  /** Opens an empty one. */
  readonly open: () => Promise<Persistence>;
}

const sqliteVersion = new Database(':memory:').prepare('select sqlite_version()').pluck().get();

export const STORAGES: readonly Storage[] = [
  {
    name: 'memory',
    server: `Maps of this process, Node ${process.versions.node}`,
    keepsAfterRestart: false,
    place: () => openMemory,
    open: openMemory,
  },
  {
    name: 'sqlite',
    server: `SQLite ${String(sqliteVersion)}, WAL, synchronous FULL`,
    keepsAfterRestart: true,
    place: temporarySqlite,
    open: () => temporarySqlite()(),
  },
];

function temporarySqlite(): () => Promise<Persistence> {
  const path = join(temporaryFolder(), 'wexagon.db');
  return async () => {
    const persistence = await openSqlite({ path });
    onTestFinished(() => persistence.close());
    return persistence;
  };
}

/** A folder of its own for one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wexagon-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
