import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
/** How often it is killed; a thorough run (`npm run test:thorough`) kills more. */
const ROUNDS = process.env.WEXAGON_THOROUGH === undefined ? 2 : 6;

import { describeOn } from '../support/backends.ts';
import { ServerProcess } from '../support/server-process.ts';
import { STORAGES, temporaryFolder } from '../support/storages.ts';

const NO_LIMITS = { RATE_LIMIT_LOGIN: 'off', RATE_LIMIT_API: 'off' };

describeOn('end to end', STORAGES, ({ environment, keepsAfterRestart }) => {
  /** Makes room for a server, and answers how to start it there, as often as is wanted. */
  async function house() {
    const folder = temporaryFolder();
    const settings = { ...(await environment(folder)), ...NO_LIMITS };
    return (wishes = {}) => ServerProcess.start({ ...settings, ...wishes }, folder);
  }

  it('a user logs in, shows a profile, logs in on a second device and logs the first one out', async () => {
    const { client, wechat } = await (await house())();
    const phone = await client.logIn(await wechat.issueCode('alice'));
    const profile = { nickName: '李雷', city: 'Guangzhou' };
    const imported = await client.post('/v1/me/profile', await wechat.userInfo('alice', { profile }), {
      token: phone.token,
    });
    expect(imported).toMatchObject({ status: 200, body: { user_id: phone.user_id, profile } });

    const { encryptedData, iv } = await wechat.userInfo('alice', { profile: { nickName: 'Alice' } });
    const seed = await client.post('/miniprogram_auth/updateUserInfo/', { encryptedData, iv }, { token: phone.token });
    expect(seed.body).toMatchObject({
      token: phone.token,
      wechat: { nickName: 'Alice', gender: '0', user: phone.user_id },
    });

    const tablet = await client.logIn(await wechat.issueCode('alice'));
    expect(tablet.user_id).toBe(phone.user_id);
    const { body } = await client.get('/v1/sessions', { token: tablet.token });
    const other = body.sessions.find((session: { current: boolean }) => !session.current);
    expect((await client.send('DELETE', `/v1/sessions/${other.id}`, { token: tablet.token })).status).toBe(204);
    expect((await client.get('/v1/me', { token: phone.token })).status).toBe(401);
    expect((await client.get('/v1/me', { token: tablet.token })).status).toBe(200);
  });

  it('100 requests with one code are one exchange with WeChat, and one session', async () => {
    const { client, wechat } = await (await house())();
    const code = await wechat.issueCode('alice');
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.post('/v1/login', { code })));
    const [logins, late] = [200, 400].map((status) => answers.filter((answer) => answer.status === status));
    expect(logins!.length + late!.length).toBe(100);
    expect(new Set(logins!.map(({ body }) => body.token)).size).toBe(1);
    for (const { body } of late!) expect(body.code).toBe('login-code-used');
    expect(await wechat.counts()).toEqual({ 'jscode2session ok': 1 });
    const { body } = await client.get('/v1/sessions', { token: logins![0]!.body.token });
    expect(body.sessions).toHaveLength(1);
  });

  it('many first logins of one person at once make one account', async () => {
    const { client, wechat } = await (await house())();
    const codes = await Promise.all(Array.from({ length: 50 }, () => wechat.issueCode('bob')));
    const logins = await Promise.all(codes.map((code) => client.logIn(code)));
    expect(new Set(logins.map(({ user_id }) => user_id)).size).toBe(1);
  });

  it('a session key that WeChat has replaced asks for a new login, and heals with it', async () => {
    const { client, wechat } = await (await house())();
    const { token } = await client.logIn('dev-alice');
    await wechat.call('POST', 'users/alice/session-key');
    const envelope = await wechat.userInfo('alice');
    const stale = await client.post('/v1/me/profile', envelope, { token });
    expect(stale).toMatchObject({ status: 409, body: { code: 'session-key-stale' } });
    await client.logIn('dev-alice');
    expect((await client.post('/v1/me/profile', envelope, { token })).status).toBe(200);
  });

  it('with one device only, a second login ends the first', async () => {
    const { client } = await (await house())({ SESSION_SINGLE_DEVICE: 'true' });
    const first = await client.logIn('dev-alice');
    const second = await client.logIn('dev-alice');
    expect((await client.get('/v1/me', { token: first.token })).status).toBe(401);
    expect((await client.get('/v1/me', { token: second.token })).status).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s it finishes what is in flight, hangs up and exits with 0',
    async (signal) => {
      const server = await (await house())();
      const { client, wechat } = server;
      await wechat.fault({ kind: 'slow', when: 'after', value: 600 });
      const inFlight = client.logIn('dev-alice');
      await expect.poll(() => wechat.counts()).toEqual({ 'jscode2session fault slow': 1 });
      const ended = server.end(signal);
      expect(await inFlight).toHaveProperty('token');
      expect(await ended).toBe(0);
      await expect(client.get('/healthz')).rejects.toThrow();
      expect(server.output).toContain('"stopped"');
    },
  );

  // What forgets everything on purpose has nothing more to show.
  if (!keepsAfterRestart) return;

  it('killed with SIGKILL and started again, it has everything it had', async () => {
    const start = await house();
    const first = await start();
    const { token, user_id } = await first.client.logIn('dev-alice');
    await first.client.send('PATCH', '/v1/me', { token, json: { nickName: 'Alice' } });
    expect(await first.end('SIGKILL')).toBe('SIGKILL');

    const { client, wechat } = await start();
    expect((await client.get('/v1/me', { token })).body).toMatchObject({ user_id, profile: { nickName: 'Alice' } });
    expect((await client.post('/v1/me/profile', await wechat.userInfo('alice'), { token })).status).toBe(200);
    expect((await client.logIn('dev-alice')).user_id).toBe(user_id);
  });

  it('killed under load, it loses no login and no profile that it has acknowledged', async () => {
    const start = await house();
    const loggedIn: string[] = [];
    const kept: { token: string; nickName: string }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await start();
      const users = Array.from({ length: 60 }, (_, n) => `r${round}u${n}`);
      const work = users.map(async (user) => {
        const { token } = await server.client.logIn(`dev-${user}`);
        loggedIn.push(token);
        const { status } = await server.client.send('PATCH', '/v1/me', { token, json: { nickName: user } });
        if (status === 200) kept.push({ token, nickName: user });
      });
      const settled = Promise.allSettled(work);
      const due = kept.length + 2 + 5 * round;
      while (kept.length < due) await wait(1);
      await server.end('SIGKILL');
      await settled;
    }
    const { client } = await start();
    for (const { token, nickName } of kept) {
      expect((await client.get('/v1/me', { token })).body).toMatchObject({ profile: { nickName } });
    }
    for (const token of loggedIn) expect((await client.get('/v1/me', { token })).status).toBe(200);
    expect(kept.length).toBeGreaterThanOrEqual(2 * ROUNDS);
  }, 60_000);
});
