import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SECOND } from '../../domain/clock.ts';

/** Slow senders are cut off: a header in 5 s, a whole request in 10, an idle connection in 5. */
const LIMITS = {
  headersTimeout: 5 * SECOND,
  requestTimeout: 10 * SECOND,
  keepAliveTimeout: 5 * SECOND,
  connectionsCheckingInterval: SECOND,
  maxHeaderSize: 16 * 1024,
};

const MOST_CONNECTIONS = 2_000;

export interface RunningServer {
  readonly port: number;
  /** Stops listening, lets what is in flight finish for at most so long, and then hangs up. */
  close(patience: number): Promise<void>;
}

export async function listen(handler: RequestListener, host: string, port: number): Promise<RunningServer> {
  const server = createServer(LIMITS, handler);
  server.maxConnections = MOST_CONNECTIONS;
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, listening.resolve);
  await listening.promise;
  return { port: (server.address() as AddressInfo).port, close: (patience) => close(server, patience) };
}

async function close(server: Server, patience: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that has just answered is idle, and would otherwise be kept for its keep-alive time.
  const hangUps = setInterval(() => server.closeIdleConnections(), 20);
  await Promise.race([closed, wait(patience, undefined, { ref: false })]);
  clearInterval(hangUps);
  server.closeAllConnections();
  await closed;
}
