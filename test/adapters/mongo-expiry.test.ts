import { createConnection } from 'mongoose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openMongo } from '../../src/adapters/mongoose/open-mongo.ts';
import { STORAGES } from '../support/storages.ts';

const mongo = STORAGES.find(({ name }) => name === 'mongo');

describe('call counts in MongoDB', () => {
  it('are removed by the server when their minute is over', async ({ skip }) => {
    skip(mongo === undefined, 'there is no MongoDB here');
    skip(
      mongo!.cannotJudgeContention !== undefined,
      'jongodb never removes what has expired; a real mongod has to judge this',
    );
    const { MONGODB_URL: url = '' } = await mongo!.environment('');
    const persistence = await openMongo({ url });
    const connection = await createConnection(url).asPromise();
    onTestFinished(() => persistence.close());
    onTestFinished(() => connection.destroy());
    const counts = connection.db!.collection('call_counts');
    await counts.insertOne({ key: 'login:over', points: 1, expire: new Date(0) });
    await persistence.callCounter('login').count('running');
    await expect.poll(() => counts.countDocuments({ key: 'login:over' }), { timeout: 90_000, interval: 1_000 }).toBe(0);
    expect(await counts.countDocuments()).toBe(1);
  }, 120_000);
});
