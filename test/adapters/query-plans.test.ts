import Database from 'better-sqlite3';
import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import { createConnection } from 'mongoose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KyselyAccountRepository } from '../../src/adapters/kysely/account-repository.ts';
import { KyselyEventLog } from '../../src/adapters/kysely/event-log.ts';
import { type Flavour, POSTGRES, SQLITE } from '../../src/adapters/kysely/flavour.ts';
import { KyselyIdempotencyRepository } from '../../src/adapters/kysely/idempotency-repository.ts';
import { migrate } from '../../src/adapters/kysely/migrate.ts';
import { KyselyOrderRepository } from '../../src/adapters/kysely/order-repository.ts';
import { KyselyPlatformCertificateRepository } from '../../src/adapters/kysely/platform-certificates.ts';
import { createPool, WatchedPool } from '../../src/adapters/kysely/postgres-pool.ts';
import type { Schema } from '../../src/adapters/kysely/schema.ts';
import { KyselyReconciliationRepository } from '../../src/adapters/kysely/reconciliation-repository.ts';
import { KyselySessionRepository } from '../../src/adapters/kysely/session-repository.ts';
import { KyselyWebhookRepository } from '../../src/adapters/kysely/webhook-repository.ts';
import { openMongo } from '../../src/adapters/mongoose/open-mongo.ts';
import { DurableSqliteDialect } from '../../src/adapters/kysely/sqlite-dialect.ts';
import type { UnionId } from '../../src/domain/account/account.ts';
import { later } from '../../src/domain/clock.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import type { SucceededRefund } from '../../src/domain/order/refund.ts';
import {
  NOON,
  paidWithRefunds,
  sampleAccount,
  sampleCertificates,
  sampleDelivery,
  sampleKeyedRequest,
  sampleNote,
  sampleReconciliation,
  sampleSession,
  stepsTo,
} from '../support/samples.ts';
import { STORAGES } from '../support/storages.ts';
import { walk } from '../support/walk.ts';

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
  await everyOrderStatement(db, flavour);
  await everyRequestStatement(db);
  await everyReconciliationStatement(db);
  await everyCertificateStatement(db);
  await everyWebhookStatement(db);
  return log.filter(({ sql }) => /^(select|update|delete|insert)/.test(sql) && !/advisory_xact_lock/.test(sql));
}

async function everyOrderStatement(db: Kysely<Schema>, flavour: Flavour): Promise<void> {
  const [orders, events] = [new KyselyOrderRepository(db, flavour), new KyselyEventLog(db, flavour)];
  const [placed, begun] = stepsTo('prepaying');
  await orders.add(placed);
  await orders.find(placed.order.id);
  const order = await orders.save(begun!);
  await orders.save({ order, events: [] });
  await orders.due(NOON, 10);
  await orders.list({ limit: 10 });
  await orders.list({ limit: 10, after: order });
  await orders.list({ limit: 10, state: 'prepaying' });
  await orders.list({ limit: 10, state: 'prepaying', after: order });
  await orders.page('', 10);
  await orders.restore([order]);
  const paid = (await walk(orders, paidWithRefunds(['requested', 'closed']))) as PaidOrder;
  await orders.findByTransaction(paid.payment.transactionId);
  await orders.paidBetween(NOON, later(NOON, 1), 10);
  await orders.paidBetween(NOON, later(NOON, 1), 10, paid);
  await orders.refundedBetween(NOON, later(NOON, 1), 10);
  const [refunded] = paidWithRefunds(['succeeded'])
    .slice(-1)
    .map(({ order }) => order as PaidOrder);
  const after = { order: refunded!, refund: refunded!.refunds[0] as SucceededRefund };
  await orders.refundedBetween(NOON, later(NOON, 1), 10, after);
  await orders.restore([paid]);
  await events.note(sampleNote());
  await events.restore(await events.page('', 10));
}

async function everyRequestStatement(db: Kysely<Schema>): Promise<void> {
  const idempotency = new KyselyIdempotencyRepository(db);
  const request = sampleKeyedRequest();
  await idempotency.begin(request);
  await idempotency.begin(request);
  await idempotency.relock(request, later(NOON, 1));
  await idempotency.finish(request, { status: 200, body: '' });
  await idempotency.page('', 10);
  await idempotency.restore([request]);
  await idempotency.removeOlderThan(NOON, 10);
}

async function everyReconciliationStatement(db: Kysely<Schema>): Promise<void> {
  const reconciliations = new KyselyReconciliationRepository(db);
  const begun = sampleReconciliation();
  await reconciliations.begin(begun);
  await reconciliations.save(begun);
  await reconciliations.find(begun.id);
  await reconciliations.page('', 10);
  await reconciliations.restore([begun]);
}

async function everyCertificateStatement(db: Kysely<Schema>): Promise<void> {
  const certificates = new KyselyPlatformCertificateRepository(db);
  await certificates.keep(sampleCertificates());
  await certificates.keep(sampleCertificates());
  await certificates.find(sampleCertificates().mchid);
}

