import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What came in by one POST. */
export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly path: string;
}

/** Answers, or does something worse. */
export type Reply = (response: ServerResponse, received: Received) => void;

export const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Reply =>
  (response) =>
    void response.writeHead(status, headers).end(body);

/** A merchant's receiver of webhooks: a real server on this machine, which does as it is told. */
export async function webhookReceiver(reply: Reply = answering(204)) {
  const inbox: Received[] = [];
  const receiver = { inbox, reply, connections: 0, url: '' };
  const server = createServer((request, response) => void heard(request, response));
  server.on('connection', () => (receiver.connections += 1));
  async function heard(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = request.headers as Record<string, string>;
    const received = { headers, body: Buffer.concat(chunks).toString(), path: request.url ?? '' };
    inbox.push(received);
    receiver.reply(response, received);
  }
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  receiver.url = `http://127.0.0.1:${port}/webhooks`;
  return receiver;
}
