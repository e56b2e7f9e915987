import { type Connection, type ConnectOptions, createConnection } from 'mongoose';
import { MINUTE, SECOND } from '../../domain/clock.ts';
import { Outage } from '../../domain/outage.ts';
import { type Persistence, UnfitStorage } from '../../domain/persistence.ts';
import { MongooseAccountRepository } from './account-repository.ts';
import { MongooseEventLog } from './event-log.ts';
import { MongooseIdempotencyRepository } from './idempotency-repository.ts';
import { type Models, modelsOf } from './models.ts';
import { forCounting, indexCallCounts, mongoCallCounter } from './mongo-call-counts.ts';
import { isDuplicate } from './mongo-trouble.ts';
import { MongooseOrderRepository } from './order-repository.ts';
import { patiently, within } from './patience.ts';
import { MongoosePlatformCertificateRepository } from './platform-certificates.ts';
import { MongooseReconciliationRepository } from './reconciliation-repository.ts';
import { RefundNumbers } from './refund-numbers.ts';
import { MongooseSessionRepository } from './session-repository.ts';
import { MongooseWebhookRepository } from './webhook-repository.ts';
import { optionNamesOf, weaknessOf } from './write-concern.ts';

export interface MongoSettings {
  /** Of a replica set or a sharded cluster, with the database's name in it. */
  readonly url: string;
  /** How long one operation may take, in milliseconds. */
  readonly patience?: number;
}

/** How long a count is waited for: it is worth less than the request that it is for. */
const COUNTING_PATIENCE = SECOND / 2;

/** Opens the database, makes its indexes and keeps everything in it. */
export async function openMongo({ url, patience = 2_500 }: MongoSettings): Promise<Persistence> {
  const weakness = weaknessOf(url);
  if (weakness !== undefined) throw new UnfitStorage(`MONGODB_URL ${weakness}.`);
  await prepare(url);
  const connection = await connect(url, patience);
  const { accounts, sessions, orders, refundNumbers, ...models } = modelsOf(connection);
  const { events, keyedRequests, reconciliations, platformCertificates } = models;
  const webhooks = new MongooseWebhookRepository(models.webhookDeliveries, models.webhookEndpoints);
  const numbers = new RefundNumbers(refundNumbers, orders);
  const countingDb = forCounting(connection);
  let closing: Promise<unknown> | undefined;
  return {
    accounts: patiently(patience, new MongooseAccountRepository(accounts)),
    sessions: patiently(patience, new MongooseSessionRepository(sessions)),
    orders: patiently(patience, new MongooseOrderRepository(orders, numbers)),
    events: patiently(patience, new MongooseEventLog(events, orders)),
    idempotency: patiently(patience, new MongooseIdempotencyRepository(keyedRequests)),
    reconciliations: patiently(patience, new MongooseReconciliationRepository(reconciliations)),
    platformCertificates: patiently(patience, new MongoosePlatformCertificateRepository(platformCertificates)),
    webhooks: patiently(patience, webhooks),
    callCounter: (name) => mongoCallCounter(countingDb, name, Math.min(patience, COUNTING_PATIENCE)),
    ping: () => within(patience, () => beat(connection)),
    async close() {
      closing ??= connection.destroy();
      await closing;
    },
  };
}

/** By a connection of its own, for an index over much that is stored takes longer than any request may. */
async function prepare(url: string): Promise<void> {
  const connection = await connect(url, MINUTE);
  const models = Object.values(modelsOf(connection)) as Models[keyof Models][];
  try {
    await within(MINUTE, async () => {
      for (const model of models) await model.createIndexes();
      await indexCallCounts(forCounting(connection));
    });
  } finally {
    await connection.destroy();
  }
}

async function connect(url: string, patience: number): Promise<Connection> {
  const connection = createConnection();
  try {
    return await within(patience, () => connection.openUri(url, optionsFor(url, patience)));
  } catch (error) {
    await connection.destroy();
    throw error;
  }
}

/**
 * What lasts and what is read is ours to say; the limits are the operator's, where the connection string names them.
 * Reading what the majority has keeps us from answering what another server, made primary, would never have heard of.
 */
function optionsFor(url: string, patience: number): ConnectOptions {
  const named = new Set(optionNamesOf(url));
  const limits = {
    appName: 'wexagon',
    connectTimeoutMS: 2 * SECOND,
    maxIdleTimeMS: MINUTE,
    maxPoolSize: 20,
    readConcernLevel: 'majority',
    serverSelectionTimeoutMS: 2 * SECOND,
    socketTimeoutMS: patience,
    waitQueueTimeoutMS: Math.min(patience, 2 * SECOND),
  };
  return {
    ...Object.fromEntries(Object.entries(limits).filter(([name]) => !named.has(name.toLowerCase()))),
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: patience },
    retryWrites: true,
    readPreference: 'primary',
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    sanitizeFilter: true,
  };
}

/** Whether a storage can be written to is only known once it was: a primary about to lose its majority says yes to all. */
async function beat({ db }: Connection): Promise<void> {
  const heartbeats = db?.collection<{ _id: string; beatAt: Date }>('heartbeats');
  if (!heartbeats) throw new Outage('storage-unavailable', 'The storage is not connected at the moment.');
  try {
    await heartbeats.updateOne({ _id: 'wexagon' }, { $set: { beatAt: new Date() } }, { upsert: true });
  } catch (error) {
    // Two first beats at once: the other one has written it.
    if (!isDuplicate(error)) throw error;
  }
}
