import type { ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { pause } from '../../src/adapters/system/pause.ts';
import { later, SECOND } from '../../src/domain/clock.ts';
import { resolve } from '../../src/main/container.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { NOON } from '../support/samples.ts';
import { runningApp } from '../support/running-app.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';
import { answering, webhookReceiver } from '../support/webhook-receiver.ts';
import { sampleLog, SECRET } from '../support/webhook-samples.ts';

const AS_MERCHANT = { token: MERCHANT_KEY };
const PATH = '/v1/merchant/webhooks';

/** A server with so many events in its log, of two orders, and a receiver that answers as it is told. */
async function telling(events = 6, status = 204, wishes: Parameters<typeof runningApp>[0] = {}) {
  const receiver = await webhookReceiver(answering(status));
  const environment = { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: SECRET, WEBHOOK_ALLOW_INTERNAL: '127.0.0.1' };
  const app = await runningApp({ environment, ...wishes });
  await app.persistence.events.restore(sampleLog(events, 2));
  const tell = async () => {
    await resolve(app.container, T.takeUpEvents).execute();
    return resolve(app.container, T.deliverDue).execute();
  };
  const get = (path = '') => app.client.get(PATH + path, AS_MERCHANT);
  const post = (path: string, json?: unknown) =>
    json === undefined
      ? app.client.send('POST', PATH + path, AS_MERCHANT)
      : app.client.post(PATH + path, json, AS_MERCHANT);
  return { ...app, receiver, tell, get, post };
}

const id = (place: number): string => `evt_${String(place).padStart(16, '0')}`;
const idsIn = ({ body }: { body: { webhooks: { id: string }[] } }) => body.webhooks.map((one) => one.id);

describe('GET /v1/merchant/webhooks', () => {
  it('lists what was told, oldest first, page by page', async () => {
    const { tell, get, receiver } = await telling();
    expect(await tell()).toBe(6);
    expect(receiver.inbox).toHaveLength(6);
    const first = await get('?limit=4');
    expect(first.body).toMatchObject({ next_after: id(4), disabled_at: null });
    expect(idsIn(first)).toEqual([1, 2, 3, 4].map(id));
    const last = await get(`?limit=4&after=${id(4)}`);
    expect([idsIn(last), last.body.next_after]).toEqual([[5, 6].map(id), null]);
  });

  it('lists those of a state, with their tries, and nothing of what the receiver wrote', async () => {
    const { tell, get } = await telling(2, 503);
    await tell();
    const { status, body, text } = await get('?state=waiting');
    expect(status).toBe(200);
    expect(body.webhooks).toHaveLength(2);
    expect(body.webhooks[0]).toMatchObject({
      id: id(1),
      type: 'order.prepaid',
      out_trade_no: 'order-0',
      sequence: 1,
      created_at: NOON.toISOString(),
      state: 'waiting',
      attempts: [{ at: NOON.toISOString(), status: 503, fault: null }],
    });
    const wait = Date.parse(body.webhooks[0].due_at) - NOON.getTime();
    expect(wait).toBeGreaterThanOrEqual(4 * SECOND);
    expect(wait).toBeLessThanOrEqual(6 * SECOND);
    expect(text).not.toContain(SECRET);
    expect((await get('?state=dead')).body.webhooks).toEqual([]);
  });

  it.each(['state=lost', 'limit=0', 'limit=201', 'after=1', `after=${id(1)}0`, 'wait=1'])(
    'refuses ?%s',
    async (query) => {
      const { get } = await telling(0);
      expect((await get(`?${query}`)).body).toMatchObject({ status: 400, code: 'invalid-request' });
    },
  );

  it('is for merchants alone, as all of it is', async () => {
    const { client } = await telling(0);
    const paths = ['GET ', `GET /${id(1)}`, `POST /${id(1)}/replay`, 'POST /replay', 'POST /enable'];
    for (const [method, path] of paths.map((one) => one.split(' ') as [string, string]))
      expect((await client.send(method, PATH + path)).body.code).toBe('merchant-not-authenticated');
  });
});

describe('GET /v1/merchant/webhooks/{event_id}', () => {
  it('answers one, or says that there is none', async () => {
    const { tell, get } = await telling();
    await tell();
    expect((await get(`/${id(3)}`)).body).toMatchObject({ id: id(3), sequence: 2, state: 'delivered', due_at: null });
    for (const other of [id(7), 'x', '$where']) expect((await get(`/${other}`)).body.code).toBe('webhook-not-found');
  });
});

describe('what cannot be the id of an event', () => {
  it.each(['%00', `${id(1)}%00`, 'evt_1', '$ne'])('is not there, and never looked for: %s', async (odd) => {
    const { get, post, persistence } = await telling(0);
    // PostgreSQL fails at a text with a NUL in it.
    const find = vi.spyOn(persistence.webhooks, 'find');
    for (const { body } of [await get(`/${odd}`), await post(`/${odd}/replay`)])
      expect(body).toMatchObject({ status: 404, code: 'webhook-not-found' });
    expect(find).not.toHaveBeenCalled();
  });
});

describe('POST /v1/merchant/webhooks/{event_id}/replay', () => {
  it('has it told again under the same id, and once for one Idempotency-Key', async () => {
    const { tell, client, receiver } = await telling();
    await tell();
    const request = { ...AS_MERCHANT, headers: { 'idempotency-key': 'again-1' } };
    const first = await client.send('POST', `${PATH}/${id(2)}/replay`, request);
    expect(first.body).toMatchObject({ id: id(2), state: 'waiting', due_at: NOON.toISOString() });
    expect(await tell()).toBe(1);
    expect(receiver.inbox.at(-1)!.headers['webhook-id']).toBe(id(2));
    expect(receiver.inbox.at(-1)!.body).toBe(
      receiver.inbox.find(({ headers }) => headers['webhook-id'] === id(2))!.body,
    );
    const again = await client.send('POST', `${PATH}/${id(2)}/replay`, request);
    expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([first.text, 'true']);
    expect(await tell()).toBe(0);
  });

  it('says that there is none', async () => {
    const { post } = await telling(0);
    expect((await post(`/${id(1)}/replay`)).body).toMatchObject({ status: 404, code: 'webhook-not-found' });
  });
});

describe('POST /v1/merchant/webhooks/replay', () => {
  it('has the dead letters of a range told again, or those that were delivered', async () => {
    const { tell, get, post, persistence, receiver } = await telling(10);
    await tell();
    for (const { id: dead, ...rest } of await persistence.webhooks.list({ limit: 5 }))
      if (rest.sequence > 1) await persistence.webhooks.save({ id: dead, ...rest, state: 'dead' });
    expect(idsIn(await get('?state=dead'))).toEqual([3, 4, 5].map(id));
    receiver.inbox.length = 0;
    expect((await post('/replay', { from: id(1), to: id(4) })).body).toEqual({ replayed: 2, next_from: null });
    expect((await post('/replay', { from: id(6), to: id(99), state: 'delivered' })).body.replayed).toBe(5);
    expect((await post('/replay', { from: id(9), to: id(6), state: 'dead' })).body.replayed).toBe(0);
    await tell();
    expect(receiver.inbox.map(({ headers }) => headers['webhook-id']).toSorted((a, b) => (a! < b! ? -1 : 1))).toEqual(
      [3, 4, 6, 7, 8, 9, 10].map(id),
    );
    expect(idsIn(await get('?state=dead'))).toEqual([id(5)]);
  });

  it('does five hundred at a time and says where to go on', async () => {
    const { post, persistence } = await telling(0);
    const { sampleDelivery } = await import('../support/samples.ts');
    await persistence.webhooks.restore(
      Array.from({ length: 501 }, (_, n) => sampleDelivery({ id: id(n + 1) as never, state: 'dead' })),
    );
    expect((await post('/replay', { from: id(1), to: id(501) })).body).toEqual({ replayed: 500, next_from: id(501) });
    expect((await post('/replay', { from: id(501), to: id(501) })).body).toEqual({ replayed: 1, next_from: null });
  });

  it('comes to an end where the storage is slow, and says where to go on', async () => {
    const { clock, tell, post, persistence } = await telling();
    await tell();
    const { webhooks } = persistence;
    const save = webhooks.save.bind(webhooks);
    vi.spyOn(webhooks, 'save').mockImplementation((delivery) => {
      clock.pass(0.3 * SECOND);
      return save(delivery);
    });
    const range = { from: id(1), to: id(6), state: 'delivered' };
    expect((await post('/replay', range)).body).toEqual({ replayed: 4, next_from: id(5) });
    expect((await post('/replay', { ...range, from: id(5) })).body).toEqual({ replayed: 2, next_from: null });
  });

  it.each([{}, { from: id(1) }, { from: '1', to: id(2) }, { from: id(1), to: id(2), state: 'waiting' }])(
    'refuses %j',
    async (body) => {
      const { post } = await telling(0);
      expect((await post('/replay', body)).body).toMatchObject({ status: 400, code: 'invalid-request' });
    },
  );
});

describe('a receiver that is slow to hear of one order', () => {
  /** It has the first of order-0 in hand, and everybody looks for others often. */
  async function slow() {
    const held = Promise.withResolvers<ServerResponse>();
    const app = await telling(2, 204, { pause: (_milliseconds, signal) => pause(20, signal) });
    app.receiver.reply = (response, { body }) => {
      if (JSON.parse(body).data.out_trade_no === 'order-0') held.resolve(response);
      else response.writeHead(204).end();
    };
    const work = app.tell();
    const response = await held.promise;
    app.receiver.reply = answering(204);
    return { ...app, response, work };
  }

  it('hears of the others meanwhile', async () => {
    const { container, persistence, receiver, response, work } = await slow();
    await persistence.events.restore(sampleLog(4, 2, 3));
    await resolve(container, T.takeUpEvents).execute();
    const heard = () => receiver.inbox.map(({ headers }) => headers['webhook-id']);
    await expect.poll(heard).toEqual([1, 2, 4, 6].map(id));
    response.writeHead(204).end();
    expect(await work).toBe(6);
    expect(heard()).toEqual([1, 2, 4, 6, 3, 5].map(id));
  });

  it('is heard out where the storage fails meanwhile', async () => {
    const { get, persistence, response, work } = await slow();
    const ended = vi.fn<() => void>();
    const failed = work.catch((error: unknown) => error).finally(ended);
    const due = vi.spyOn(persistence.webhooks, 'due').mockRejectedValue(new Error('no storage'));
    await expect.poll(() => due.mock.calls.length).toBe(1);
    await pause(50, new AbortController().signal);
    expect(ended).not.toHaveBeenCalled();
    response.writeHead(204).end();
    expect(await failed).toEqual(new Error('no storage'));
    expect((await get(`/${id(1)}`)).body.state).toBe('delivered');
  });
});

describe('a receiver that answers 410', () => {
  it('is sent nothing more until somebody enables it, and then all that it has missed', async () => {
    const { tell, get, post, receiver } = await telling(6, 410);
    expect(await tell()).toBe(2);
    expect(receiver.inbox).toHaveLength(2);
    expect((await get()).body).toMatchObject({ disabled_at: NOON.toISOString() });
    expect(await tell()).toBe(0);
    expect(receiver.inbox).toHaveLength(2);
    receiver.reply = answering(200);
    expect((await post('/enable')).body).toEqual({ disabled_at: null });
    expect(await tell()).toBe(6);
    expect((await get('?state=delivered')).body.webhooks).toHaveLength(6);
  });
});

describe('where WEBHOOK_URL is not set', () => {
  it('there is nothing to list, and nothing to send again', async () => {
    const { client } = await runningApp();
    expect((await client.get(PATH, AS_MERCHANT)).body).toEqual({ webhooks: [], next_after: null, disabled_at: null });
    const range = { from: id(1), to: id(2) };
    for (const path of [`/${id(1)}/replay`, '/enable', '/replay']) {
      const { body } = await client.post(PATH + path, range, AS_MERCHANT);
      expect(body).toMatchObject({ status: 404, code: 'webhooks-off' });
    }
  });
});

describe('metrics', () => {
  it('count tries by their outcome, and tell the age of the oldest that waits', async () => {
    const { container, client, clock } = await telling(0);
    const metrics = resolve(container, T.metrics);
    for (const outcome of ['delivered', 'failed', 'dead', 'delivered'] as const) metrics.countWebhook(outcome);
    metrics.noteWebhooks({ oldest: NOON, isDisabled: true });
    clock.pass(90 * SECOND);
    const { text } = await client.get('/metrics');
    expect(text).toContain('wexagon_webhook_attempts_total{outcome="delivered"} 2');
    expect(text).toContain('wexagon_webhook_attempts_total{outcome="dead"} 1');
    expect(text).toContain('wexagon_webhook_oldest_waiting_seconds 90');
    expect(text).toContain('wexagon_webhooks_disabled 1');
    metrics.noteWebhooks({ oldest: null, isDisabled: false });
    const { text: later } = await client.get('/metrics');
    expect(later).toContain('wexagon_webhook_oldest_waiting_seconds 0');
    expect(later).toContain('wexagon_webhooks_disabled 0');
  });
});

describe('what is told', () => {
  it('is told of the time of each try', async () => {
    const { tell, clock, receiver } = await telling(1, 500);
    await tell();
    clock.pass(6 * SECOND);
    await tell();
    expect(receiver.inbox.map(({ headers }) => headers['webhook-timestamp'])).toEqual(
      [NOON, later(NOON, 6 * SECOND)].map((time) => String(time.getTime() / SECOND)),
    );
  });
});
