import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { Users } from '../../src/simulator/users.ts';
import { onTestFinished } from 'vitest';
import type { Answer } from '../support/client.ts';
import { ServerProcess } from '../support/server-process.ts';
import { SimulatorControl } from '../support/simulator-control.ts';
import { temporaryFolder } from '../support/storages.ts';

const APP = { appid: 'wxc0ffee0123456789', secret: 'canary-app-secret-0123456789abcd' };
const RING_KEY = Buffer.from('canary ring key, 32 bytes of it!').toString('base64');

/** A secret in the shapes in which it could be written down. */
const shapesOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret, 'base64').toString('hex'),
];

const found = (secrets: readonly string[], text: string): string[] =>
  secrets.filter((secret) => shapesOf(secret).some((shape) => shape.length > 8 && text.includes(shape)));

it('no secret is found in logs at trace level, in answers, or in the database file', async () => {
  const folder = temporaryFolder();
  const simulator = await startSimulator(APP);
  onTestFinished(() => simulator.close());
  const wechat = new SimulatorControl(simulator.url);
  const server = await ServerProcess.start(
    {
      WECHAT_APPID: APP.appid,
      WECHAT_SECRET: APP.secret,
      WECHAT_API_BASE_URL: simulator.url,
      SECRET_KEYS: `k1:${RING_KEY}`,
      LOG_LEVEL: 'trace',
      RATE_LIMIT_LOGIN: 'off',
    },
    folder,
  );
  const { client } = server;
  const users = new Users(APP.appid, APP.secret);
  const tokens: string[] = [];
  const answers: Answer[] = [];

  for (const kind of ['html', 'garbage', 'truncate', 'hangup', 'errcode', 'status', 'timeout']) {
    await wechat.fault({ kind, when: 'after', value: kind === 'status' ? 500 : 40125 });
    answers.push(await client.post('/v1/login', { code: 'dev-alice' }));
  }
  for (const user of ['alice', 'bob']) {
    const login = await client.logIn(`dev-${user}`);
    tokens.push(login.token);
    const { token } = login;
    answers.push(await client.get('/v1/me', { token }), await client.get('/v1/sessions', { token }));
    answers.push(await client.post('/v1/me/profile', await wechat.userInfo(user), { token }));
    answers.push(await client.post('/v1/me/profile', await wechat.userInfo('mallory'), { token }));
    answers.push(await client.post('/v1/me/profile', { token }, { token }));
    answers.push(await client.get(`/v1/sessions/${token}?token=${token}`, { token: `${token}x` }));
    answers.push(
      await client.send('POST', '/v1/login', {
        raw: `{"code":"${token}`,
        headers: { 'content-type': 'application/json' },
      }),
    );
  }
  answers.push(await client.get('/metrics'), await client.get('/readyz'));
  const database = () =>
    readdirSync(join(folder, 'data'))
      .map((file) => readFileSync(join(folder, 'data', file), 'latin1'))
      .join('');
  const atWork = database();
  expect(await server.end('SIGTERM')).toBe(0);

  const sessionKeys = ['alice', 'bob'].map((user) => users.sessionKeyOf(users.named(user)));
  const secrets = [APP.secret, RING_KEY, ...sessionKeys, ...tokens];
  const places = {
    logs: server.output,
    answers: answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n'),
    database: atWork + database(),
  };
  expect(places.logs.split('\n').length).toBeGreaterThan(20);
  expect(answers.map(({ status }) => status)).toContain(504);
  expect(places.database).toContain(users.named('alice').openid);
  for (const [place, text] of Object.entries(places)) expect.soft(found(secrets, text), place).toEqual([]);

  // The net is whole: each secret would have been caught.
  for (const secret of secrets)
    for (const shape of shapesOf(secret)) if (shape.length > 8) expect(found([secret], `-${shape}-`)).toEqual([secret]);
}, 60_000);
