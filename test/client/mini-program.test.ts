import { createMiniProgramClient, type MiniProgramOptions, WexagonProblem } from 'wexagon/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/adapters/koa/server.ts';
import { FakePhone } from '../support/fake-phone.ts';
import { openSandbox } from '../support/sandbox.ts';

const KEY = 'wexagon.token';
const patience = { tries: 4, pause: 10 };

async function phoneIn(environment?: Record<string, string>, options: Partial<MiniProgramOptions> = {}) {
  const sandbox = await openSandbox(environment);
  const phone = new FakePhone(sandbox);
  const client = createMiniProgramClient({ baseUrl: `${sandbox.client.url}/`, wx: phone.wx, patience, ...options });
  const again = () => createMiniProgramClient({ baseUrl: sandbox.client.url, wx: phone.wx, patience, ...options });
  return { again, client, phone, sandbox };
}

const problem = (code: string) => expect.objectContaining({ name: 'WexagonProblem', code });

describe('logging in', () => {
  it('happens when it is needed, once for many calls at a time, and the token is kept', async () => {
    const { again, client, phone } = await phoneIn();
    const [me, same, third] = await Promise.all([
      client.me(),
      client.me(),
      client.updateProfile({ nickName: '爱丽丝' }),
    ]);
    expect([same.user_id, third.user_id]).toEqual([me.user_id, me.user_id]);
    expect(phone.logins).toBe(1);
    expect(phone.storage.get(KEY)).toMatch(/^mpt_/);
    expect((await again().me()).profile.nickName).toBe('爱丽丝');
    expect(phone.logins).toBe(1);
  });

  it('happens again when the token is not good any more, once for many calls', async () => {
    const { client, phone, sandbox } = await phoneIn();
    await client.me();
    await sandbox.client.send('DELETE', '/v1/sessions', { token: String(phone.storage.get(KEY)) });
    await Promise.all([client.me(), client.me(), client.me()]);
    expect(phone.logins).toBe(2);
    expect(phone.requests.filter((one) => one === 'GET /v1/me 401')).toHaveLength(3);
    expect(phone.requests.filter((one) => one === 'GET /v1/me 200')).toHaveLength(4);
  });

  it('does not go on for ever where no token is good', async () => {
    const { client, phone, sandbox } = await phoneIn();
    await client.me();
    phone.storage.set(KEY, 'mpt_nonsense');
    const stubborn = createMiniProgramClient({
      baseUrl: sandbox.client.url,
      wx: {
        ...phone.wx,
        request: (options) => phone.wx.request({ ...options, header: { 'content-type': 'application/json' } }),
      },
    });
    await expect(stubborn.me()).rejects.toEqual(problem('not-authenticated'));
    expect(phone.logins).toBe(2);
  });

  it('works with a code of another making, as in the sandbox', async () => {
    const { client, phone } = await phoneIn({}, { loginCode: async () => 'dev-carol' });
    expect(await client.login()).toMatchObject({ token: expect.stringMatching(/^mpt_/), user_id: expect.any(String) });
    expect(phone.logins).toBe(0);
  });

  it('works on a phone whose storage is full', async () => {
    const { client, phone } = await phoneIn();
    phone.storageIsFull = true;
    await client.me();
    await client.me();
    expect(phone.logins).toBe(1);
  });

  it('tells of a wx.login that gave no code', async () => {
    const { phone, sandbox } = await phoneIn();
    const wx = {
      ...phone.wx,
      login: ({ fail }: { fail: (reason: unknown) => void }) => fail({ errMsg: 'login:fail' }),
    };
    const client = createMiniProgramClient({ baseUrl: sandbox.client.url, wx });
    await expect(client.me()).rejects.toEqual(problem('wx-login-failed'));
  });

  it('is over after a logout, here and at the server', async () => {
    const { client, phone, sandbox } = await phoneIn();
    await client.me();
    const token = String(phone.storage.get(KEY));
    await client.logout();
    expect(phone.storage.has(KEY)).toBe(false);
    expect((await sandbox.client.get('/v1/me', { token })).status).toBe(401);
    await client.logout();
    await client.me();
    expect(phone.logins).toBe(2);
  });
});

