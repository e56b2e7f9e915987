import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { objectionTo } from '../../src/adapters/webhook/receiver-url.ts';
import { NOTHING_INTERNAL } from '../../src/adapters/webhook/allow-list.ts';
import { secretBytes } from '../../src/adapters/webhook/signature.ts';
import { retryAfterIn } from '../../src/adapters/webhook/retry-after.ts';
import { HOUR, later, SECOND } from '../../src/domain/clock.ts';
import { type LoggedEvent, placeInLog } from '../../src/domain/order/event-log.ts';
import type { Happening } from '../../src/domain/order/order-event.ts';
import { NOON, sampleNote } from '../support/samples.ts';
import { certifiedHost, trustTestAuthority } from '../support/certified-host.ts';
import { newSecret, SECRET, webhooksTo } from '../support/webhook-samples.ts';
import { answering, type Received, type Reply, webhookReceiver } from '../support/webhook-receiver.ts';

const PAID: LoggedEvent = {
  id: placeInLog(4),
  event: sampleNote({
    orderId: 'pickup-1',
    sequence: 4,
    version: 5,
    state: 'paid',
    happening: { type: 'order.paid', transactionId: '4200000000000000000000000000', late: false },
  }),
};

const verify = (secret: string, { body, headers }: Received): unknown => new Webhook(secret).verify(body, headers);

/** The library goes by the time of day. */
function setTime(now: Date): void {
  vi.useFakeTimers({ toFake: ['Date'], now });
}

afterEach(() => void vi.useRealTimers());

trustTestAuthority();

const ALLOWED = '127.0.0.1';

async function sent(reply: Reply, { deadline = 5_000 } = {}) {
  const receiver = await webhookReceiver(reply);
  const webhooks = webhooksTo({ url: receiver.url, allowed: ALLOWED, deadline });
  return { receiver, outcome: await webhooks.send(PAID, NOON) };
}

describe('what is sent', () => {
  it('is taken by the public library, and is what the merchant reads over HTTP', async () => {
    const { receiver, outcome } = await sent(answering(204));
    setTime(later(NOON, SECOND));
    expect(outcome).toEqual({ kind: 'answered', status: 204, retryAfter: null });
    const [received] = receiver.inbox as [Received];
    expect(verify(SECRET, received)).toEqual({
      type: 'order.paid',
      timestamp: NOON.toISOString(),
      data: {
        out_trade_no: 'pickup-1',
        sequence: 4,
        version: 5,
        state: 'paid',
        transaction_id: '4200000000000000000000000000',
        late: false,
      },
    });
    expect(received.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'evt_0000000000000004',
      'webhook-timestamp': String(NOON.getTime() / 1_000),
    });
  });

  it('is not taken when anything of it was changed, nor by another secret, nor later', async () => {
    const { receiver } = await sent(answering(204));
    setTime(NOON);
    const [received] = receiver.inbox as [Received];
    const changed = (name: string, value: string) => ({
      ...received,
      headers: { ...received.headers, [name]: value },
    });
    expect(() => verify(SECRET, { ...received, body: received.body.replace('pickup-1', 'pickup-2') })).toThrow();
    expect(() => verify(SECRET, changed('webhook-id', 'evt_0000000000000005'))).toThrow();
    expect(() => verify(SECRET, changed('webhook-timestamp', String(NOON.getTime() / 1_000 + 1)))).toThrow();
    expect(() => verify(newSecret(), received)).toThrow();
    setTime(later(NOON, HOUR));
    expect(() => verify(SECRET, received)).toThrow();
  });

  it('carries a signature for each secret while they change', async () => {
    const receiver = await webhookReceiver();
    const secrets = [newSecret(), newSecret(), `whsec_${Buffer.alloc(24, 7).toString('base64')}`];
    await webhooksTo({ url: receiver.url, allowed: ALLOWED, secrets }).send(PAID, NOON);
    setTime(NOON);
    for (const secret of secrets) expect(verify(secret, receiver.inbox[0]!)).toMatchObject({ type: 'order.paid' });
    expect(receiver.inbox[0]!.headers['webhook-signature']!.split(' ')).toHaveLength(3);
  });

  it('is the same body each time, with a signature of its time', async () => {
    const receiver = await webhookReceiver();
    const webhooks = webhooksTo({ url: receiver.url, allowed: ALLOWED });
    await webhooks.send(PAID, NOON);
    await webhooks.send(PAID, later(NOON, HOUR));
    setTime(later(NOON, HOUR));
    const [first, again] = receiver.inbox as [Received, Received];
    expect([again.body, again.headers['webhook-id']]).toEqual([first.body, first.headers['webhook-id']]);
    expect(verify(SECRET, again)).toBeDefined();
    expect(() => verify(SECRET, first)).toThrow();
  });

  it('is thin, and what happened changes nothing of what is said of the order', async () => {
    const receiver = await webhookReceiver();
    const webhooks = webhooksTo({ url: receiver.url, allowed: ALLOWED });
    const longest = '商'.repeat(256);
    const happenings: Happening[] = [
      { type: 'order.failed', reason: longest },
      { type: 'refund.abnormal', outRefundNo: 'r'.repeat(64), amount: 1_000_000_000, reason: longest },
      { type: 'anomaly.raised', kind: 'refund-mismatch', transactionId: longest, refundId: longest },
    ];
    for (const happening of happenings) {
      await webhooks.send({ id: placeInLog(1), event: { ...PAID.event, happening } }, NOON);
      const { body } = receiver.inbox.at(-1)!;
      expect(Buffer.byteLength(body)).toBeLessThan(20_000);
      const { type, data } = JSON.parse(body);
      expect({ type, data }).toMatchObject({ type: happening.type, data: { out_trade_no: 'pickup-1', sequence: 4 } });
    }
  });

  it('holds nothing of the notice that the event came from', async () => {
    const { receiver } = await sent(answering(204));
    expect(JSON.stringify(receiver.inbox)).not.toContain('result_code');
  });
});

