import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Users } from '../../src/simulator/users.ts';
import { runningApp } from '../support/running-app.ts';
import { APPID } from '../support/samples.ts';
import { APP_SECRET, gatewayTo, simulatedWechat } from '../support/simulated-wechat.ts';

/** The whole way, with the real cipher: HTTP, the use case, the WeChat adapter, and the simulator that sealed the data. */
async function loggedIn() {
  const wechat = await simulatedWechat();
  const app = await runningApp({ gateway: gatewayTo(wechat.url) });
  const { token } = await app.client.logIn('dev-alice');
  const send = (envelope: object) => app.client.post('/v1/me/profile', envelope, { token });
  return { ...app, send, token, wechat };
}

describe('envelopes over HTTP', () => {
  it('1,000 mutants: each is taken for what it says or refused in one and the same way', async () => {
    const { send, wechat } = await loggedIn();
    const envelope = await wechat.userInfo('alice');
    const { encryptedData, iv } = envelope;
    const shapes = new Set<string>();
    for (let n = 0; n < 1_000; n += 1) {
      const field = n % 4 === 0 ? 'iv' : 'encryptedData';
      const bytes = Buffer.from(envelope[field], 'base64');
      bytes[(n * 7919) % bytes.length]! ^= 1 + (n % 255);
      const { status, body } = await send({ encryptedData, iv, [field]: bytes.toString('base64') });
      if (status !== 200) shapes.add(JSON.stringify([status, { ...body, instance: '' }]));
    }
    expect([...shapes]).toEqual([expect.stringContaining('session-key-stale')]);
  }, 60_000);

  it('what is too old, of another app, of another user or signed wrongly is refused in that same way', async () => {
    const { send, wechat } = await loggedIn();
    const old = Math.floor(Date.now() / 1_000) - 301;
    const wrong = [
      await wechat.userInfo('alice', { timestamp: old }),
      await wechat.userInfo('alice', { appid: 'wx0000000000000000' }),
      await wechat.userInfo('bob'),
      { ...(await wechat.userInfo('alice')), rawData: '{"nickName":"Mallory"}' },
    ];
    for (const envelope of wrong)
      expect(await send(envelope)).toMatchObject({ status: 409, body: { code: 'session-key-stale' } });
  });

  it('a user who bends an envelope of their own cannot become somebody else', async () => {
    const { client, send, token, wechat } = await loggedIn();
    const before = (await client.get('/v1/me', { token })).body;
    const nickName = `${'x'.repeat(40)}","unionId":"uVICTIM","openId":"oVICTIM","nickName":"`;
    const { encryptedData, iv } = await wechat.userInfo('alice', { profile: { nickName } });

    // CBC lets one cut whole blocks off the front and choose the first block anew through the iv.
    const sealed = Buffer.from(encryptedData, 'base64');
    const users = new Users(APPID, APP_SECRET);
    const key = Buffer.from(users.sessionKeyOf(users.named('alice')), 'base64');
    const plain = (() => {
      const cipher = createDecipheriv('aes-128-cbc', key, Buffer.from(iv, 'base64'));
      return Buffer.concat([cipher.update(sealed), cipher.final()]);
    })();
    const statuses = [];
    for (let cut = 16; cut < plain.length - 16; cut += 16) {
      const wanted = Buffer.from('{"unionId":"uV",');
      const bent = Buffer.alloc(16);
      for (let n = 0; n < 16; n += 1) bent[n] = sealed[cut - 16 + n]! ^ plain[cut + n]! ^ wanted[n]!;
      const data = { encryptedData: sealed.subarray(cut).toString('base64'), iv: bent.toString('base64') };
      statuses.push((await send(data)).status);
    }
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    const { openid, unionid, user_id } = (await client.get('/v1/me', { token })).body;
    expect({ openid, unionid, user_id }).toEqual({
      openid: before.openid,
      unionid: before.unionid,
      user_id: before.user_id,
    });
  });
});
