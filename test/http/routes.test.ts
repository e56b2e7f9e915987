import { describe, expect, it } from 'vitest';
import { DAY, later, MINUTE } from '../../src/domain/clock.ts';
import { NOON } from '../support/samples.ts';
import { runningApp } from '../support/running-app.ts';

async function loggedIn(user = 'alice', environment = {}) {
  const app = await runningApp({ environment });
  const login = await app.client.logIn(app.gateway.issueCode(user));
  return { ...app, ...login };
}

describe('login', () => {
  it('POST /v1/login: {code} -> {token, user_id, expires_at}', async () => {
    const { client, gateway } = await runningApp();
    const { status, body, headers } = await client.post('/v1/login', { code: gateway.issueCode('alice') });
    expect(status).toBe(200);
    expect(body).toEqual({
      token: expect.stringMatching(/^mpt_[0-9A-Za-z]{49}$/),
      user_id: expect.any(String),
      expires_at: later(NOON, 30 * DAY).toISOString(),
    });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(['/miniprogram_auth/login', '/miniprogram_auth/login/'])(
    'POST %s, in the shape of the seed',
    async (path) => {
      const { client, gateway } = await runningApp();
      const { status, body } = await client.post(path, { code: gateway.issueCode('alice') });
      expect(status).toBe(200);
      expect(body).toEqual({ token: expect.any(String), user_id: expect.any(String) });
    },
  );

  it.each([
    ['an unknown code', 400, 'login-code-invalid', () => {}],
    ['a blocked user', 403, 'login-user-blocked', (gateway) => void gateway.blocked.add('alice')],
    ['a user who comes too often', 429, 'login-too-often', (gateway) => void gateway.tooOften.add('alice')],
    ['an outage', 503, 'wechat-unreachable', (gateway) => void (gateway.broken = true)],
  ] as [string, number, string, (gateway: Awaited<ReturnType<typeof runningApp>>['gateway']) => void][])(
    'answers %s with %i %s',
    async (_what, status, code, arrange) => {
      const { client, gateway } = await runningApp();
      arrange(gateway);
      const loginCode = code === 'login-code-invalid' ? 'unknown' : gateway.issueCode('alice');
      const answer = await client.post('/v1/login', { code: loginCode });
      expect(answer).toMatchObject({ status, body: { status, code } });
      expect(answer.headers.has('retry-after')).toBe(status >= 429);
    },
  );

  it('answers a used code with 400 login-code-used', async () => {
    const { client, gateway } = await runningApp();
    const code = gateway.issueCode('alice');
    await client.logIn(code);
    expect(await client.post('/v1/login', { code })).toMatchObject({ status: 400, body: { code: 'login-code-used' } });
  });
});

describe('authorization', () => {
  it.each(['Token', 'Bearer', 'bearer', 'TOKEN'])('is taken as %s', async (scheme) => {
    const { client, token } = await loggedIn();
    const { status } = await client.get('/v1/me', { headers: { authorization: `${scheme} ${token}` } });
    expect(status).toBe(200);
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'mpt_x', 'Bearer a b', 'Bearer mpt_', `Bearer ${'x'.repeat(4_000)}`])(
    'is refused as %j, always in the same words',
    async (authorization) => {
      const { client } = await loggedIn();
      const answer = await client.get('/v1/me', authorization ? { headers: { authorization } } : {});
      const { instance: _, ...problem } = answer.body;
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(problem).toEqual({
        type: 'urn:wexagon:problem:not-authenticated',
        title: 'not authenticated',
        status: 401,
        code: 'not-authenticated',
        detail: 'A valid token is needed. Log in again with a fresh code from wx.login.',
      });
    },
  );
});

describe('sessions', () => {
  it('are listed, newest first, and marked when current', async () => {
    const { client, clock, gateway, token } = await loggedIn();
    clock.pass(MINUTE);
    const json = { code: gateway.issueCode('alice') };
    await client.send('POST', '/v1/login', { json, headers: { 'user-agent': 'WeChat/8' } });
    const { body } = await client.get('/v1/sessions/', { token });
    expect(body.sessions).toEqual([
      expect.objectContaining({ device: 'WeChat/8', current: false, created_at: later(NOON, MINUTE).toISOString() }),
      expect.objectContaining({ current: true, created_at: NOON.toISOString(), last_seen_at: NOON.toISOString() }),
    ]);
    expect(Object.keys(body.sessions[0]).toSorted()).toEqual([
      'created_at',
      'current',
      'device',
      'expires_at',
      'id',
      'idle_expires_at',
      'last_seen_at',
    ]);
  });

  it('are revoked one by one: a second device, then this one', async () => {
    const { client, gateway, token } = await loggedIn();
    const other = await client.logIn(gateway.issueCode('alice'));
    const { body } = await client.get('/v1/sessions', { token });
    const { id } = body.sessions.find((session: { current: boolean }) => !session.current);
    expect((await client.send('DELETE', `/v1/sessions/${id}`, { token })).status).toBe(204);
    expect((await client.get('/v1/me', { token: other.token })).status).toBe(401);
    expect((await client.send('DELETE', `/v1/sessions/${id}`, { token })).body.code).toBe('session-not-found');
    expect((await client.send('DELETE', '/v1/sessions/current', { token })).status).toBe(204);
    expect((await client.get('/v1/me', { token })).status).toBe(401);
  });

  it('are revoked all at once', async () => {
    const { client, gateway, token } = await loggedIn();
    const other = await client.logIn(gateway.issueCode('alice'));
    expect((await client.send('DELETE', '/v1/sessions', { token })).status).toBe(204);
    for (const gone of [token, other.token]) expect((await client.get('/v1/me', { token: gone })).status).toBe(401);
  });
});

describe('me', () => {
  it('GET /v1/me: account and profile, and no secret of it', async () => {
    const { client, token, user_id } = await loggedIn();
    const { status, body } = await client.get('/v1/me/', { token });
    expect(status).toBe(200);
    expect(body).toEqual({
      user_id,
      openid: 'o-alice',
      unionid: null,
      profile: { nickName: null, avatarUrl: null, gender: null, city: null, province: null, country: null },
      created_at: NOON.toISOString(),
      linked_user_ids: [],
    });
  });

  it('POST /v1/me: is PATCH for wx.request, which has none', async () => {
    const { client, token } = await loggedIn();
    const { status, body } = await client.post('/v1/me', { nickName: 'Alice' }, { token });
    expect([status, body.profile.nickName]).toEqual([200, 'Alice']);
  });

  it('PATCH /v1/me: changes what is named, and takes away what is null', async () => {
    const { client, token } = await loggedIn();
    const patch = (json: object) => client.send('PATCH', '/v1/me', { token, json });
    const avatarUrl = 'https://example.com/a.png';
    expect((await patch({ nickName: '李雷🧋', avatarUrl })).body.profile).toMatchObject({
      nickName: '李雷🧋',
      avatarUrl,
    });
    expect((await patch({ nickName: null })).body.profile).toMatchObject({ nickName: null, avatarUrl });
    expect((await client.get('/v1/me', { token })).body.profile).toMatchObject({ nickName: null, avatarUrl });
  });

  it('POST /v1/me/profile: takes over what WeChat sealed', async () => {
    const { client, gateway, token } = await loggedIn();
    const envelope = gateway.seal('alice', { profile: { nickName: 'Alice', gender: 2 } });
    const { status, body } = await client.post('/v1/me/profile', envelope, { token });
    expect(status).toBe(200);
    expect(body.profile).toMatchObject({ nickName: 'Alice', gender: 2 });
  });

  it.each(['/miniprogram_auth/updateUserInfo', '/miniprogram_auth/updateUserInfo/'])(
    'POST %s, in the shape of the seed',
    async (path) => {
      const { client, gateway, token, user_id } = await loggedIn();
      const { encryptedData, iv } = gateway.seal('alice', {
        profile: { nickName: 'Alice', gender: 1, city: 'Shenzhen' },
      });
      const { status, body } = await client.post(
        path,
        { encryptedData, iv },
        { headers: { authorization: `Token ${token}` } },
      );
      expect(status).toBe(200);
      expect(body).toEqual({
        token,
        wechat: {
          id: user_id,
          nickName: 'Alice',
          avatarUrl: null,
          gender: '1',
          city: 'Shenzhen',
          province: null,
          country: null,
          user: user_id,
        },
      });
    },
  );

  it('answers whatever is wrong inside an envelope with one and the same 409', async () => {
    const { client, clock, gateway, token } = await loggedIn();
    const stale = gateway.seal('alice');
    clock.pass(6 * MINUTE);
    const wrong = [
      stale,
      gateway.seal('bob'),
      gateway.seal('alice', { appid: 'wx0000000000000000' }),
      { ...gateway.seal('alice'), encryptedData: 'AAAA' },
      { ...gateway.seal('alice'), signature: 'forged' },
    ];
    const answers = [];
    for (const envelope of wrong) answers.push(await client.post('/v1/me/profile', envelope, { token }));
    for (const { status, body } of answers) {
      const { instance: _, ...problem } = body;
      const { instance: __, ...first } = answers[0]!.body;
      expect(status).toBe(409);
      expect(problem).toEqual(first);
      expect(problem.code).toBe('session-key-stale');
    }
  });
});

describe('operations', () => {
  it('GET /healthz and /readyz answer while all is well', async () => {
    const { client } = await runningApp();
    expect(await client.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await client.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('GET /metrics counts requests by route template and logins by outcome, with no id in any label', async () => {
    const { client, token, user_id, gateway } = await loggedIn();
    await client.send('DELETE', '/v1/sessions/session-of-nobody', { token });
    await client.get('/no/such/path/nowhere-at-all');
    await client.post('/v1/login', { code: 'unknown' });
    gateway.broken = true;
    await client.post('/v1/login', { code: gateway.issueCode('alice') });
    const { text, headers } = await client.get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('wexagon_logins_total{outcome="success"} 1');
    expect(text).toContain('wexagon_logins_total{outcome="login-code-invalid"} 1');
    expect(text).toContain('wexagon_logins_total{outcome="wechat-unreachable"} 1');
    expect(text).toContain('wexagon_http_requests_total{method="DELETE",route="/v1/sessions/:id",status="404"} 1');
    expect(text).toContain('wexagon_http_requests_total{method="GET",route="none",status="404"} 1');
    expect(text).toMatch(
      /wexagon_http_request_duration_seconds_bucket\{le="0.1",method="POST",route="\/v1\/login"\} 3/,
    );
    for (const id of ['session-of-nobody', 'nowhere-at-all', user_id, token]) expect(text).not.toContain(id);
  });

  it('logs one line a request, with nothing in it that is not on the list', async () => {
    const { client, lines, token } = await loggedIn();
    lines.length = 0;
    await client.get('/v1/me?secret=1', { token, headers: { 'x-request-id': 'req-1' } });
    const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
    expect(requests).toEqual([
      {
        level: 30,
        time: expect.any(String),
        id: 'req-1',
        method: 'GET',
        route: '/v1/me',
        status: 200,
        duration_ms: expect.any(Number),
        msg: 'request',
      },
    ]);
  });

  it('takes a request id only when it is a sane one', async () => {
    const { client } = await runningApp();
    const id = async (sent: string) =>
      (await client.get('/healthz', { headers: { 'x-request-id': sent } })).headers.get('x-request-id');
    expect(await id('abc.1-2_3')).toBe('abc.1-2_3');
    for (const odd of ['a b', '"', 'x'.repeat(65), '<script>']) expect(await id(odd)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('one device only', () => {
  it('a second login ends the first', async () => {
    const { client, clock, gateway, token } = await loggedIn('alice', { SESSION_SINGLE_DEVICE: 'true' });
    clock.pass(1);
    const { token: second } = await client.logIn(gateway.issueCode('alice'));
    expect((await client.get('/v1/me', { token })).status).toBe(401);
    expect((await client.get('/v1/me', { token: second })).status).toBe(200);
  });
});
