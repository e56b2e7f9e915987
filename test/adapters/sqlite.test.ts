import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/adapters/kysely/open-sqlite.ts';
import type { Account } from '../../src/domain/account/account.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { Step } from '../../src/domain/order/order-steps.ts';
import type { CreatedOrder } from '../../src/domain/order/order.ts';
import { COMPILED } from '../support/compiled.ts';
import { sampleAccount, sampleNotice, sampleSession, stepsTo } from '../support/samples.ts';
import { temporaryFolder } from '../support/storages.ts';

const tablesOf = (path: string): unknown[] =>
  new Database(path, { readonly: true })
    .prepare(
      "select name from sqlite_schema where type = 'table' and name in ('accounts', 'events', 'orders') order by name",
    )
    .pluck()
    .all();

describe('a SQLite file', () => {
  it('keeps everything when it is closed and opened again', async () => {
    const path = join(temporaryFolder(), 'deep', 'down', 'wexagon.db');
    const [account, session] = [sampleAccount(), sampleSession()];
    const first = await openSqlite({ path });
    await first.accounts.register(account);
    await first.sessions.add(session);
    await first.close();
    const second = await openSqlite({ path });
    expect(await second.accounts.find(account.id)).toEqual(account);
    expect(await second.sessions.findByDigest(session.tokenDigest)).toEqual(session);
    await second.close();
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('is in WAL mode with synchronous FULL, when it is opened again too', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    for (let time = 0; time < 2; time += 1) {
      const asked: Record<string, unknown> = {};
      await (
        await openSqlite({
          path,
          onOpen: (db) => void (asked.synchronous = db.pragma('synchronous', { simple: true })),
        })
      ).close();
      expect(asked).toEqual({ synchronous: 2 });
    }
    expect(new Database(path).pragma('journal_mode', { simple: true })).toBe('wal');
  });

  it('serves two at once: what one writes the other reads', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const [one, other] = [await openSqlite({ path }), await openSqlite({ path })];
    const account = sampleAccount();
    await one.accounts.register(account);
    expect(await other.accounts.register(sampleAccount({ openid: account.openid }))).toEqual(account);
    const saves = [one, other].map(({ accounts }) => accounts.save(account));
    const won = (await Promise.allSettled(saves)).filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    await Promise.all([one.close(), other.close()]);
  });
});

/** A thorough run (`npm run test:thorough`) kills before each of them. */
const STEP = process.env.WEXAGON_THOROUGH === undefined ? 3 : 1;

const MIGRATE_AND_DIE = new URL('../support/migrate-and-die.ts', import.meta.url);

const CHILD = { env: { ...process.env, ...COMPILED } };

describe('migrations', () => {
  it('killed before any of their statements leave nothing half done, and the next start does it all', async () => {
    let statement = 1;
    for (let finished = false; !finished; statement += STEP) {
      const path = join(temporaryFolder(), 'wexagon.db');
      const child = fork(MIGRATE_AND_DIE, [path, String(statement)], CHILD);
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      finished = code === 0;
      if (!finished) expect(signal).toBe('SIGKILL');
      expect([[], ['accounts', 'events', 'orders']]).toContainEqual(tablesOf(path));
      const healed = await openSqlite({ path });
      await healed.accounts.register(sampleAccount());
      await healed.close();
      expect(tablesOf(path)).toEqual(['accounts', 'events', 'orders']);
    }
    expect(statement).toBeGreaterThan(10);
  }, 120_000);
});

describe('many processes that start at once', () => {
  it('share one file from its first moment', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const children = Array.from({ length: 5 }, () => fork(MIGRATE_AND_DIE, [path, 'never'], CHILD));
    const codes = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(codes).toEqual(children.map(() => [0, null]));
    expect(tablesOf(path)).toEqual(['accounts', 'events', 'orders']);
  });
});

