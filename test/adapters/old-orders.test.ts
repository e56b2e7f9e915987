import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, PostgresDialect } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { createConnection, type mongo } from 'mongoose';
import { expect, it, onTestFinished } from 'vitest';
import { type Flavour, POSTGRES, SQLITE } from '../../src/adapters/kysely/flavour.ts';
import { accountsAndSessions } from '../../src/adapters/kysely/migrations/0001-accounts-and-sessions.ts';
import { orders } from '../../src/adapters/kysely/migrations/0002-orders.ts';
import { refunds } from '../../src/adapters/kysely/migrations/0003-refunds.ts';
import { reconciliations } from '../../src/adapters/kysely/migrations/0004-reconciliations.ts';
import { openPostgres } from '../../src/adapters/kysely/open-postgres.ts';
import { openSqlite } from '../../src/adapters/kysely/open-sqlite.ts';
import { createPool, WatchedPool } from '../../src/adapters/kysely/postgres-pool.ts';
import { DurableSqliteDialect } from '../../src/adapters/kysely/sqlite-dialect.ts';
import { openMongo } from '../../src/adapters/mongoose/open-mongo.ts';
import { later, SECOND } from '../../src/domain/clock.ts';
import { type LoggedEvent, placeInLog } from '../../src/domain/order/event-log.ts';
import { lookSoon } from '../../src/domain/order/order-steps.ts';
import { type Order, ORDER_STATES, type OrderState } from '../../src/domain/order/order.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { describeOn } from '../support/backends.ts';
import { NOON, PASSES, samplePayment, stepsTo } from '../support/samples.ts';
import { STORAGES, temporaryFolder } from '../support/storages.ts';

/*
 * Orders as they were kept when there was nothing but version 2 of the API and mini programs to pay in, and events when
 * they had no version.
 */

const PAYMENT = samplePayment();

/** What is expected of each: they are like those of today, of version 2 and paid in the mini program. */
const ORDERS = ORDER_STATES.map((state) =>
  stepsTo(state, { api: 'v2', tradeType: 'JSAPI', payment: PAYMENT, terms: { id: `old-${state}` as never } }),
)
  .map((steps) => steps.at(-1)!.order)
  .map((order) => ({ ...order, version: 1 }));

const EVENTS = stepsTo('prepaying', { terms: { id: 'old-event' as never } })
  .flatMap(({ events }) => events)
  .map((event, n) => ({ id: placeInLog(n + 1), event: { ...event, version: null } }));

const at = (seconds: number): number => later(NOON, seconds * SECOND).getTime();

const BEGUN = { client_ip: '203.0.113.7', began_at: at(1) };
const PREPAID = { ...BEGUN, prepay_id: PASSES.JSAPI, ticket_expires_at: at(7_200) };

/** What only some states had, as migration 0004 left the table. */
const OLD_COLUMNS: Readonly<Record<OrderState, object>> = {
  created: {},
  prepaying: BEGUN,
  prepaid: PREPAID,
  closing: PREPAID,
  closed: { closed_at: at(4) },
  failed: { failed_at: at(2), reason: 'NOAUTH' },
  paid: { transaction_id: PAYMENT.transactionId, paid_at: at(3), late: 0 },
};

const oldRow = ({ id, state, watch, sequence, ...order }: Order) => ({
  id,
  state,
  appid: order.appid,
  mchid: order.mchid,
  description: order.description,
  total: order.amount.total,
  currency: 'CNY',
  created_at: at(0),
  time_expire: at(7_200),
  payer_openid: order.payer!.openid,
  due_at: watch.dueAt && watch.dueAt.getTime(),
  looks: 0,
  anomalies: '[]',
  sequence,
  version: 1,
  ...OLD_COLUMNS[state],
});

const oldEventRow = ({ id, event }: LoggedEvent) => ({
  position: Number(id),
  id: event.id,
  order_id: event.orderId,
  sequence: event.sequence,
  type: event.happening.type,
  happened_at: event.at.getTime(),
  state: event.state,
  happening: JSON.stringify(event.happening),
});

