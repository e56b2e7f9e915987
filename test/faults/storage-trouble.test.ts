import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import Database from 'better-sqlite3';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPostgres } from '../../src/adapters/kysely/open-postgres.ts';
import { openSqlite } from '../../src/adapters/kysely/open-sqlite.ts';
import { openMongo } from '../../src/adapters/mongoose/open-mongo.ts';
import { DAY, later } from '../../src/domain/clock.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { runningApp } from '../support/running-app.ts';
import { NOON, sampleSession } from '../support/samples.ts';
import { MongoServer } from '../support/servers/mongo-server.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { temporaryFolder } from '../support/storages.ts';

type App = Awaited<ReturnType<typeof runningApp>> & { token: string };

/** An app on a storage of its own that can be taken away, with somebody logged in. */
async function appOn(persistence: Persistence): Promise<App> {
  onTestFinished(() => persistence.close());
  const app = await runningApp({ persistence });
  return { ...app, ...(await app.client.logIn(app.gateway.issueCode('alice'))) };
}

/** Every way in, while the storage is in trouble: 503 with Retry-After, soon, and the process goes on. */
async function expectTrouble({ client, gateway, token }: App): Promise<void> {
  const began = performance.now();
  const answers = await Promise.all([
    client.get('/v1/me', { token }),
    client.get('/v1/sessions', { token }),
    client.send('PATCH', '/v1/me', { token, json: { nickName: 'x' } }),
    client.post('/v1/login', { code: gateway.issueCode('bob') }),
    client.get('/readyz'),
  ]);
  expect(performance.now() - began).toBeLessThan(4_000);
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage-unavailable' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await client.get('/healthz')).status).toBe(200);
}

async function expectHealed({ client, gateway, token }: App, keepsData: boolean): Promise<void> {
  await expect.poll(async () => (await client.get('/readyz')).status, { timeout: 10_000 }).toBe(200);
  expect((await client.get('/v1/me', { token })).status).toBe(keepsData ? 200 : 401);
  await client.logIn(gateway.issueCode('bob'));
}

