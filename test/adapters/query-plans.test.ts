import Database from 'better-sqlite3';
import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import { createConnection } from 'mongoose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KyselyAccountRepository } from '../../src/adapters/kysely/account-repository.ts';
import { type Flavour, POSTGRES, SQLITE } from '../../src/adapters/kysely/flavour.ts';
import { migrate } from '../../src/adapters/kysely/migrate.ts';
import { createPool, WatchedPool } from '../../src/adapters/kysely/postgres-pool.ts';
import type { Schema } from '../../src/adapters/kysely/schema.ts';
import { KyselySessionRepository } from '../../src/adapters/kysely/session-repository.ts';
import { openMongo } from '../../src/adapters/mongoose/open-mongo.ts';
import { DurableSqliteDialect } from '../../src/adapters/kysely/sqlite-dialect.ts';
import type { UnionId } from '../../src/domain/account/account.ts';
import { NOON, sampleAccount, sampleSession } from '../support/samples.ts';
import { STORAGES } from '../support/storages.ts';

/** Calls everything the code calls, and answers the statements that took. */
async function everyStatement(db: Kysely<Schema>, log: CompiledQuery[], flavour: Flavour): Promise<CompiledQuery[]> {
  await migrate(db, flavour);
  const [accounts, sessions] = [new KyselyAccountRepository(db), new KyselySessionRepository(db)];
  log.length = 0;
  const account = await accounts.register(sampleAccount({ unionid: 'u1' as UnionId }));
  await accounts.find(account.id);
  await accounts.findByUnionid('u1' as UnionId);
  await accounts.save(account);
  await accounts.sessionKeyIds();
  await accounts.findSealedUnderKey('k1');
  await accounts.findSealedUnderOtherKey('k2', 10);
  await accounts.page('', 10);
  await accounts.restore([account]);
  const session = sampleSession();
  await sessions.add(session);
  await sessions.findByDigest(session.tokenDigest);
  await sessions.list(session.accountId);
  await sessions.touch(session);
  await sessions.keepLatest(session.accountId);
  await sessions.removeExpired(NOON, 10);
  await sessions.page('', 10);
  await sessions.restore([session]);
  await sessions.revoke(session.accountId, session.id);
  await sessions.revokeAll(session.accountId);
  return log.filter(({ sql }) => /^(select|update|delete)/.test(sql));
}

function logging(log: CompiledQuery[]) {
  return { log: ({ query }: { query: CompiledQuery }) => void log.push(query) };
}

describe('every look-up uses an index', () => {
  it('on SQLite', async () => {
    const log: CompiledQuery[] = [];
    const database = new Database(':memory:');
    const db = new Kysely<Schema>({
      dialect: new DurableSqliteDialect({ database, patience: 1_000 }),
      ...logging(log),
    });
    const statements = await everyStatement(db, log, SQLITE);
    expect(statements.length).toBeGreaterThanOrEqual(18);
    const plan = (query: string) => database.prepare(`explain query plan ${query}`).all() as { detail: string }[];
    const scans = statements.flatMap((statement) =>
      plan(statement.sql.replaceAll('?', "'1'")).filter(({ detail }) => /^SCAN (?!.*USING|\(|CONSTANT)/.test(detail)),
    );
    expect(scans).toEqual([]);
    expect(plan('select * from accounts where profile = 1')[0]?.detail).toMatch(/^SCAN accounts$/);
    await db.destroy();
  });

  const mongo = STORAGES.find(({ name }) => name === 'mongo');

  it('on MongoDB', async ({ skip }) => {
    skip(mongo === undefined, 'there is no MongoDB here');
    skip(mongo!.cannotJudgeContention !== undefined, 'jongodb cannot explain; a real mongod has to judge this');
    const { MONGODB_URL: url = '' } = await mongo!.environment('');
    const persistence = await openMongo({ url });
    const connection = await createConnection(url).asPromise();
    onTestFinished(() => persistence.close());
    onTestFinished(() => connection.destroy());
    const lookUps: [string, object][] = [
      ['accounts', { _id: 'a' }],
      ['accounts', { appid: 'a', openid: 'o' }],
      ['accounts', { unionid: 'u' }],
      ['accounts', { 'sessionKey.keyId': 'k1' }],
      ['sessions', { _id: 'd' }],
      ['sessions', { accountId: 'a' }],
      ['sessions', { idleExpiresAt: { $lte: NOON } }],
      ['call_counts', { key: 'k' }],
    ];
    for (const [find, filter] of lookUps) {
      const plan = JSON.stringify(
        await connection.db!.command({ explain: { find, filter }, verbosity: 'queryPlanner' }),
      );
      expect.soft(plan, JSON.stringify(filter)).toMatch(/IXSCAN|IDHACK|EXPRESS/);
    }
  });

  const postgres = STORAGES.find(({ name }) => name === 'postgres');

  it('on PostgreSQL', async ({ skip }) => {
    skip(postgres === undefined, 'there is no PostgreSQL here');
    const log: CompiledQuery[] = [];
    const { POSTGRES_URL: url = '' } = await postgres!.environment('');
    const pool = createPool({ url, connections: 1, patience: 5_000 });
    const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: new WatchedPool(pool) }), ...logging(log) });
    onTestFinished(() => db.destroy());
    const statements = await everyStatement(db, log, POSTGRES);
    await sql`set enable_seqscan = off`.execute(db);
    const plan = async (query: CompiledQuery) => {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${query.sql}`, [...query.parameters]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    for (const statement of statements) expect.soft(await plan(statement), statement.sql).not.toContain('Seq Scan');
    expect(await plan({ sql: 'select * from accounts where profile = $1', parameters: ['1'] } as never)).toContain(
      'Seq Scan',
    );
  });
});
