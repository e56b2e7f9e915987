import { mongo, MongooseError } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { orOutage } from '../../src/adapters/mongoose/mongo-trouble.ts';
import { Outage } from '../../src/domain/outage.ts';

const serverError = (code: number, labels: string[] = []) =>
  new mongo.MongoServerError({ message: `code ${code}`, code, errorLabels: labels });

const UNAVAILABLE: readonly Error[] = [
  new mongo.MongoNetworkError('connect ECONNREFUSED 127.0.0.1:27017'),
  new mongo.MongoNetworkTimeoutError('connection 8 to 127.0.0.1:27017 timed out'),
  new mongo.MongoServerSelectionError('Server selection timed out after 2000 ms', {} as never),
  new mongo.MongoNotConnectedError('Client must be connected before running operations'),
  new mongo.MongoTopologyClosedError('Topology is closed'),
  new mongo.MongoWriteConcernError({
    ok: 1,
    writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' },
  }),
  Object.assign(new Error('Timed out while checking out a connection'), { name: 'MongoWaitQueueTimeoutError' }),
  Object.assign(new Error('Connection pool was cleared'), { name: 'MongoPoolClearedError' }),
  Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' }),
  Object.assign(new Error('getaddrinfo EAI_AGAIN db1'), { code: 'EAI_AGAIN' }),
  new MongooseError('Operation `accounts.findOne()` buffering timed out after 10000ms'),
  new MongooseError(
    'Cannot call `accounts.findOne()` before initial connection is complete if `bufferCommands = false`.',
  ),
  new MongooseError('Connection was force closed'),
  ...[13, 18, 91, 100, 189, 10_107, 11_600, 11_602, 13_435, 13_436, 50, 64, 14_031].map((code) => serverError(code)),
  serverError(4_242, ['RetryableWriteError']),
  serverError(462, ['SystemOverloadedError']),
];

const BUGS: readonly unknown[] = [
  serverError(11_000),
  serverError(2),
  new mongo.MongoParseError('option foo is not supported'),
  new mongo.MongoInvalidArgumentError('Collection names must not be empty'),
  new TypeError('x is not a function'),
  new RangeError('out of range'),
  new MongooseError('Path "bogus" is not in schema and strictQuery is \'throw\'.'),
  'a text',
  undefined,
];

describe('trouble with MongoDB', () => {
  it.each(UNAVAILABLE)('is an outage: %s', (error) => {
    expect(orOutage(error)).toMatchObject({ name: 'Outage', code: 'storage-unavailable', cause: error });
  });

  it('of writes that met is an outage that is over soon', () => {
    const error = serverError(112);
    expect(orOutage(error)).toMatchObject({ code: 'storage-contended', retryAfterSeconds: 1, cause: error });
  });

  it.each(BUGS)('that is a bug stays what it is: %s', (error) => {
    expect(orOutage(error)).toBe(error);
  });

  it('that is an outage already stays what it is', () => {
    const outage = new Outage('storage-unavailable', 'not now');
    expect(orOutage(outage)).toBe(outage);
  });
});