describe('SQLite', () => {
  it('that another process keeps locked is an outage for writers, and heals', async () => {
    const path = join(temporaryFolder(), 'wexagon.db');
    const app = await appOn(await openSqlite({ path }));
    const { client, gateway, token } = app;
    const other = new Database(path);
    other.exec('begin immediate');
    const began = performance.now();
    const [write, login, ready, read] = await Promise.all([
      client.send('PATCH', '/v1/me', { token, json: { nickName: 'x' } }),
      client.post('/v1/login', { code: gateway.issueCode('bob') }),
      client.get('/readyz'),
      client.get('/v1/me', { token }),
    ]);
    expect(performance.now() - began).toBeLessThan(4_000);
    for (const refused of [write, login, ready]) {
      expect(refused).toMatchObject({ status: 503, body: { code: 'storage-unavailable' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(read.status).toBe(200);
    other.exec('rollback');
    other.close();
    await expectHealed(app, true);
  });
});

describe('a full disk', () => {
  it('is an outage for writers and turns /readyz red, and heals without a restart', async () => {
    const opened: Database.Database[] = [];
    const path = join(temporaryFolder(), 'wexagon.db');
    const app = await appOn(await openSqlite({ path, onOpen: (db) => void opened.push(db) }));
    const { client, gateway, token } = app;
    const full = Number(opened[0]!.pragma('page_count', { simple: true }));
    opened[0]!.pragma(`max_page_count = ${full}`);
    const statuses = [];
    for (let n = 0; n < 200; n += 1)
      statuses.push((await client.post('/v1/login', { code: gateway.issueCode(`u${n}`) })).status);
    expect(statuses.at(-1)).toBe(503);
    expect((await client.get('/v1/me', { token })).status).toBe(200);
    opened[0]!.pragma('max_page_count = 100000');
    await expectHealed(app, true);
  });
});

describe('PostgreSQL', () => {
  async function start() {
    const server = await PostgresServer.start({ durable: true });
    onTestFinished(() => server.dispose());
    const url = await server.createDatabase();
    const persistence = await openPostgres({ url });
    return { server, url, persistence, app: await appOn(persistence) };
  }

  it('that crashes is an outage, and heals without a restart of ours', async () => {
    const { app, server } = await start();
    await server.stop('immediate');
    await expectTrouble(app);
    await server.restart();
    await expectHealed(app, true);
  }, 60_000);

  it('that hangs is an outage within 4 s, and heals', async () => {
    const { app, server } = await start();
    server.freeze();
    await expectTrouble(app);
    server.thaw();
    await expectHealed(app, true);
  }, 60_000);

  it('that refuses connections is an outage, and heals', async () => {
    const { app, server, url } = await start();
    const admin = new pg.Client({ connectionString: server.url });
    admin.on('error', () => {});
    await admin.connect();
    onTestFinished(() => admin.end());
    const name = new URL(url).pathname.slice(1);
    await admin.query(`alter database ${name} allow_connections false`);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    await expectTrouble(app);
    await admin.query(`alter database ${name} allow_connections true`);
    await expectHealed(app, true);
  }, 60_000);

  it('that is slow with every step is an outage within 4 s, however many steps a request takes', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.dispose());
    const slow = await slowProxy(new URL(await server.createDatabase()));
    const app = await appOn(await openPostgres({ url: slow.url }));
    app.clock.pass(10 * 60_000);
    slow.delay = 1_400;
    const began = performance.now();
    const answer = await app.client.send('PATCH', '/v1/me', { token: app.token, json: { nickName: 'x' } });
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage-unavailable' } });
    slow.delay = 0;
    await expectHealed(app, true);
  }, 60_000);

  it('does not sweep a session that is used while the sweep waits for it', async () => {
    const { url, persistence } = await start();
    const { sessions } = persistence;
    const session = sampleSession({ idleExpiresAt: later(NOON, DAY) });
    await sessions.add(session);
    const user = new pg.Client({ connectionString: url });
    await user.connect();
    onTestFinished(() => user.end());
    await user.query('begin');
    const revived = later(session.idleExpiresAt, DAY).getTime();
    await user.query('update sessions set idle_expires_at = $1 where id = $2', [revived, session.id]);
    const swept = sessions.removeExpired(session.idleExpiresAt, 10);
    await wait(200);
    await user.query('commit');
    expect(await swept).toBe(0);
    expect(await sessions.findByDigest(session.tokenDigest)).toBeDefined();
  }, 60_000);

  it('that crashes three times under load loses nothing that was acknowledged', async () => {
    const { app, server } = await start();
    const { client, gateway } = app;
    const tokens: string[] = [];
    const load = { isOver: false };
    const users = Array.from({ length: 8 }, async (_, user) => {
      for (let n = 0; !load.isOver; n += 1) {
        const { status, body } = await client.post('/v1/login', { code: gateway.issueCode(`u${user}-${n}`) });
        expect([200, 503]).toContain(status);
        if (status === 200) tokens.push(body.token);
        else await wait(50);
      }
    });
    const acknowledged: number[] = [];
    for (let crash = 0; crash < 3; crash += 1) {
      const due = tokens.length + 10;
      while (tokens.length < due) await wait(5);
      acknowledged.push(tokens.length);
      await server.stop('immediate');
      await wait(200);
      await server.restart();
    }
    await wait(500);
    load.isOver = true;
    await Promise.all(users);
    await expectHealed(app, true);
    expect(acknowledged).toHaveLength(3);
    expect(tokens.length).toBeGreaterThan(acknowledged[2]!);
    for (const token of tokens) expect((await client.get('/v1/me', { token })).status).toBe(200);
  }, 120_000);

  it('lets ten instances start at once', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.dispose());
    const url = await server.createDatabase();
    const instances = await Promise.all(Array.from({ length: 10 }, () => openPostgres({ url, connections: 2 })));
    for (const instance of instances) await expect(instance.ping()).resolves.toBeUndefined();
    await Promise.all(instances.map((instance) => instance.close()));
  }, 60_000);

  it('with synchronous_commit off is refused at the start, with the reason', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.dispose());
    const url = new URL(await server.createDatabase());
    url.searchParams.set('options', '-c synchronous_commit=off');
    await expect(openPostgres({ url: url.href })).rejects.toThrow(/synchronous_commit off/);
  }, 60_000);

  it('that is not there is told at the start', async () => {
    const opened = openPostgres({ url: 'postgres://wexagon:secret@127.0.0.1:1/wexagon' });
    await expect(opened).rejects.toMatchObject({ code: 'storage-unavailable' });
    await expect(opened).rejects.not.toThrow(/secret/);
  });
});

describe('MongoDB', () => {
  async function start() {
    const server = await MongoServer.start();
    onTestFinished(() => server.dispose());
    return { server, app: await appOn(await openMongo({ url: server.url('wexagon') })) };
  }

  it('that dies is an outage, and heals without a restart of ours', async () => {
    const { app, server } = await start();
    await server.kill();
    await expectTrouble(app);
    await server.restart();
    // A stand-in in memory comes back empty; what it was asked to keep it has lost, and not we.
    await expectHealed(app, !server.isStandIn);
  }, 60_000);

  it('that hangs is an outage within 4 s, and heals', async () => {
    const { app, server } = await start();
    server.freeze();
    await expectTrouble(app);
    server.thaw();
    await expectHealed(app, true);
  }, 60_000);

  it.each(['w=1', 'w=0', 'journal=false', 'retryWrites=false', 'readPreference=secondary'])(
    'reached by a URL with %s is refused at the start, with the reason',
    async (option) => {
      const opened = openMongo({ url: `mongodb://wexagon:secret@127.0.0.1:1/wexagon?${option}` });
      await expect(opened).rejects.toThrow(new RegExp(option.split('=')[0]!, 'i'));
      await expect(opened).rejects.not.toThrow(/secret/);
    },
  );

  it('that is not there is told at the start', async () => {
    const opened = openMongo({ url: 'mongodb://127.0.0.1:1/wexagon' });
    await expect(opened).rejects.toMatchObject({ code: 'storage-unavailable' });
  });
});

/** Stands between us and a server, and hands on each of its answers so many milliseconds late. */
async function slowProxy(target: URL): Promise<{ url: string; delay: number }> {
  const proxy = { url: '', delay: 0 };
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    near.pipe(far);
    far.on('data', (bytes) => setTimeout(() => near.destroyed || near.write(bytes), proxy.delay));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  proxy.url = Object.assign(new URL(target), { port: String(port) }).href;
  return proxy;
}
