import { describe, expect, it } from 'vitest';
import type { Persistence } from '../../src/domain/persistence.ts';
import { describeOn } from '../support/backends.ts';
import { runningApp } from '../support/running-app.ts';
import { STORAGES } from '../support/storages.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const BODIES = [
  'POST /v1/login',
  'POST /miniprogram_auth/login',
  'PATCH /v1/me',
  'POST /v1/me',
  'POST /v1/me/profile',
  'POST /miniprogram_auth/updateUserInfo',
];

/** What is wrong with a body whatever it was meant for, and what it has to be answered with. */
const MALFORMED: [string, string | Uint8Array, number, string][] = [
  ['nothing', '', 400, 'malformed-json'],
  ['half an object', '{"code":', 400, 'malformed-json'],
  ['words', 'code=1', 400, 'malformed-json'],
  ['a trailing comma', '{"code":"x",}', 400, 'malformed-json'],
  ['two objects', '{}{}', 400, 'malformed-json'],
  ['a NUL', '{"code":"x"}\u0000', 400, 'malformed-json'],
  ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 400, 'malformed-json'],
  ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 400, 'malformed-json'],
  ['UTF-16', Buffer.from('{"code":"x"}', 'utf16le'), 400, 'malformed-json'],
  ['__proto__', '{"__proto__":{"admin":true},"code":"x"}', 400, 'malformed-json'],
  ['__proto__, escaped', '{"\\u005f_proto__":{"admin":true}}', 400, 'malformed-json'],
  ['constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}', 400, 'malformed-json'],
  ['a hundred lists in each other', `${'['.repeat(100)}${']'.repeat(100)}`, 400, 'malformed-json'],
  ['thirty thousand lists in each other', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400, 'malformed-json'],
  ['a list', '[]', 400, 'invalid-request'],
  ['null', 'null', 400, 'invalid-request'],
  ['a number', '1e400', 400, 'invalid-request'],
  ['text', '"code"', 400, 'invalid-request'],
  ['an operator', '{"$where":"sleep(1000)"}', 400, 'invalid-request'],
  ['fields nobody asked for', '{"user_id":"1","isAdmin":true}', 400, 'invalid-request'],
  ['65 KiB', `{"code":"${'x'.repeat(65 * 1024)}"}`, 413, 'payload-too-large'],
];

/** Values that no field of ours takes. */
const NO_TEXT: [string, unknown][] = [
  ['a number', 1],
  ['true', true],
  ['a list', ['x']],
  ['an operator', { $gt: '' }],
  ['$ne', { $ne: null }],
  ['a BSON type', { _bsontype: 'ObjectId' }],
  ['an empty object', {}],
];

const FIELDS: [string, string, object][] = [
  ['POST /v1/login', 'code', {}],
  ['POST /miniprogram_auth/login', 'code', {}],
  ['PATCH /v1/me', 'nickName', {}],
  ['PATCH /v1/me', 'avatarUrl', {}],
  ['POST /v1/me/profile', 'encryptedData', { iv: 'r7BXXKkLb8qrSNn05n0qiA==' }],
  ['POST /v1/me/profile', 'iv', { encryptedData: 'AAAA' }],
  ['POST /v1/me/profile', 'rawData', { encryptedData: 'AAAA', iv: 'r7BXXKkLb8qrSNn05n0qiA==', signature: 'x' }],
  ['POST /v1/me/profile', 'signature', { encryptedData: 'AAAA', iv: 'r7BXXKkLb8qrSNn05n0qiA==', rawData: 'x' }],
  ['POST /miniprogram_auth/updateUserInfo', 'iv', { encryptedData: 'AAAA' }],
];

const ODD: [string, string, unknown][] = [
  ['PATCH /v1/me', 'nickName', ''],
  ['PATCH /v1/me', 'nickName', 'x'.repeat(65)],
  ['PATCH /v1/me', 'nickName', 'a\u0000b'],
  ['PATCH /v1/me', 'nickName', 'a\nb'],
  ['PATCH /v1/me', 'nickName', '\ud800'],
  ['PATCH /v1/me', 'avatarUrl', 'javascript:alert(1)'],
  ['PATCH /v1/me', 'avatarUrl', 'data:text/html,x'],
  ['PATCH /v1/me', 'avatarUrl', 'wxfile://tmp/1'],
  ['PATCH /v1/me', 'avatarUrl', 'https://user:pw@e.com/a.png'],
  ['PATCH /v1/me', 'avatarUrl', 'https://e.com/"><script>'],
  ['PATCH /v1/me', 'avatarUrl', 'https://e.com/\ud800'],
  ['PATCH /v1/me', 'avatarUrl', `https://e.com/${'x'.repeat(2_048)}`],
  ['POST /v1/me/profile', 'encryptedData', 'not base64!'],
  ['POST /v1/me/profile', 'encryptedData', 'AA AA'],
  ['POST /v1/me/profile', 'encryptedData', ''],
  ['POST /v1/me/profile', 'iv', 'AAAA'],
];

async function rows({ accounts, sessions }: Persistence, id: string): Promise<unknown> {
  return [await accounts.find(id as never), await sessions.list(id as never), await accounts.sessionKeyIds()];
}

