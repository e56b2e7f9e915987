import { EventEmitter } from 'node:events';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPool, WatchedPool } from '../../src/adapters/kysely/postgres-pool.ts';
import { Outage } from '../../src/domain/outage.ts';
import { STORAGES } from '../support/storages.ts';

/** A pool whose one connection fails as it is told to, and then answers. */
function failingPool(...failures: Error[]) {
  const asked: string[] = [];
  const released: unknown[] = [];
  const client = Object.assign(new EventEmitter(), {
    async query(sql: string) {
      asked.push(sql);
      const failure = failures.shift();
      if (failure) throw failure;
      return { rows: [], command: 'SELECT', rowCount: 0 };
    },
    release: (broken: unknown) => void released.push(broken),
  });
  const pool = { connect: async () => client, options: {}, end: async () => {} } as unknown as pg.Pool;
  return { asked, released, pool: new WatchedPool(pool) };
}

const failure = (code: string): Error => Object.assign(new pg.DatabaseError('failed', 6, 'error'), { code });

async function query(pool: WatchedPool, ...statements: string[]): Promise<void> {
  const client = await pool.connect();
  try {
    for (const statement of statements) await client.query(statement, []);
  } finally {
    client.release();
  }
}

describe('a statement that lost against another', () => {
  it.each(['40001', '40P01'])('with %s is asked again', async (code) => {
    const { asked, pool } = failingPool(failure(code), failure(code), failure(code));
    await query(pool, 'update accounts');
    expect(asked).toEqual(Array(4).fill('update accounts'));
  });

  it('again and again is an outage of a moment', async () => {
    const { asked, pool } = failingPool(...Array.from({ length: 9 }, () => failure('40001')));
    await expect(query(pool, 'update accounts')).rejects.toMatchObject({
      code: 'storage-contended',
      retryAfterSeconds: 1,
    });
    expect(asked).toHaveLength(4);
  });

  it('within a transaction went down with it, and is not asked again by itself', async () => {
    const { asked, pool } = failingPool(undefined as never, failure('40001'));
    await expect(query(pool, 'begin', 'update accounts')).rejects.toBeInstanceOf(Outage);
    expect(asked).toEqual(['begin', 'update accounts']);
  });

  it('as a commit is not asked again, for there is nothing left to commit', async () => {
    const { asked, pool } = failingPool(undefined as never, undefined as never, failure('40001'));
    const step = query(pool, 'start transaction isolation level read committed', 'update orders', 'commit');
    await expect(step).rejects.toMatchObject({ code: 'storage-contended' });
    expect(asked).toEqual(['start transaction isolation level read committed', 'update orders', 'commit']);
  });

  it('after a transaction that ended is asked again', async () => {
    const { asked, pool } = failingPool(undefined as never, undefined as never, failure('40001'));
    await query(pool, 'begin', 'rollback', 'update accounts');
    expect(asked).toEqual(['begin', 'rollback', 'update accounts', 'update accounts']);
  });
});

describe('a failure', () => {
  it.each([
    '08006',
    '28P01',
    '3D000',
    '25P03',
    '55000',
    '53300',
    '57014',
    '57P01',
    '57P03',
    '58030',
    '25006',
    '55P03',
    'XX000',
  ])('%s of the server is an Outage', async (code) => {
    const { pool } = failingPool(failure(code));
    await expect(query(pool, 'select 1')).rejects.toMatchObject({ code: 'storage-unavailable' });
  });

  it.each(['23505', '22021', '42P01', '42601'])('%s of ours is no Outage', async (code) => {
    const { pool, released } = failingPool(failure(code));
    await expect(query(pool, 'select 1')).rejects.toMatchObject({ code });
    expect(released).toEqual([false]);
  });

  it.each([
    ['a lost connection', Object.assign(new Error('gone'), { code: 'ECONNRESET' })],
    ['an answer that never came', new Error('Query read timeout')],
    ['a shutdown', failure('57P01')],
  ])('like %s throws the connection away', async (_what, error) => {
    const { pool, released } = failingPool(error);
    await expect(query(pool, 'select 1')).rejects.toBeInstanceOf(Outage);
    expect(released).toEqual([true]);
  });
});

describe('a bigint', () => {
  const postgres = STORAGES.find(({ name }) => name === 'postgres');

  it('comes as a number, unless a number could not hold it', async ({ skip }) => {
    skip(postgres === undefined, 'there is no PostgreSQL here');
    const { POSTGRES_URL: url = '' } = await postgres!.environment('');
    const pool = createPool({ url, connections: 1, patience: 2_000 });
    onTestFinished(() => pool.end());
    const read = async (number: string) => (await pool.query(`select ${number}::bigint as n`)).rows[0];
    expect(await read('9007199254740991')).toEqual({ n: Number.MAX_SAFE_INTEGER });
    await expect(read('9007199254740993')).rejects.toThrow(/too large/);
  });
});
