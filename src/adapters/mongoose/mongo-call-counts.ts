import type { Connection, mongo } from 'mongoose';
import { RateLimiterMemory, RateLimiterMongo } from 'rate-limiter-flexible';
import { MINUTE, SECOND } from '../../domain/clock.ts';
import type { CallCounter } from '../../domain/throttle.ts';
import { within } from './patience.ts';

/** The limiter only counts: what is too much is the domain's to say. */
const COUNT = { points: Number.MAX_SAFE_INTEGER, duration: MINUTE / SECOND };

const COLLECTION = 'call_counts';

/** A database whose writes wait for no journal and no other server: a count is worth neither. */
export const forCounting = (connection: Connection): mongo.Db =>
  connection.getClient().db(connection.name, { writeConcern: { w: 1, journal: false } });

/** In a sharded cluster the shard key is `key`. What is over the server may forget whenever it likes. */
export async function indexCallCounts(db: mongo.Db): Promise<void> {
  await db.collection(COLLECTION).createIndexes([
    { key: { key: 1 }, unique: true },
    { key: { expire: 1 }, expireAfterSeconds: 0 },
  ]);
}

/**
 * While the database cannot be reached, or takes too long, each process counts for itself. The limiter has an insurance
 * of its own for the first; it knows no deadline, and would count once more when it finds out late.
 */
export function mongoCallCounter(db: mongo.Db, name: string, patience: number): CallCounter {
  const shared = new RateLimiterMongo({
    storeClient: db,
    tableName: COLLECTION,
    disableIndexesCreation: true,
    keyPrefix: name,
    ...COUNT,
  });
  const own = new RateLimiterMemory(COUNT);
  return {
    async count(key) {
      const counted = within(patience, () => shared.penalty(key)).catch(() => own.penalty(key));
      const { consumedPoints, msBeforeNext } = await counted;
      return { calls: consumedPoints, resetsIn: msBeforeNext };
    },
  };
}
