import { describe, expect, it } from 'vitest';
import type { LoginCode } from '../../src/domain/session/login-code.ts';
import { runningApp } from '../support/running-app.ts';
import { gatewayTo, simulatedWechat } from '../support/simulated-wechat.ts';

/*
 * Wexagon keeps the routes of django_miniprogram_api and not its defects: one test for each,
 * under the number it has in our list of them.
 */

async function loggedIn(environment = {}) {
  const app = await runningApp({ environment });
  const login = await app.client.logIn(app.gateway.issueCode('alice'));
  return { ...app, ...login };
}

describe('defects that must not come back', () => {
  it('seed-15: a login code carries nothing else into the URL that has the app secret in it', async () => {
    const { client, gateway } = await runningApp();
    for (const code of ['x&appid=wx2', 'x&secret=', 'x#', 'x?y', 'x y', 'x%26appid=wx2', '../token']) {
      expect(await client.post('/miniprogram_auth/login', { code })).toMatchObject({ status: 400 });
    }
    expect(gateway.exchanges).toBe(0);

    // Even a code that got past the check would stay one parameter.
    const wechat = await simulatedWechat();
    const sneaky = gatewayTo(wechat.url).exchangeCode('x&appid=wx2' as LoginCode);
    await expect(sneaky).rejects.toMatchObject({ code: 'login-code-invalid' });
    expect(await wechat.counts()).toEqual({ 'jscode2session errcode 40029': 1 });
  });

  it('seed-16: a WeChat that hangs does not hang us', async () => {
    const wechat = await simulatedWechat();
    await wechat.fault({ kind: 'timeout' });
    const exchange = gatewayTo(wechat.url).exchangeCode('dev-alice' as LoginCode);
    await expect(exchange).rejects.toMatchObject({ code: 'wechat-timeout' });
  });

  it('seed-17: concurrent first logins are no error and make one account', async () => {
    const { client, gateway } = await runningApp();
    const logins = await Promise.all(Array.from({ length: 30 }, () => client.logIn(gateway.issueCode('alice'))));
    expect(new Set(logins.map(({ user_id }) => user_id)).size).toBe(1);
  });

  it('seed-18: a second device does not log the first one out, and tokens end', async () => {
    const { client, clock, gateway, token } = await loggedIn();
    const second = await client.logIn(gateway.issueCode('alice'));
    for (const alive of [token, second.token]) expect((await client.get('/v1/me', { token: alive })).status).toBe(200);
    clock.pass(31 * 24 * 3_600_000);
    for (const over of [token, second.token]) expect((await client.get('/v1/me', { token: over })).status).toBe(401);
  });

  it('seed-18: the storage holds no token', async () => {
    const { persistence, token, user_id } = await loggedIn();
    const stored = JSON.stringify(await persistence.sessions.list(user_id as never));
    expect(stored).toContain('tokenDigest');
    expect(stored).not.toContain(token.slice(4, 47));
  });

  it('seed-19: a token is answered where it is made, and else only by the one route that promised it', async () => {
    const { client, gateway, token } = await loggedIn();
    const envelope = gateway.seal('alice');
    const answers = [
      await client.get('/v1/me', { token }),
      await client.get('/v1/sessions', { token }),
      await client.send('PATCH', '/v1/me', { token, json: {} }),
      await client.post('/v1/me/profile', envelope, { token }),
    ];
    for (const { text, status } of answers) expect([status, text.includes(token)]).toEqual([200, false]);
    const promised = await client.post('/miniprogram_auth/updateUserInfo', envelope, { token });
    expect(promised.body.token).toBe(token);
    expect(promised.headers.get('cache-control')).toBe('no-store');
  });

  it('seed-20: the storage holds no session key that can be read', async () => {
    const { persistence, gateway, user_id } = await loggedIn();
    const { sessionKey } = await gateway.exchangeCode(gateway.issueCode('alice'));
    const account = await persistence.accounts.find(user_id as never);
    const stored = JSON.stringify(account);
    expect(account?.sessionKey.box).toBeTruthy();
    expect(stored).not.toContain(sessionKey.reveal());
    expect(stored).not.toContain(Buffer.from(sessionKey.reveal()).toString('base64'));
  });

  it('seed-21: what cannot be decrypted, is too old or is somebody else is refused, and never a 500', async () => {
    const { client, clock, gateway, token } = await loggedIn();
    const old = gateway.seal('alice');
    clock.pass(301_000);
    const wrong = [old, gateway.seal('bob'), { ...old, encryptedData: 'AAAA' }];
    for (const envelope of wrong) {
      const { status } = await client.post('/miniprogram_auth/updateUserInfo', envelope, { token });
      expect(status).toBe(409);
    }
  });

  it('seed-22: an answer holds the fields that were promised and no others', async () => {
    const { client, gateway, token } = await loggedIn();
    const { body } = await client.post('/miniprogram_auth/updateUserInfo', gateway.seal('alice'), { token });
    expect(Object.keys(body)).toEqual(['token', 'wechat']);
    expect(Object.keys(body.wechat)).toEqual([
      'id',
      'nickName',
      'avatarUrl',
      'gender',
      'city',
      'province',
      'country',
      'user',
    ]);
  });

  it('seed-23: what needs a login asks for it, and what does not, does not', async () => {
    const { client } = await runningApp();
    const guarded: [string, string][] = [
      ['POST', '/miniprogram_auth/updateUserInfo'],
      ['GET', '/v1/sessions'],
      ['DELETE', '/v1/sessions'],
      ['DELETE', '/v1/sessions/current'],
      ['DELETE', '/v1/sessions/x'],
      ['GET', '/v1/me'],
      ['PATCH', '/v1/me'],
      ['POST', '/v1/me'],
      ['POST', '/v1/me/profile'],
    ];
    for (const [method, path] of guarded) expect.soft((await client.send(method, path)).status, path).toBe(401);
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await client.get(path)).status).toBe(200);
    expect((await client.post('/v1/login', { code: 'x' })).status).toBe(400);
  });

  it('seed-24: the left-most X-Forwarded-For is not believed', async () => {
    const { client, gateway } = await runningApp({ environment: { RATE_LIMIT_LOGIN: '1', TRUSTED_PROXY_HOPS: '1' } });
    const status = async (forwarded: string) => {
      const json = { code: gateway.issueCode('alice') };
      return (await client.send('POST', '/v1/login', { json, headers: { 'x-forwarded-for': forwarded } })).status;
    };
    expect([await status('1.1.1.1, 9.9.9.9'), await status('2.2.2.2, 9.9.9.9')]).toEqual([200, 429]);
  });

  it("seed-24: somebody else's things are as good as none", async () => {
    const { client, gateway, token } = await loggedIn();
    const bob = await client.logIn(gateway.issueCode('bob'));
    const { body } = await client.get('/v1/sessions', { token: bob.token });
    const theirs = await client.send('DELETE', `/v1/sessions/${body.sessions[0].id}`, { token });
    const none = await client.send('DELETE', '/v1/sessions/none', { token });
    expect({ ...theirs.body, instance: '' }).toEqual({ ...none.body, instance: '' });
    expect((await client.get('/v1/me', { token: bob.token })).status).toBe(200);
  });
});
