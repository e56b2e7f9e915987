import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../../src/adapters/koa/context.ts';
import { describe, expect, it } from 'vitest';
import { callerIp, clientAddress } from '../../src/adapters/koa/client-address.ts';
import type { Answer } from '../support/client.ts';
import { openSocket, readAll, sendRaw } from '../support/raw-socket.ts';
import { runningApp } from '../support/running-app.ts';

const loginAttempts = async (app: Awaited<ReturnType<typeof runningApp>>, count: number, headers = {}) => {
  const statuses: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const json = { code: app.gateway.issueCode('alice') };
    statuses.push((await app.client.send('POST', '/v1/login', { json, headers })).status);
  }
  return statuses;
};

describe('rate limits', () => {
  it('let an address log in so often a minute, and tell it when to come again', async () => {
    const app = await runningApp({ environment: { RATE_LIMIT_LOGIN: '3' } });
    expect(await loginAttempts(app, 5)).toEqual([200, 200, 200, 429, 429]);
    const refused = await app.client.post('/miniprogram_auth/login', { code: 'x' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(app.gateway.exchanges).toBe(3);
  });

  it('let a session call so often a minute, and do not mix sessions', async () => {
    const app = await runningApp({ environment: { RATE_LIMIT_API: '2' } });
    const { token } = await app.client.logIn(app.gateway.issueCode('alice'));
    const { token: other } = await app.client.logIn(app.gateway.issueCode('alice'));
    const status = async (bearer: string) => (await app.client.get('/v1/me', { token: bearer })).status;
    expect([await status(token), await status(token), await status(token)]).toEqual([200, 200, 429]);
    expect(await status(other)).toBe(200);
  });

  it('do not believe X-Forwarded-For from nobody', async () => {
    const app = await runningApp({ environment: { RATE_LIMIT_LOGIN: '2' } });
    const statuses = [];
    for (let n = 0; n < 4; n += 1)
      statuses.push(...(await loginAttempts(app, 1, { 'x-forwarded-for': `10.0.0.${n}` })));
    expect(statuses).toEqual([200, 200, 429, 429]);
  });

  it('believe one proxy about its caller, and not the caller about others', async () => {
    const app = await runningApp({ environment: { RATE_LIMIT_LOGIN: '1', TRUSTED_PROXY_HOPS: '1' } });
    const from = (forwarded: string) => loginAttempts(app, 1, { 'x-forwarded-for': forwarded });
    expect(await from('1.1.1.1, 9.9.9.1')).toEqual([200]);
    expect(await from('2.2.2.2, 9.9.9.1')).toEqual([429]);
    expect(await from('9.9.9.2')).toEqual([200]);
    expect(await from('1.1.1.1,9.9.9.2')).toEqual([429]);
  });

  it('believe two proxies where there are two', async () => {
    const app = await runningApp({ environment: { RATE_LIMIT_LOGIN: '1', TRUSTED_PROXY_HOPS: '2' } });
    const from = (forwarded: string) => loginAttempts(app, 1, { 'x-forwarded-for': forwarded });
    expect(await from('1.1.1.1, 9.9.9.1, 10.0.0.1')).toEqual([200]);
    expect(await from('2.2.2.2, 9.9.9.1, 10.0.0.2')).toEqual([429]);
  });

  it('let all addresses together log in so often a minute', async () => {
    const app = await runningApp({ environment: { RATE_LIMIT_LOGIN_TOTAL: '3', TRUSTED_PROXY_HOPS: '1' } });
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push(...(await loginAttempts(app, 1, { 'x-forwarded-for': `9.9.9.${n}` })));
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(app.gateway.exchanges).toBe(3);
  });
});

describe('the address of a caller', () => {
  const addressOf = (ip: string, remoteAddress = '192.0.2.1') =>
    clientAddress({
      state: { callerIp: callerIp({ ip, req: { socket: { remoteAddress } } } as unknown as Context) },
    } as unknown as Context);

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (ip, counted) => expect(addressOf(ip)).toBe(counted));

  it.each([
    '',
    'unknown',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4:80',
    '[::1]',
    '"1.2.3.4"',
    '١.٢.٣.٤',
    ' 1.2.3.4',
    '2130706433',
    "' or 1=1",
  ])('%j is no address, and the socket counts', (ip) => expect(addressOf(ip)).toBe('192.0.2.1'));
});

describe('slow bodies', () => {
  it('keep nobody else out: only work counts as under way', async () => {
    const { client, gateway, server } = await runningApp();
    const { token } = await client.logIn(gateway.issueCode('alice'));
    const head = `PATCH /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
    for (let n = 0; n < 300; n += 1) {
      openSocket(server.port).write(`${head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`);
    }
    await wait(200);
    for (let n = 0; n < 20; n += 1) expect((await client.get('/v1/me', { token })).status).toBe(200);
  });
});

describe('2,000 sockets that say next to nothing', () => {
  it('are all cut off in the end, and good callers hardly notice them', async () => {
    const { client, server } = await runningApp();
    const began = Date.now();
    const slow = Array.from({ length: 2_000 }, (_, n) => {
      const socket = openSocket(server.port);
      socket.write(n % 2 === 0 ? 'GET /healthz HTTP/1.1\r\nHost: x\r\n' : 'G');
      return readAll(socket);
    });
    const times: number[] = [];
    for (let n = 0; n < 100; n += 1) {
      const asked = performance.now();
      expect((await client.get('/healthz')).status).toBe(200);
      times.push(performance.now() - asked);
      await wait(20);
    }
    times.sort((a, b) => a - b);
    expect(times[50]).toBeLessThan(500);
    await Promise.all(slow);
    expect(Date.now() - began).toBeLessThan(20_000);
  });
});

describe('idle connections', () => {
  it('are kept for a while and then closed', async () => {
    const { server } = await runningApp();
    const began = Date.now();
    const answer = await sendRaw(server.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(Date.now() - began).toBeGreaterThan(4_000);
    expect(Date.now() - began).toBeLessThan(15_000);
  });
});

describe('a body without end', () => {
  it('is answered and cut off, and never read to its end', async () => {
    const { server } = await runningApp();
    const socket = openSocket(server.port);
    socket.write(
      'POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const answer = readAll(socket);
    const piece = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let n = 0; n < 1_000 && !socket.destroyed && socket.writable; n += 1) {
      if (!socket.write(piece)) await wait(5);
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(socket.bytesWritten).toBeLessThan(16 * 1024 * 1024);
  });

  it('announced as 1 GiB is refused before it is sent', async () => {
    const { server } = await runningApp();
    const head = `POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 ** 30}\r\n\r\n`;
    const answer = await sendRaw(server.port, head, ' ');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  it('sent to a path that does not want it is cut off as well', async () => {
    const { server } = await runningApp();
    const head = `POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: ${2 ** 30}\r\n\r\n`;
    expect(await sendRaw(server.port, head)).toMatch(/^HTTP\/1\.1 404 [^]*connection: close/i);
  });
});

describe('requests that are none', () => {
  it.each([
    ['a header of 17 KiB', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17 * 1024)}\r\n\r\n`, 431],
    ['two lengths', 'POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400],
    [
      'a length and chunks',
      'POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx',
      400,
    ],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a target that is half a URL', 'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['a target that is nearly a URL', 'GET http://[::1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['a target that is a whole URL', 'GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 200],
    ['a method from nowhere', 'BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ])('%s', async (_what, request, status) => {
    const { server } = await runningApp();
    expect(await sendRaw(server.port, request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

describe('slow senders', () => {
  it('are cut off, in the head and in the body, while others are served', async () => {
    const { client, server } = await runningApp();
    const began = Date.now();
    const slowHead = openSocket(server.port);
    slowHead.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    const slowBody = openSocket(server.port);
    slowBody.write(
      'POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
    );
    const cutOffs = [readAll(slowHead), readAll(slowBody)];
    expect((await client.get('/healthz')).status).toBe(200);
    expect(await cutOffs[0]).toMatch(/^HTTP\/1\.1 408 /);
    expect(Date.now() - began).toBeLessThan(9_500);
    expect(await cutOffs[1]).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(Date.now() - began).toBeLessThan(15_000);
  });
});

describe('too many at once', () => {
  it('are turned away while 200 are being answered, and served again afterwards', async () => {
    const app = await runningApp();
    const { gateway } = app;
    const gate = Promise.withResolvers<void>();
    const healthy = Promise.withResolvers<Answer>();
    const exchange = gateway.exchangeCode.bind(gateway);
    gateway.exchangeCode = async (code) => gate.promise.then(() => exchange(code));
    const logins = Array.from({ length: 230 }, (_, n) =>
      app.client.post('/v1/login', { code: gateway.issueCode(`u${n}`) }),
    );
    let turnedAway = 0;
    for (const login of logins)
      void login.then(() => (turnedAway += 1) === 30 && healthy.resolve(app.client.get('/healthz')));
    expect((await healthy.promise).status).toBe(200);
    gate.resolve();
    const answers = await Promise.all(logins);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(30);
    for (const answer of refused) expect(answer).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect((await app.client.get('/healthz')).status).toBe(200);
  });
});

describe('a bug', () => {
  it('is told to nobody and logged once', async () => {
    const app = await runningApp();
    app.gateway.exchangeCode = () => Promise.reject(new TypeError('the inside of the machine'));
    const answer = await app.client.post('/v1/login', { code: 'x' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal-error' } });
    expect(answer.text).not.toContain('machine');
    expect(app.lines.filter((line) => line.includes('the inside of the machine'))).toHaveLength(1);
  });
});