describe('trouble', () => {
  it('Throws an Outage when it cannot', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const persistence = await openSqlite({ path, patience: 50 });
    const other = new Database(path);
    other.exec('begin immediate');
    await expect(persistence.ping()).rejects.toThrow(Outage);
    await expect(persistence.accounts.register(sampleAccount())).rejects.toMatchObject({ code: 'storage-unavailable' });
    other.exec('rollback');
    await expect(persistence.ping()).resolves.toBeUndefined();
    await persistence.close();
  });

  it('of another writer is waited out, and does not hold up the process', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const persistence = await openSqlite({ path });
    const other = new Database(path);
    other.exec('begin immediate');
    const account = sampleAccount();
    const registered = persistence.accounts.register(account);
    let turns = 0;
    for (; turns < 20; turns += 1) await wait(5);
    other.exec('commit');
    expect(turns).toBe(20);
    expect(await registered).toEqual(account);
    await persistence.close();
  });

  it('of another writer keeps no reader waiting, and lets no writer wait longer than its patience', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const persistence = await openSqlite({ path, patience: 400 });
    const account = await persistence.accounts.register(sampleAccount());
    const other = new Database(path);
    other.exec('begin immediate');
    const began = performance.now();
    const writes = Array.from({ length: 20 }, () => persistence.accounts.register(sampleAccount()));
    const pings = Array.from({ length: 5 }, () => persistence.ping());
    let isOver = false;
    const settled = Promise.allSettled([...writes, ...pings]).finally(() => (isOver = true));
    expect(await persistence.accounts.find(account.id)).toEqual(account);
    expect(isOver).toBe(false);
    for (const outcome of await settled) expect(outcome).toMatchObject({ reason: { code: 'storage-unavailable' } });
    // One after the other they would have waited for ten seconds.
    expect(performance.now() - began).toBeLessThan(5_000);
    other.exec('rollback');
    await persistence.ping();
    await persistence.close();
  });

  it('of a full disk is an Outage, loses nothing, and passes', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const persistence = await openSqlite({ path, onOpen: (db) => void db.pragma('max_page_count = 60') });
    const kept: Account[] = [];
    const fill = async (): Promise<never> => {
      for (;;) kept.push(await persistence.accounts.register(sampleAccount()));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'storage-unavailable' });
    await persistence.close();
    const later = await openSqlite({ path });
    for (const account of kept) expect(await later.accounts.find(account.id)).toEqual(account);
    await later.accounts.register(sampleAccount());
    await later.close();
    expect(new Database(path).pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('of a full disk in the midst of a step leaves neither the order nor its events', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const persistence = await openSqlite({ path, onOpen: (db) => void db.pragma('max_page_count = 60') });
    const body = '奶茶'.repeat(5_000);
    const attempted: Step<CreatedOrder>[] = [];
    const fill = async (): Promise<never> => {
      for (;;) {
        const [step] = stepsTo('created');
        attempted.push({
          ...step,
          events: step.events.map((event) => ({ ...event, notice: sampleNotice({ body }) })),
        });
        await persistence.orders.add(attempted.at(-1)!);
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 'storage-unavailable' });
    await persistence.close();
    const later = await openSqlite({ path });
    const last = attempted.pop()!;
    expect(await later.orders.find(last.order.id)).toBeUndefined();
    expect(await later.events.size()).toBe(attempted.length);
    await later.orders.add(last);
    await later.close();
  });

  it('that is a bug of ours is no Outage', async () => {
    const persistence = await openSqlite({ path: join(temporaryFolder(), 'wexagon.db') });
    const session = sampleSession();
    await persistence.sessions.add(session);
    const twice = persistence.sessions.add(session);
    await expect(twice).rejects.toThrow(/UNIQUE/);
    await expect(twice).rejects.not.toBeInstanceOf(Outage);
    await persistence.close();
  });

  it('of a file that is no database is told at the start', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    writeFileSync(path, 'this was never a database, and it is long enough to be looked at'.repeat(50));
    await expect(openSqlite({ path })).rejects.toThrow(/not a database/);
  });
});
