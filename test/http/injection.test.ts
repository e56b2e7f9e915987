import { describe, expect, it } from 'vitest';
import { describeOn } from '../support/backends.ts';
import { runningApp } from '../support/running-app.ts';
import { STORAGES } from '../support/storages.ts';

const OPERATORS = [
  '$gt',
  '$gte',
  '$ne',
  '$in',
  '$nin',
  '$regex',
  '$where',
  '$exists',
  '$or',
  '$and',
  '$not',
  '$nor',
  '$expr',
];
const UPDATES = [
  '$set',
  '$unset',
  '$inc',
  '$rename',
  '$push',
  '$pull',
  '$currentDate',
  '$setOnInsert',
  '$merge',
  '$out',
];

/** Objects where text is wanted: operators, aggregation, BSON types, prototypes, and lists of them. */
const OBJECTS: unknown[] = [
  ...OPERATORS.map((operator) => ({ [operator]: '' })),
  ...OPERATORS.map((operator) => ({ [operator]: [{}] })),
  ...OPERATORS.map((operator) => [{ [operator]: null }]),
  ...OPERATORS.map((operator) => ({ code: { [operator]: 'x' }, [operator]: { [operator]: 1 } })),
  ...UPDATES.map((operator) => ({ [operator]: { version: 99 } })),
  ...UPDATES.map((operator) => [{ [operator]: { 'profile.nickName': 'x' } }]),
  { _bsontype: 'ObjectId', id: 'x' },
  { _bsontype: 'Code', code: 'sleep(1000)' },
  { $function: { body: 'function () { return true }', args: [], lang: 'js' } },
  { $accumulator: {} },
  { toString: 'x' },
  { length: 5, 0: 'x' },
  { valueOf: null },
];

/** Texts that would be more than texts, were they ever put together with a statement. */
const TEXTS = [
  "' or '1'='1",
  "'; drop table accounts; --",
  '"; drop table sessions; --',
  "' union select * from accounts --",
  "x' and (select count(*) from accounts) > 0 --",
  "\\'; delete from sessions; --",
  '1; select pg_sleep(5)',
  "'||(select 1)||'",
  '/**/or/**/1=1',
  '$where: sleep(1000)',
  "'; sleep(1000); var x='",
  '"}}); db.accounts.drop(); ({"a": {"b": "',
  '{"$gt": ""}',
  '[$ne]=1',
  'true, $where: "1 == 1"',
  '../../../etc/passwd',
  '%27%20or%201=1',
  '${7*7}',
  '{{7*7}}',
  'a\u0000b',
  '؛ حذف',
  '\u2019 or 1=1',
];

const FIELDS = [
  ['POST', '/v1/login', 'code', {}],
  ['POST', '/miniprogram_auth/login', 'code', {}],
  ['PATCH', '/v1/me', 'nickName', {}],
  ['PATCH', '/v1/me', 'avatarUrl', {}],
  ['POST', '/v1/me/profile', 'encryptedData', { iv: 'r7BXXKkLb8qrSNn05n0qiA==' }],
  ['POST', '/miniprogram_auth/updateUserInfo', 'iv', { encryptedData: 'AAAA' }],
] as const;

type App = Awaited<ReturnType<typeof runningApp>> & { token: string; user_id: string };

/** Tries everything everywhere, and answers how each attempt was answered. */
async function attack({ client, token }: App): Promise<string[]> {
  const verdicts: string[] = [];
  const attempt = async (what: string, method: string, path: string, request: object) => {
    const { status, body } = await client.send(method, path, { token, ...request });
    verdicts.push(`${method} ${what}: ${status} ${body?.code ?? ''}`);
  };
  for (const [method, path, field, rest] of FIELDS) {
    for (const value of OBJECTS)
      await attempt(`${path} ${field} ${JSON.stringify(value)}`, method, path, { json: { ...rest, [field]: value } });
  }
  for (const text of TEXTS) {
    await attempt(`login ${text}`, 'POST', '/v1/login', { json: { code: text } });
    await attempt(`key ${text}`, 'PATCH', '/v1/me', { json: { [text]: 1 } });
    await attempt(`session ${text}`, 'DELETE', `/v1/sessions/${encodeURIComponent(text)}`, {});
    await attempt(`query ${text}`, 'GET', `/v1/sessions?id=${encodeURIComponent(text)}&id[$ne]=1`, {});
    if (/^[\x20-\x7e]+$/.test(text))
      await attempt(`token ${text}`, 'GET', '/v1/sessions', { headers: { authorization: `Bearer ${text}` } });
  }
  return verdicts;
}

async function loggedIn(storage: (typeof STORAGES)[number]): Promise<App> {
  const app = await runningApp({ persistence: await storage.open() });
  return { ...app, ...(await app.client.logIn(app.gateway.issueCode('alice'))) };
}

describe('injection', () => {
  it('is tried with more than a hundred payloads', () => {
    expect(OBJECTS.length + TEXTS.length).toBeGreaterThan(100);
    expect(OBJECTS.length * FIELDS.length + TEXTS.length * 5).toBeGreaterThan(500);
  });
});

describeOn('injection', STORAGES, (storage) => {
  it('is refused alike by every storage, changes no row and is never a 500', async () => {
    const app = await loggedIn(storage);
    const rows = async () => [await app.persistence.accounts.page('', 10), await app.persistence.sessions.page('', 10)];
    const before = await rows();
    const verdicts = await attack(app);
    expect(await rows()).toEqual(before);
    expect(verdicts.filter((verdict) => / 5\d\d /.test(verdict))).toEqual([]);
    expect(verdicts).toEqual(await attack(await loggedIn(STORAGES[0]!)));
  }, 60_000);
});
