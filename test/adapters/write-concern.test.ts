import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { optionNamesOf, weaknessOf } from '../../src/adapters/mongoose/write-concern.ts';

const HOSTS = 'mongodb://user:p%40ss-w-1@db1:27017,db2:27017,db3:27017';

const FIT: readonly string[] = [
  'mongodb://127.0.0.1:27017/wexagon',
  'mongodb://127.0.0.1:27017/wexagon?',
  'mongodb+srv://user:secret@cluster.example.net/wexagon',
  'mongodb+srv://user:secret@cluster.example.net/wexagon?w=majority&retryWrites=true',
  'mongodb://[::1]:27017/wexagon?w=majority',
  'mongodb://%2Ftmp%2Fmongodb-27017.sock/wexagon?w=majority',
  `${HOSTS}/wexagon?replicaSet=rs0`,
  `${HOSTS}/wexagon?replicaSet=rs0&w=majority&journal=true&retryWrites=true`,
  `${HOSTS}/?W=majority&J=true&RETRYWRITES=true`,
  `${HOSTS}?readPreference=primary&readConcernLevel=majority`,
  `${HOSTS}/wexagon?readConcernLevel=local`,
  `${HOSTS}/wexagon?readconcernlevel=linearizable`,
  `${HOSTS}/wexagon?retryReads=false&wtimeoutMS=1000&maxPoolSize=5&appName=w%3D1`,
  `${HOSTS}/wexagon?w=m%61jority\n`,
  `${HOSTS}/wexagon?w=majority#w=1`,
  'mongodb://user:w=1&journal=false@db1/wexagon',
];

const UNFIT: readonly [url: string, about: RegExp][] = [
  [`${HOSTS}/wexagon?w=1`, /^must not set w to/],
  [`${HOSTS}/wexagon?w=0`, /^must not set w to/],
  [`${HOSTS}/wexagon?w=3`, /^must not set w to/],
  [`${HOSTS}/wexagon?w=twoDatacenters`, /^must not set w to/],
  [`${HOSTS}/wexagon?w=Majority`, /^must not set w to/],
  [`${HOSTS}/wexagon?w=`, /^must not set w to/],
  [`${HOSTS}/wexagon?W=1`, /^must not set w to/],
  [`${HOSTS}/wexagon?%77=1`, /^must not set w to/],
  [`${HOSTS}/wexagon?w\t=1`, /^must not set w to/],
  [`${HOSTS}?w=1`, /^must not set w to/],
  [`${HOSTS}/?replicaSet=rs0&w=1`, /^must not set w to/],
  [`${HOSTS}/wexagon?w=majority&w=1`, /^must not set w to/],
  ['mongodb+srv://user:secret@cluster.example.net/?retryWrites=true&w=1', /^must not set w to/],
  [`${HOSTS}/wexagon?journal=false`, /^must not switch the journal off/],
  [`${HOSTS}/wexagon?Journal=false`, /^must not switch the journal off/],
  [`${HOSTS}/wexagon?j=false`, /^must not switch the journal off/],
  [`${HOSTS}/wexagon?w=majority&J=false`, /^must not switch the journal off/],
  [`${HOSTS}/wexagon?fsync=false`, /^must not switch the journal off/],
  [`${HOSTS}/wexagon?journal=0`, /^must not switch the journal off/],
  [`${HOSTS}/wexagon?retryWrites=false`, /^must not switch retryWrites off/],
  [`${HOSTS}/wexagon?retrywrites=false`, /^must not switch retryWrites off/],
  [`${HOSTS}/wexagon?readPreference=secondary`, /^must not set readPreference/],
  [`${HOSTS}/wexagon?readPreference=primaryPreferred`, /^must not set readPreference/],
  [`${HOSTS}/wexagon?readpreference=nearest&readPreferenceTags=dc:east`, /^must not set readPreference/],
  [`${HOSTS}/wexagon?readConcernLevel=available`, /^must not set readConcernLevel/],
  [`${HOSTS}/wexagon?readConcernLevel=snapshot`, /^must not set readConcernLevel/],
];

describe('a connection string', () => {
  it.each(FIT)('is fit: %j', (url) => {
    expect(weaknessOf(url)).toBeUndefined();
  });

  it.each(UNFIT)('is not fit: %j', (url, about) => {
    expect(weaknessOf(url)).toMatch(about);
  });

  it('is told all that is wrong with it at once', () => {
    const weakness = weaknessOf(`${HOSTS}/wexagon?w=1&j=false&retryWrites=false&readPreference=nearest`);
    for (const name of ['w', 'journal', 'retryWrites', 'readPreference']) expect(weakness).toContain(` ${name} `);
    expect(weakness).not.toContain('readConcernLevel');
  });

  it('is never repeated, nor is any value in it', () => {
    const weakness = weaknessOf('mongodb://alice:hunter2@db.example.net/wexagon?w=s3cret&readPreference=t0ken');
    expect(weakness).toBeDefined();
    expect(weakness).not.toMatch(/alice|hunter2|example|s3cret|t0ken|mongodb:/);
  });

  it('names its options in small letters', () => {
    expect(optionNamesOf(`${HOSTS}/wexagon?maxPoolSize=5&W=majority`)).toEqual(['maxpoolsize', 'w']);
    expect(optionNamesOf(`${HOSTS}/wexagon`)).toEqual([]);
  });
});

describe('the check', () => {
  it('needs no mongoose, which is not loaded when the configuration is read', () => {
    const source = readFileSync(new URL('../../src/adapters/mongoose/write-concern.ts', import.meta.url), 'utf8');
    expect(source).not.toMatch(/^import /m);
  });
});
