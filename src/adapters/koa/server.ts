import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SECOND } from '../../domain/clock.ts';
import { Connections } from './connections.ts';

/** Slow senders are cut off: a header in 5 s, a whole request in 10, an idle connection in 5. */
const LIMITS = {
  headersTimeout: 5 * SECOND,
  requestTimeout: 10 * SECOND,
  keepAliveTimeout: 5 * SECOND,
  connectionsCheckingInterval: SECOND,
  maxHeaderSize: 16 * 1024,
};

const MOST_CONNECTIONS = 4_000;

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface RunningServer {
  readonly port: number;
  /** Stops listening, lets what is in flight finish for at most so long, and then hangs up. */
  close(patience: number): Promise<void>;
}

export async function listen(handle: Handle, host: string, port: number): Promise<RunningServer> {
  const connections = new Connections();
  const server = createServer(LIMITS, (request, response) => connections.answer(response, handle(request, response)));
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket) => connections.add(socket));
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, listening.resolve);
  await listening.promise;
  return { port: (server.address() as AddressInfo).port, close: (patience) => connections.drain(server, patience) };
}