async function everyWebhookStatement(db: Kysely<Schema>): Promise<void> {
  const webhooks = new KyselyWebhookRepository(db);
  const delivery = sampleDelivery();
  await webhooks.takeUp([delivery], '1');
  await webhooks.endpoint();
  await webhooks.setDisabled(null);
  await webhooks.due(NOON, 10);
  await webhooks.save((await webhooks.claim(delivery, NOON))!);
  await webhooks.find(delivery.id);
  await webhooks.list({ limit: 10 });
  await webhooks.list({ limit: 10, state: 'dead' });
  await webhooks.page('', 10);
  await webhooks.restore([delivery]);
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
    expect(statements.length).toBeGreaterThanOrEqual(92);
    const plan = (query: string) => database.prepare(`explain query plan ${query}`).all() as { detail: string }[];
    const scans = statements.flatMap((statement) =>
      plan(statement.sql.replaceAll('?', "'1'")).filter(({ detail }) =>
        /^SCAN (?!.*USING|\(|CONSTANT|\d+-ROW)|^USE TEMP B-TREE/.test(detail),
      ),
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
    const behind = { createdAt: { $lte: NOON }, $or: [{ createdAt: { $lt: NOON } }, { _id: { $lt: 'o' } }] };
    const paidThen = { $gte: NOON, $lt: later(NOON, 1) };
    const paidBehind = [{ 'payment.paidAt': { $gt: NOON } }, { 'payment.paidAt': NOON, _id: { $gt: 'o' } }];
    const lookUps: [find: string, filter: object, sort?: object][] = [
      ['accounts', { _id: 'a' }],
      ['accounts', { appid: 'a', openid: 'o' }],
      ['accounts', { unionid: 'u' }],
      ['accounts', { 'sessionKey.keyId': 'k1' }],
      ['sessions', { _id: 'd' }],
      ['sessions', { accountId: 'a' }],
      ['sessions', { idleExpiresAt: { $lte: NOON } }],
      ['call_counts', { key: 'k' }],
      ['orders', { _id: 'o', version: 1 }],
      ['orders', { 'payment.transactionId': { $eq: '4200', $type: 'string' } }],
      ['orders', { state: 'paid', 'payment.paidAt': paidThen }, { 'payment.paidAt': 1, _id: 1 }],
      ['orders', { state: 'paid', 'payment.paidAt': paidThen, $or: paidBehind }, { 'payment.paidAt': 1, _id: 1 }],
      ['orders', { refunds: { $elemMatch: { succeededAt: paidThen } } }],
      ['refund_numbers', { _id: 'r', orderId: 'o', version: 1 }],
      ['reconciliations', { _id: '2026-11-21', version: 1 }],
      ['platform_certificates', { _id: '1900000109' }],
      ['webhook_deliveries', { state: 'waiting', dueAt: { $lte: NOON } }, { dueAt: 1, _id: 1 }],
      ['webhook_deliveries', { orderId: { $in: ['a', 'b'] }, state: 'waiting' }],
      ['webhook_deliveries', { orderId: 'a', state: 'waiting', _id: { $gt: 'e' } }],
      ['webhook_deliveries', { state: 'dead', _id: { $gt: 'e' } }, { _id: 1 }],
      ['webhook_deliveries', { _id: { $gt: 'e' } }, { _id: 1 }],
      ['webhook_deliveries', { _id: 'e', version: 1 }],
      ['orders', { unfiled: true }],
      ['orders', { 'watch.dueAt': { $lte: NOON } }, { 'watch.dueAt': 1 }],
      ['orders', {}, { createdAt: -1, _id: -1 }],
      ['orders', { state: 'paid' }, { createdAt: -1, _id: -1 }],
      ['orders', behind, { createdAt: -1, _id: -1 }],
      ['orders', { state: 'paid', ...behind }, { createdAt: -1, _id: -1 }],
      ['orders', { _id: { $gt: 'o' } }, { _id: 1 }],
      ['events', {}, { _id: -1 }],
      ['events', { _id: { $gt: '1' } }, { _id: 1 }],
      ['events', { eventId: { $in: ['e1', 'e2'] } }],
      ['keyed_requests', { _id: 'r', answer: null }],
      ['keyed_requests', { createdAt: { $lt: NOON } }, { createdAt: 1 }],
    ];
    for (const [find, filter, sort = {}] of lookUps) {
      const explained = await connection.db!.command({ explain: { find, filter, sort }, verbosity: 'queryPlanner' });
      const plan = JSON.stringify(explained.queryPlanner.winningPlan);
      expect.soft(plan, JSON.stringify([filter, sort])).toMatch(/IXSCAN|IDHACK|EXPRESS/);
      expect.soft(plan, JSON.stringify([filter, sort])).not.toMatch(/"stage":"SORT"/);
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
    for (const way of ['seqscan', 'bitmapscan', 'sort']) await sql`set ${sql.raw(`enable_${way}`)} = off`.execute(db);
    const plan = async (query: CompiledQuery) => {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${query.sql}`, [...query.parameters]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    for (const statement of statements) expect.soft(await plan(statement), statement.sql).not.toMatch(/Seq Scan|Sort/);
    expect(await plan({ sql: 'select * from accounts where profile = $1', parameters: ['1'] } as never)).toContain(
      'Seq Scan',
    );
  });
});
