import { verifyWebhook } from 'wexagon/client';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

/** The example of the Standard Webhooks specification. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"test": 2432232314}';
const HEADERS = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const THEN = { now: new Date(1_614_265_330_000) };
const OTHER = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

const forged = { name: 'WexagonProblem', code: 'webhook-forged' };

describe('verifyWebhook', () => {
  it('takes the published example, as text and as bytes, with headers of every kind', async () => {
    const told = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', test: 2_432_232_314 };
    expect(await verifyWebhook(HEADERS, BODY, SECRET, THEN)).toEqual(told);
    expect(await verifyWebhook(new Headers(HEADERS), Buffer.from(BODY), [SECRET], THEN)).toEqual(told);
    const shouted = Object.fromEntries(Object.entries(HEADERS).map(([name, value]) => [name.toUpperCase(), [value]]));
    expect(await verifyWebhook(shouted, BODY, SECRET, THEN)).toEqual(told);
  });

  it('takes what the public library signs', async () => {
    const now = new Date('2026-11-22T04:00:00.000Z');
    const body = JSON.stringify({ type: 'order.paid', timestamp: now.toISOString(), data: { out_trade_no: '咖啡-1' } });
    const signature = new Webhook(OTHER).sign('evt_1', now, body);
    const headers = {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(now.getTime() / 1_000),
      'webhook-signature': signature,
    };
    expect(await verifyWebhook(headers, body, OTHER, { now })).toEqual({ id: 'evt_1', ...JSON.parse(body) });
  });

  it('takes any of several secrets and any of several signatures', async () => {
    const signatures = `v1a,AAAA v1,${Buffer.alloc(32).toString('base64')} ${HEADERS['webhook-signature']}`;
    const headers = { ...HEADERS, 'webhook-signature': signatures };
    expect(await verifyWebhook(headers, BODY, [OTHER, SECRET], THEN)).toMatchObject({ test: 2_432_232_314 });
  });

  it.each([
    ['another body', HEADERS, '{"test": 2432232315}', SECRET],
    ['another id', { ...HEADERS, 'webhook-id': 'msg_other' }, BODY, SECRET],
    ['another time', { ...HEADERS, 'webhook-timestamp': '1614265331' }, BODY, SECRET],
    ['another secret', HEADERS, BODY, OTHER],
    ['no secret', HEADERS, BODY, []],
    [
      'a shorter signature',
      { ...HEADERS, 'webhook-signature': HEADERS['webhook-signature'].slice(0, -8) },
      BODY,
      SECRET,
    ],
    ['an empty signature', { ...HEADERS, 'webhook-signature': 'v1,' }, BODY, SECRET],
    [
      'a signature of another version',
      { ...HEADERS, 'webhook-signature': `v2${HEADERS['webhook-signature'].slice(2)}` },
      BODY,
      SECRET,
    ],
    ['no base64', { ...HEADERS, 'webhook-signature': 'v1,%%%' }, BODY, SECRET],
    ['no signature', { ...HEADERS, 'webhook-signature': undefined }, BODY, SECRET],
    ['no id', { ...HEADERS, 'webhook-id': '' }, BODY, SECRET],
    ['a time that is none', { ...HEADERS, 'webhook-timestamp': '1614265330.5' }, BODY, SECRET],
  ])('refuses %s', async (_what, headers, body, secrets) => {
    await expect(verifyWebhook(headers, body, secrets, THEN)).rejects.toMatchObject(forged);
  });

  it.each([-301, 301])('refuses one that is %d seconds off, and takes it where that is tolerated', async (seconds) => {
    const now = new Date(THEN.now.getTime() + seconds * 1_000);
    await expect(verifyWebhook(HEADERS, BODY, SECRET, { now })).rejects.toMatchObject({ code: 'webhook-stale' });
    expect(await verifyWebhook(HEADERS, BODY, SECRET, { now, tolerance: 301 })).toMatchObject({ test: 2_432_232_314 });
  });

  it('tells of a secret that is none, rather than refusing everything', async () => {
    await expect(verifyWebhook(HEADERS, BODY, 'whsec_%%%', THEN)).rejects.toThrow(/whsec_/);
  });
});
