import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Pause, SECOND } from '../../src/domain/clock.ts';
import { resolve } from '../../src/main/container.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { openSocket } from '../support/raw-socket.ts';
import { runningApp } from '../support/running-app.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';
import { sampleLog } from '../support/webhook-samples.ts';

const PATH = '/v1/merchant/events';
const AS_MERCHANT = { token: MERCHANT_KEY };

/** A second that passes when the test says so, unless nobody waits for it any more. */
function heldPause() {
  const waiting = new Set<() => void>();
  const asked: (() => void)[] = [];
  const pause: Pause = (_milliseconds, signal) =>
    new Promise((passed) => {
      const pass = () => {
        waiting.delete(pass);
        passed();
      };
      waiting.add(pass);
      signal.addEventListener('abort', pass, { once: true });
      asked.shift()?.();
    });
  return {
    pause,
    waiting,
    /** When the next one begins to wait. */
    next: () => new Promise<void>((resolve) => asked.push(resolve)),
    pass: () => waiting.forEach((pass) => pass()),
  };
}

/** With the seconds in the test's hand. */
async function runningWith() {
  const held = heldPause();
  const app = await runningApp({ pause: held.pause });
  const ask = (query: string) => app.client.get(`${PATH}?${query}`, AS_MERCHANT);
  return { ...app, ...held, ask, events: app.persistence.events };
}

describe('GET /v1/merchant/events?wait=', () => {
  it('answers at once what there is', async () => {
    const { ask, events } = await runningWith();
    await events.restore(sampleLog(3, 1));
    const { body } = await ask('wait=30&limit=2');
    expect(body.events.map(({ id }: { id: string }) => id)).toEqual(['evt_0000000000000001', 'evt_0000000000000002']);
    expect(body.next_after).toBe('evt_0000000000000002');
  });

  it('answers what comes while it waits', async () => {
    const { ask, events, next, pass } = await runningWith();
    await events.restore(sampleLog(1, 1));
    const began = next();
    const asked = ask('wait=30&after=evt_0000000000000001');
    await began;
    const again = next();
    pass();
    await again;
    await events.restore(sampleLog(1, 1, 2));
    pass();
    const { body } = await asked;
    expect(body).toMatchObject({ events: [{ id: 'evt_0000000000000002' }], next_after: 'evt_0000000000000002' });
  });

  it('ends with an empty page when the time is over', async () => {
    const { ask, next, pass } = await runningWith();
    let waits = 0;
    const count = async (): Promise<void> => {
      await next();
      waits += 1;
      pass();
      await count();
    };
    void count();
    expect((await ask('wait=7')).body).toEqual({ events: [], next_after: null });
    expect(waits).toBe(7);
    expect((await ask('wait=0&after=evt_0000000000000009')).body).toEqual({
      events: [],
      next_after: 'evt_0000000000000009',
    });
  });

  it('waits to the end where each look takes its time', async () => {
    let now = performance.now();
    const time = vi.spyOn(performance, 'now').mockImplementation(() => (now += 200));
    onTestFinished(() => time.mockRestore());
    const { client, persistence } = await runningApp({ pause: async () => {} });
    vi.spyOn(persistence.events, 'page').mockImplementation(() => wait(5, []));
    const { status, body } = await client.get(`${PATH}?wait=30`, AS_MERCHANT);
    expect([status, body]).toEqual([200, { events: [], next_after: null }]);
  });

  it('ends when the time is over, however long the looks take', async () => {
    const { client, clock, persistence } = await runningApp({ pause: async () => {} });
    const looks = vi.spyOn(persistence.events, 'page').mockImplementation(async () => {
      clock.pass(3 * SECOND);
      return [];
    });
    expect((await client.get(`${PATH}?wait=7`, AS_MERCHANT)).body.events).toEqual([]);
    expect(looks).toHaveBeenCalledTimes(3);
  });

  it('ends for everybody when we stop', async () => {
    const { ask, next, container, server } = await runningWith();
    const began = [next(), next(), next()];
    const asked = [ask('wait=30'), ask('wait=30'), ask('wait=30')];
    await Promise.all(began);
    resolve(container, T.waitForEvents).end();
    await server.close(10_000);
    for (const { status, body } of await Promise.all(asked))
      expect([status, body]).toEqual([200, { events: [], next_after: null }]);
  });

  it('does not wait for a client that has left', async () => {
    const { next, server, waiting: held } = await runningWith();
    const began = next();
    const socket = openSocket(server.port);
    socket.write(`GET ${PATH}?wait=30 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${MERCHANT_KEY}\r\n\r\n`);
    await began;
    expect(held.size).toBe(1);
    socket.destroy();
    await expect.poll(() => held.size).toBe(0);
  });

  it('is for fifty at a time, and keeps nobody out who does not wait', async () => {
    const { ask, next, pass, container } = await runningWith();
    const began = Array.from({ length: 50 }, next);
    const asked = began.map(() => ask('wait=30'));
    await Promise.all(began);
    const { status, body, headers } = await ask('wait=30');
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'overloaded', '1']);
    expect((await ask('limit=1')).status).toBe(200);
    resolve(container, T.waitForEvents).end();
    pass();
    expect((await Promise.all(asked)).map((answer) => answer.status)).toEqual(asked.map(() => 200));
    expect((await ask('wait=30')).status).toBe(200);
  });

  it.each(['31', '-1', '1.5', 'ever', '', '007'])('refuses wait=%s', async (seconds) => {
    const { ask } = await runningWith();
    expect((await ask(`wait=${seconds}`)).body).toMatchObject({ status: 400, code: 'invalid-request' });
  });
});
