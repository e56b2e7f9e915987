import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Handle, listen } from '../../src/adapters/koa/server.ts';
import { openSocket, readAll } from '../support/raw-socket.ts';

const answerAfter =
  (milliseconds: number): Handle =>
  async (_request, response) => {
    await wait(milliseconds);
    response.end('done');
  };

const timed = async (work: Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work;
  return performance.now() - began;
};

const get = (port: number, agent?: Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', ...(agent && { agent }) }, (response) => {
      response.resume().once('end', () => resolve(String(response.headers.connection)));
    });
    asked.once('error', reject).end();
  });

describe('a server that stops', () => {
  it('finishes what is in flight, and waits no longer than that', async () => {
    const server = await listen(answerAfter(500), '127.0.0.1', 0);
    const inFlight = get(server.port);
    await wait(50);
    expect(await timed(server.close(10_000))).toBeLessThan(6_000);
    expect(await inFlight).toBe('close');
  });

  it('does not wait for a socket that never spoke, nor for one that is idle', async () => {
    const server = await listen(answerAfter(0), '127.0.0.1', 0);
    const silent = readAll(openSocket(server.port));
    const agent = new Agent({ keepAlive: true });
    await get(server.port, agent);
    expect(await timed(server.close(10_000))).toBeLessThan(6_000);
    expect(await silent).toBe('');
    agent.destroy();
  });

  it('cuts off what takes longer than its patience', async () => {
    const server = await listen(answerAfter(60_000), '127.0.0.1', 0);
    const hung = get(server.port).catch((error: Error) => error.message);
    await wait(50);
    expect(await timed(server.close(300))).toBeLessThan(6_000);
    expect(await hung).toMatch(/hang up|ECONNRESET/);
  });

  it('waits for work whose client has left', async () => {
    let isDone = false;
    const slow: Handle = async (_request, response) => {
      await wait(400);
      isDone = true;
      response.end();
    };
    const server = await listen(slow, '127.0.0.1', 0);
    const socket = openSocket(server.port);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await wait(50);
    socket.destroy();
    await wait(20);
    await server.close(10_000);
    expect(isDone).toBe(true);
  });

  it('resets no connection of a busy client: its last answer says that it was the last', async () => {
    const server = await listen(answerAfter(1), '127.0.0.1', 0);
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    const failures: string[] = [];
    const clients = Array.from({ length: 20 }, async () => {
      for (;;) {
        const connection = await get(server.port, agent).catch((error: NodeJS.ErrnoException) => String(error.code));
        if (connection === 'ECONNREFUSED') return;
        if (connection !== 'close' && connection !== 'keep-alive') failures.push(connection);
      }
    });
    await wait(200);
    await server.close(5_000);
    await Promise.all(clients);
    expect(failures).toEqual([]);
    agent.destroy();
  });
});