describe('what a receiver makes of it', () => {
  it.each([200, 204, 400, 404, 410, 429, 500, 503])('%i is told as it is', async (status) => {
    const { outcome } = await sent(answering(status));
    expect(outcome).toEqual({ kind: 'answered', status, retryAfter: null });
  });

  it.each([301, 302, 303, 307, 308])('%i leads nowhere', async (status) => {
    const other = await webhookReceiver();
    const { receiver, outcome } = await sent(answering(status, { location: other.url }));
    expect(outcome).toMatchObject({ kind: 'answered', status });
    expect([receiver.inbox.length, other.connections]).toEqual([1, 0]);
  });

  it('may say when to come again, in seconds or as a time', async () => {
    const { outcome } = await sent(answering(429, { 'retry-after': '120' }));
    expect(outcome).toEqual({ kind: 'answered', status: 429, retryAfter: 120_000 });
    expect(retryAfterIn('99999999999', NOON)).toBe(99_999_999_999_000);
    expect(retryAfterIn('Sun, 22 Nov 2026 05:00:00 GMT', NOON)).toBe(HOUR);
    expect(retryAfterIn('Sun, 22 Nov 2026 03:00:00 GMT', NOON)).toBe(0);
    for (const nonsense of ['soon', '-1', '1e9', '']) expect(retryAfterIn(nonsense, NOON) ?? 0).toBe(0);
    expect(retryAfterIn(undefined, NOON)).toBeNull();
  });

  it('is a timeout where it takes the connection and says nothing', async () => {
    const { outcome } = await sent(() => {}, { deadline: 200 });
    expect(outcome).toEqual({ kind: 'failed', fault: 'timeout' });
  });

  it('is hung up on where an answer never ends, and its status counts', async () => {
    let left = 0;
    const drip: Reply = (response) => {
      const timer = setInterval(() => response.write('.'), 10);
      response.writeHead(200).once('close', () => {
        clearInterval(timer);
        left += 1;
      });
    };
    const { outcome } = await sent(drip, { deadline: 300 });
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 });
    await vi.waitFor(() => expect(left).toBe(1));
  });

  it('is read for 64 KiB and no more', async () => {
    let written = 0;
    const flood: Reply = (response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384;
        if (!response.destroyed) response.once('drain', more);
      };
      response.writeHead(503);
      more();
    };
    const { outcome } = await sent(flood);
    expect(outcome).toMatchObject({ kind: 'answered', status: 503 });
    expect(written).toBeLessThan(32 * 1_024 * 1_024);
  });

  it.each<[string, Reply]>([
    ['hangs up', (response) => response.destroy()],
    ['hangs up in the middle of its head', (response) => void response.socket?.end('HTTP/1.1 200')],
    [
      'wants another protocol',
      (response) => void response.socket?.write('HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
  ])('is a failure where it %s', async (_what, reply) => {
    expect((await sent(reply)).outcome).toMatchObject({ kind: 'failed' });
  });

  it.each<[string, Reply]>([
    ['speaks something else', (response) => void response.socket?.end('+PONG\r\n')],
    ['never ends its head', (response) => void response.socket?.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}`)],
  ])('is unreadable where it %s', async (_what, reply) => {
    expect((await sent(reply)).outcome).toEqual({ kind: 'failed', fault: 'unreadable' });
  });

  it('is unreachable where nobody listens, and unreadable where plain text answers to TLS', async () => {
    const nobody = webhooksTo({ url: 'http://127.0.0.1:1/', allowed: ALLOWED });
    expect(await nobody.send(PAID, NOON)).toEqual({ kind: 'failed', fault: 'unreachable' });
    const { url } = await webhookReceiver();
    const mistaken = webhooksTo({ url: url.replace('http:', 'https:'), allowed: ALLOWED });
    expect(await mistaken.send(PAID, NOON)).toEqual({ kind: 'failed', fault: 'unreadable' });
  });

  it('is believed over TLS by its certificate alone, and asked for by its name', async () => {
    const names: (string | undefined)[] = [];
    const honest = await certifiedHost(
      ({ headers }, response) => {
        names.push(headers.host);
        response.writeHead(204).end();
      },
      { isRequired: false },
    );
    const impostor = await certifiedHost('', { isRequired: false, isImpostor: true });
    const send = (url: string) => webhooksTo({ url, allowed: '127.0.0.0/8', resolve }).send(PAID, NOON);
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    expect(await send(honest.url)).toMatchObject({ kind: 'answered', status: 204 });
    expect(names).toEqual([new URL(honest.url).host]);
    const untrusted = { kind: 'failed', fault: 'untrusted-certificate' };
    expect(await send(impostor.url)).toEqual(untrusted);
    expect(await send(honest.url.replace('127.0.0.1', 'shop.example')), 'the certificate is of another').toEqual(
      untrusted,
    );
  });

  it('is cut short when we stop, and what answers at once is heard out', async () => {
    const stop = new AbortController();
    stop.abort();
    const quick = await webhookReceiver();
    const slow = await webhookReceiver(() => {});
    expect(await webhooksTo({ url: quick.url, allowed: ALLOWED }).send(PAID, NOON, stop.signal)).toMatchObject({
      kind: 'answered',
    });
    expect(await webhooksTo({ url: slow.url, allowed: ALLOWED }).send(PAID, NOON, stop.signal)).toEqual({
      kind: 'cut',
    });
  });
});

describe('secrets and addresses', () => {
  it('a secret is whsec_ and base64 of 24 to 64 bytes', () => {
    for (const bytes of [24, 32, 64])
      expect(secretBytes(`whsec_${Buffer.alloc(bytes).toString('base64')}`)).toHaveLength(bytes);
    const wrong = [
      '',
      'whsec_',
      `whsec_${Buffer.alloc(23).toString('base64')}`,
      `whsec_${Buffer.alloc(65).toString('base64')}`,
    ];
    for (const text of [...wrong, Buffer.alloc(32).toString('base64'), `${SECRET}!`, SECRET.replace('=', '')])
      expect(secretBytes(text), text).toBeUndefined();
  });

  it.each([
    ['https://shop.example/hook', undefined],
    ['https://shop.example:8443/hook', undefined],
    ['https://93.184.216.34/hook', undefined],
    ['http://shop.example/hook', /https/],
    ['ftp://shop.example/hook', /https/],
    ['https://shop.example:22/hook', /port/],
    ['https://user@shop.example/', /no user/],
    ['https://:secret@shop.example/', /no user/],
    ['https://127.0.0.1/', /public/],
    ['https://[::1]/', /public/],
  ])('%s', (url, objection) => {
    const found = objectionTo(new URL(url), NOTHING_INTERNAL);
    if (objection) expect(found).toMatch(objection);
    else expect(found).toBeUndefined();
  });
});