describe('the profile', () => {
  it('is imported; with a key that is not the server’s any more it logs in and reads the data anew', async () => {
    const { client, phone, sandbox } = await phoneIn();
    await client.login();
    await sandbox.wechat.call('POST', 'users/alice/session-key');
    let reads = 0;
    const account = await client.importProfile(async () => {
      reads += 1;
      return sandbox.wechat.userInfo('alice');
    });
    expect(account.profile).toMatchObject({ nickName: 'alice', city: 'Shenzhen' });
    expect([reads, phone.logins]).toEqual([2, 2]);
  });

  it('is told what is wrong with a change', async () => {
    const { client } = await phoneIn();
    const error = await client.updateProfile({ nickName: '' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WexagonProblem);
    expect(error).toMatchObject({ code: 'invalid-request', status: 400, errors: [{ field: 'nickName' }] });
  });
});

describe('paying', () => {
  it('answers the paid order, once the server knows', async () => {
    const { client, sandbox } = await phoneIn();
    const order = await client.pay(await sandbox.order());
    expect(order).toMatchObject({ state: 'paid', amount: { total: 1_800 } });
  });

  it('has WeChat asked where the notice is lost', async () => {
    const { client, phone, sandbox } = await phoneIn();
    phone.thumb.notify = false;
    expect((await client.pay(await sandbox.order())).state).toBe('paid');
  });

  it('answers an order that is not paid when the user gave up, and asks but once', async () => {
    const { client, phone, sandbox } = await phoneIn();
    phone.thumb.outcome = 'cancel';
    const number = await sandbox.order();
    expect((await client.pay(number)).state).toBe('prepaid');
    expect(phone.requests.filter((one) => one === `POST /v1/orders/${number}/sync 200`)).toHaveLength(1);
  });

  it('outlives a network that comes and goes after the tap', async () => {
    const { phone, sandbox } = await phoneIn();
    const { wx } = phone;
    const requestPayment: typeof wx.requestPayment = (options) =>
      wx.requestPayment({
        ...options,
        success: (answer) => {
          phone.offline = 2;
          options.success(answer);
        },
      });
    const client = createMiniProgramClient({ baseUrl: sandbox.client.url, wx: { ...wx, requestPayment }, patience });
    expect((await client.pay(await sandbox.order())).state).toBe('paid');
    expect(phone.requests.filter((one) => one.endsWith('/sync 0'))).toHaveLength(2);
  });

  it('asks for the thumb once, however often it is tapped', async () => {
    const { client, phone, sandbox } = await phoneIn();
    const number = await sandbox.order();
    const [order, same] = await Promise.all([client.pay(number), client.pay(number)]);
    expect([order.state, same.state]).toEqual(['paid', 'paid']);
    expect(phone.requests.filter((one) => one.endsWith('/pay 200'))).toHaveLength(1);
  });

  it('of what is paid already there is nothing to tap', async () => {
    const { client, phone, sandbox } = await phoneIn();
    const number = await sandbox.order();
    await client.pay(number);
    phone.thumb.outcome = 'cancel';
    expect((await client.pay(number)).state).toBe('paid');
  });

  it('tells of an order that is nobody’s or somebody else’s', async () => {
    const { client, sandbox } = await phoneIn();
    await expect(client.pay('coffee-none')).rejects.toEqual(problem('order-not-found'));
    await expect(client.pay(await sandbox.paidCoffee('bob', true))).rejects.toEqual(problem('order-not-found'));
  });
});

describe('what is no answer of the server', () => {
  it('is a problem, too: no network, a gateway’s page, somebody else’s page', async () => {
    const { client, phone } = await phoneIn();
    await client.me();
    phone.offline = 1;
    await expect(client.me()).rejects.toEqual(problem('network-failed'));
    for (const status of [502, 200]) {
      const server = await listen(
        async (_request, response) => void response.writeHead(status).end('<html>'),
        '127.0.0.1',
        0,
      );
      onTestFinished(() => server.close(0));
      phone.storage.set(KEY, 'mpt_any');
      const lost = createMiniProgramClient({ baseUrl: `http://127.0.0.1:${server.port}`, wx: phone.wx });
      await expect(lost.me()).rejects.toMatchObject({ code: 'unreadable-answer', status });
    }
  });
});
