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
  /** Opens an empty one, closed and thrown away when the test is over. */
  open(): Promise<Persistence>;
}

const sqliteVersion = new Database(':memory:').prepare('select sqlite_version()').pluck().get();

export const STORAGES: readonly Storage[] = [
  {
    name: 'memory',
    server: `Maps of this process, Node ${process.versions.node}`,
    keepsAfterRestart: false,
    open: openMemory,
  },
  {
    name: 'sqlite',
    server: `SQLite ${String(sqliteVersion)}, WAL, synchronous FULL`,
    keepsAfterRestart: true,
    open: openTemporarySqlite,
  },
];

async function openTemporarySqlite(): Promise<Persistence> {
  const persistence = await openSqlite({ path: join(temporaryFolder(), 'wexagon.db') });
  onTestFinished(() => persistence.close());
  return persistence;
}

/** A folder of its own for one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wexagon-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
