import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import { serveControls } from './controls.ts';
import { serveMiniProgram } from './mini-program.ts';
import { serveV2 } from './pay/v2-api.ts';
import { serveV3 } from './pay/v3-api.ts';
import { createWorld, type SimulatedApp, type World } from './world.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Simulator {
  readonly url: string;
  /** Answers what {@link Simulator.url} answers, for whoever has a server of their own to put it in. */
  readonly handle: Handle;
  close(): Promise<void>;
}

/** A WeChat of our own: strict like the real one, and as troubled as it is told to be. */
export async function startSimulator(app: SimulatedApp, { host = '127.0.0.1', port = 0 } = {}): Promise<Simulator> {
  const world = createWorld(app);
  const handle = createHandle(world);
  const server = createServer((request, response) => void handle(request, response));
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, listening.resolve);
  await listening.promise;
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    handle,
    close: () =>
      new Promise((resolve) => {
        world.pay?.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createHandle(world: World): Handle {
  const router = new Router();
  serveMiniProgram(router, world);
  if (world.pay) serveV2(router, world, world.pay);
  if (world.pay) serveV3(router, world, world.pay);
  serveControls(router, world);
  const koa = new Koa();
  koa.silent = true;
  koa.use(plainErrors);
  koa.use(router.routes());
  koa.use(router.allowedMethods());
  return koa.callback();
}

const plainErrors: Koa.Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const { status = 500, message } = error as { status?: number; message: string };
    ctx.status = status;
    ctx.body = { error: message };
  }
};