describeOn('bad input', STORAGES, (storage) => {
  async function loggedIn() {
    const app = await runningApp({ persistence: await storage.open() });
    const { token, user_id } = await app.client.logIn(app.gateway.issueCode('alice'));
    const before = await rows(app.persistence, user_id);
    const unchanged = async () => expect(await rows(app.persistence, user_id)).toEqual(before);
    const request = (route: string, rest: object) => {
      const [method, path] = route.split(' ') as [string, string];
      return app.client.send(method, path, { token, ...rest });
    };
    return { ...app, request, token, unchanged };
  }

  it.each(BODIES)('%s: no malformed body gets through, and none changes a row', async (route) => {
    const { gateway, request, unchanged } = await loggedIn();
    const asked = gateway.exchanges;
    for (const [what, raw, status, code] of MALFORMED) {
      const answer = await request(route, { raw, headers: JSON_TYPE });
      expect.soft(answer, what).toMatchObject({ status, body: { status, code } });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    }
    expect(gateway.exchanges).toBe(asked);
    await unchanged();
  });

  it.each(FIELDS)('%s: %s takes text and nothing else, and is named when it is wrong', async (route, field, rest) => {
    const { request, unchanged } = await loggedIn();
    for (const [what, value] of NO_TEXT) {
      const { status, body } = await request(route, { json: { ...rest, [field]: value } });
      expect.soft({ status, code: body.code }, what).toEqual({ status: 400, code: 'invalid-request' });
      expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
    }
    await unchanged();
  });

  it.each(ODD)('%s: %s may not be %j', async (route, field, value) => {
    const { request, unchanged } = await loggedIn();
    const valid = route.includes('profile') ? { encryptedData: 'AAAA', iv: 'r7BXXKkLb8qrSNn05n0qiA==' } : {};
    const { status, body } = await request(route, { json: { ...valid, [field]: value } });
    expect(status).toBe(400);
    expect(body.errors.map((error: { field: string }) => error.field)).toEqual([field]);
    await unchanged();
  });

  it('what a client wrote is in no log, not even the name of a field', async () => {
    const { lines, request } = await loggedIn();
    await request('PATCH /v1/me', { json: { 'canary-name': 'canary-value' } });
    await request('POST /v1/login', { json: { code: 'canary code' } });
    expect(lines.join('')).not.toContain('canary');
  });

  it('an unknown field is named, however long its name', async () => {
    const { request } = await loggedIn();
    const { body } = await request('PATCH /v1/me', { json: { nickname: 'x', ['y'.repeat(5_000)]: 1 } });
    expect(body.errors.map((error: { field: string }) => error.field)).toEqual(['nickname', 'y'.repeat(64)]);
    expect(JSON.stringify(body).length).toBeLessThan(1_000);
  });

  it.each([
    "'; drop table sessions; --",
    '../../etc/passwd',
    '%00',
    '%ff',
    '{"$gt":""}',
    '[object Object]',
    'x'.repeat(5_000),
  ])('DELETE /v1/sessions/%s is somebody else or nobody', async (id) => {
    const { request, unchanged } = await loggedIn();
    const { status } = await request(`DELETE /v1/sessions/${id.startsWith('%') ? id : encodeURIComponent(id)}`, {});
    expect(status).toBe(404);
    await unchanged();
  });
});

describe('content', () => {
  it.each(BODIES)('%s of 10 MB is answered with 413', async (route) => {
    const { client, gateway } = await runningApp();
    const { token } = await client.logIn(gateway.issueCode('alice'));
    const [method, path] = route.split(' ') as [string, string];
    const answer = await client.send(method, path, { token, raw: Buffer.alloc(10_000_000, 0x20), headers: JSON_TYPE });
    expect(answer).toMatchObject({ status: 413, body: { code: 'payload-too-large' } });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'json',
    '',
  ])('of type %j is answered with 415', async (type) => {
    const { client } = await runningApp();
    const answer = await client.send('POST', '/v1/login', {
      raw: Buffer.from('{"code":"x"}'),
      headers: type === '' ? {} : { 'content-type': type },
    });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
  });

  it.each(['gzip', 'br', 'deflate', 'identity, gzip', 'x'])('encoded as %s is answered with 415', async (encoding) => {
    const { client } = await runningApp();
    const headers = { ...JSON_TYPE, 'content-encoding': encoding };
    expect(await client.send('POST', '/v1/login', { raw: 'x', headers })).toMatchObject({ status: 415 });
  });

  it('with a charset is taken', async () => {
    const { client, gateway } = await runningApp();
    const raw = JSON.stringify({ code: gateway.issueCode('alice') });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect(await client.send('POST', '/v1/login', { raw, headers })).toMatchObject({ status: 200 });
  });
});

describe('paths and methods', () => {
  it.each([
    '/',
    '/v1',
    '/v1/Login',
    '/v1//login',
    '/login',
    '/v1/login/x',
    '/_simulator/codes',
    '/%',
    '/%c0%af',
    '/__proto__',
  ])('there is nothing at %s', async (path) => {
    const { client } = await runningApp();
    expect(await client.get(path)).toMatchObject({ status: 404, body: { code: 'route-not-found' } });
  });

  it.each([
    ['GET', '/v1/login', 'POST'],
    ['PUT', '/v1/me', 'HEAD, GET, PATCH, POST'],
    ['POST', '/v1/sessions', 'HEAD, GET, DELETE'],
    ['OPTIONS', '/healthz', 'HEAD, GET'],
  ])('%s %s is answered with 405, and %s', async (method, path, allow) => {
    const { client } = await runningApp();
    const answer = await client.send(method, path);
    expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(answer.headers.get('allow')).toBe(allow);
  });
});
