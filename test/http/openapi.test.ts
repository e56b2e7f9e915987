import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../../src/adapters/koa/openapi/document.ts';
import { OPERATIONS } from '../../src/adapters/koa/openapi/operations/all.ts';
import { STATUS } from '../../src/adapters/koa/problem-details.ts';
import { allRouters, apiDocument, operationsOf, SchemaCheck } from '../support/api-document.ts';
import { runningApp } from '../support/running-app.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

const document = apiDocument();
const operations = operationsOf(document);
const named = new Map(operations);

/** What the routers serve, read without any help of what the document is made by. */
const served = allRouters().flatMap(({ stack }) =>
  stack.flatMap(({ methods, path }) =>
    methods
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${String(path).replace(/:(\w+)/g, '{$1}')}`),
  ),
);

describe('the OpenAPI document', () => {
  it('has every route that is served, each once, and no other', () => {
    expect(served.length).toBeGreaterThan(30);
    expect(new Set(served).size).toBe(served.length);
    expect(operations.map(([name]) => name).toSorted()).toEqual(served.toSorted());
    expect(Object.keys(OPERATIONS).toSorted()).toEqual(served.toSorted());
  });

  it('is one that an independent validator takes', async () => {
    expect(await new Validator().validate(structuredClone(document) as never)).toMatchObject({ valid: true });
    const broken = { ...structuredClone(document), paths: { '/v1/me': { get: { responses: 1 } } } };
    expect(await new Validator().validate(broken as never)).toMatchObject({ valid: false });
  });

  it('is not made while a route is undescribed', () => {
    const route = { name: 'GET /v1/secret', method: 'GET', path: '/v1/secret' };
    expect(() => documentOf([route])).toThrow('nobody has described GET /v1/secret');
  });

  it('gives each operation a name of its own', () => {
    expect(new Set(operations.map(([, told]) => told.operationId)).size).toBe(operations.length);
  });

  it('points to nothing that is not there', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(refs.length).toBeGreaterThan(100);
    for (const ref of new Set(refs)) {
      const target = ref.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
      expect(target, ref).toBeDefined();
    }
  });

  it('has an example of every body and every answer, and each is one that its schema takes', () => {
    const check = new SchemaCheck(document);
    let checked = 0;
    for (const [name, { requestBody, responses }] of operations)
      for (const { content = {} } of [...(requestBody ? [requestBody] : []), ...Object.values(responses)])
        for (const { schema, example, examples = {} } of Object.values(content)) {
          const all = [
            ...(example === undefined ? [] : [example]),
            ...Object.values(examples).map(({ $ref }) => document.components.examples[$ref.split('/').at(-1)!]!.value),
          ];
          expect(all.length, name).toBeGreaterThan(0);
          for (const one of all) expect(check.faults(schema, one), `${name} ${JSON.stringify(one)}`).toEqual([]);
          checked += all.length;
        }
    expect(checked).toBeGreaterThan(400);
    expect(check.faults({ $ref: '#/components/schemas/Order' }, { state: 'paid' })).not.toEqual([]);
  });

  it('has every problem, under its status, at some route; but those of no route', () => {
    const told = operations.flatMap(([, { responses }]) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.keys(content['application/problem+json']?.examples ?? {}).map((code) => `${status} ${code}`),
      ),
    );
    const all = Object.entries(STATUS).map(([code, status]) => `${status} ${code}`);
    const ofNoRoute = ['404 route-not-found', '405 method-not-allowed'];
    expect([...new Set(told), ...ofNoRoute].toSorted()).toEqual(all.toSorted());
    expect(Object.keys(document.components.examples).toSorted()).toEqual(Object.keys(STATUS).toSorted());
  });

  it('has an example of every parameter', () => {
    const own = operations.flatMap(([, { parameters }]) => parameters.filter(({ $ref }) => $ref === undefined));
    expect(own.length).toBeGreaterThan(20);
    for (const parameter of own) expect(parameter, parameter.name).toHaveProperty('example');
  });
});

/** A body that its own schema takes, and a path with all its places filled. */
function exampleOf(name: string): { method: string; path: string; json: unknown } {
  const [method = '', path = ''] = name.split(' ');
  const json = named.get(name)!.requestBody?.content['application/json']?.example;
  return { method, path: path.replace(/\{\w+\}/g, 'coffee-0001'), json };
}

describe('what the document says', () => {
  it('of credentials is so: without one, and with the wrong one, a route that needs one answers the problem it names', async () => {
    const { client } = await runningApp();
    for (const [name, { security, responses }] of operations) {
      const [credential] = security.flatMap((one) => Object.keys(one));
      if (credential === undefined) continue;
      const { method, path, json } = exampleOf(name);
      const { status, body } = await client.send(method, path, { json, token: 'nonsense' });
      expect([status, body.code], name).toEqual([
        401,
        credential === 'user' ? 'not-authenticated' : 'merchant-not-authenticated',
      ]);
      expect(responses, name).toHaveProperty('401');
    }
  });

  it('of the Idempotency-Key is so: wherever it is named, a bad one is refused, and elsewhere nobody looks', async () => {
    const { client } = await runningApp();
    const keyed = operations.filter(([, { parameters }]) =>
      parameters.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey')),
    );
    expect(keyed.length).toBeGreaterThan(5);
    for (const [name] of keyed) {
      const { method, path, json } = exampleOf(name);
      const headers = { 'idempotency-key': 'x'.repeat(256) };
      const { status, body } = await client.send(method, path, { json, token: MERCHANT_KEY, headers });
      expect([status, body.detail], name).toEqual([400, expect.stringContaining('Idempotency-Key')]);
    }
  });

  it('of bodies is so: the example is not refused as a body, and with a field more it is', async () => {
    const { client, gateway } = await runningApp();
    const { token } = await client.logIn(gateway.issueCode('alice'));
    const tried = operations.filter(([, { requestBody, tags }]) => requestBody && !tags.includes('notices'));
    expect(tried.length).toBeGreaterThan(8);
    for (const [name, { security }] of tried) {
      const { method, path, json } = exampleOf(name);
      const who = security.some((one) => 'merchant' in one) ? MERCHANT_KEY : token;
      const good = await client.send(method, path, { json, token: who });
      expect(good.body?.code, name).not.toBe('invalid-request');
      const bad = await client.send(method, path, { json: { ...(json as object), more: 1 }, token: who });
      expect(bad.body, name).toMatchObject({ code: 'invalid-request' });
    }
  });
});

describe('GET /openapi.json and /docs', () => {
  it('serve the document and a page that may load nothing from elsewhere', async () => {
    const { client } = await runningApp();
    const { status, body, headers } = await client.get('/openapi.json');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    expect(Object.keys(body.paths)).toEqual(Object.keys(document.paths));

    const page = await client.get('/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
    expect(loaded.length).toBeGreaterThan(2);
    for (const url of loaded) expect((await client.get(url)).status, url).toBe(200);
    expect(page.text).not.toMatch(/https?:|style=|<script>|\son\w+=/);
  });
});