/** Its tables as they were, with an order in every state and events. */
async function fillOld(
  db: Kysely<Record<'orders' | 'events', Record<string, unknown>>>,
  flavour: Flavour,
): Promise<void> {
  const migrations: Record<string, (flavour: Flavour) => Migration> = {
    '0001-accounts-and-sessions': accountsAndSessions,
    '0002-orders': orders,
    '0003-refunds': refunds,
    '0004-reconciliations': reconciliations,
  };
  const made = Object.entries(migrations).map(([name, migration]) => [name, migration(flavour)]);
  const provider = { getMigrations: async () => Object.fromEntries(made) as Record<string, Migration> };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
  for (const order of ORDERS) await db.insertInto('orders').values(oldRow(order)).execute();
  await db.insertInto('events').values(EVENTS.map(oldEventRow)).execute();
  await db.destroy();
}

/** Opens a storage of each kind that has lain there since before. */
const OPENERS: Readonly<Record<string, (url: string) => Promise<Persistence>>> = {
  async sqlite() {
    const path = join(temporaryFolder(), 'wexagon.db');
    const dialect = new DurableSqliteDialect({ database: new Database(path), patience: SECOND });
    await fillOld(new Kysely({ dialect }), SQLITE);
    return openSqlite({ path });
  },
  async postgres(url) {
    const pool = new WatchedPool(createPool({ url, connections: 1, patience: 5 * SECOND }));
    await fillOld(new Kysely({ dialect: new PostgresDialect({ pool }) }), POSTGRES);
    return openPostgres({ url });
  },
  async mongo(url) {
    const connection = await createConnection(url).asPromise();
    await connection.db!.collection('orders').insertMany(ORDERS.map(oldDocument));
    await fillLog(connection.db!.collection('events'), connection.db!.collection('orders'));
    await connection.destroy();
    return openMongo({ url });
  },
};

const OLD = STORAGES.filter(({ name }) => name in OPENERS);

describeOn('orders of before', OLD, ({ name, environment }) => {
  it('are read and saved as of version 2 of the API, and paid in the mini program', async () => {
    const { POSTGRES_URL, MONGODB_URL } = await environment('');
    const persistence = await OPENERS[name]!(POSTGRES_URL ?? MONGODB_URL ?? '');
    onTestFinished(() => persistence.close());
    for (const order of ORDERS) {
      expect(await persistence.orders.find(order.id)).toEqual(order);
      const looked = lookSoon(order, NOON);
      const saved = await persistence.orders.save({ order: looked, events: [] });
      expect(saved).toEqual({ ...looked, version: 2 });
      expect(await persistence.orders.find(order.id)).toEqual(saved);
    }
  });
});

describeOn('events of before', OLD, ({ name, environment }) => {
  it('are read with no version', async () => {
    const { POSTGRES_URL, MONGODB_URL } = await environment('');
    const persistence = await OPENERS[name]!(POSTGRES_URL ?? MONGODB_URL ?? '');
    onTestFinished(() => persistence.close());
    expect(await persistence.events.page('', 10)).toEqual(EVENTS);
  });
});

/** The first is in the log; the second waits in its order. */
async function fillLog(log: mongo.Collection, orders: mongo.Collection): Promise<void> {
  const [filed, waiting] = EVENTS.map(({ event: { version: _version, ...old } }) => old);
  const { id: eventId, ...rest } = filed!;
  await log.insertOne({ _id: placeInLog(1) as never, eventId, ...rest });
  const events = { 2: { ...waiting, writtenAt: 0 } };
  await orders.updateOne({ _id: ORDERS[0]!.id }, { $set: { events, unfiled: true } });
}

/** What only some states had, as it lay in the documents. */
function oldDocument({ id, ...order }: Order): object {
  const { api: _api, ...old } = order;
  const NOTHING = {
    prepay: null,
    ticket: null,
    closedAt: null,
    failedAt: null,
    reason: null,
    payment: null,
    late: null,
  };
  const prepay = { clientIp: '203.0.113.7', beganAt: new Date(at(1)) };
  const ticket = { prepayId: PASSES.JSAPI, expiresAt: new Date(at(7_200)) };
  return {
    _id: id,
    ...NOTHING,
    refunds: null,
    ...old,
    ...('prepay' in order && { prepay }),
    ...('ticket' in order && { ticket: order.ticket && ticket }),
    events: {},
    unfiled: false,
  };
}
