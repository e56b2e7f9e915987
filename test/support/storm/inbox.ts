import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { InboxChecker } from '../inbox-checker.ts';
import type { Chance } from './chance.ts';

/** One order meets trouble once: what is tried a third time has waited for five minutes, and its order with it. */
const MOST_TROUBLE = 1;

/** Everything that a bad receiver does, which is no yes. */
const TROUBLES: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '500': (response) => void response.writeHead(500).end(),
  '503, Retry-After': (response) => void response.writeHead(503, { 'retry-after': '20' }).end(),
  '429, Retry-After': (response) => void response.writeHead(429, { 'retry-after': '10' }).end(),
  'redirect to a link-local address': (response) =>
    void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  '400 with 200 KB': (response) => void response.writeHead(400).end('x'.repeat(200_000)),
  'connection broken': (response) => void response.destroy(),
  'half an answer': (response) => void response.socket?.end('HTTP/1.1 2'),
  'silence for a second': (response) => void wait(1_000).then(() => response.destroy()),
};

/** A merchant's receiver of webhooks, in all kinds of trouble, who checks whatever comes with the public library. */
export class Inbox {
  readonly checker: InboxChecker;
  /** What was done to the sender, by kind. */
  readonly troubles = new Map<string, number>();
  /** Says 410 to whatever comes next. */
  isGone = false;
  isTroubled = true;
  readonly #server: Server;
  readonly #chance: Chance;
  readonly #met = new Map<string, number>();

  private constructor(secret: string, chance: Chance) {
    const library = new Webhook(secret);
    this.checker = new InboxChecker(({ body, headers }) => library.verify(body, headers));
    this.#chance = chance;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        this.#take({ body, headers: request.headers as Record<string, string>, path: '/' }, response);
      });
    });
  }

  static async open(secret: string, chance: Chance): Promise<Inbox> {
    const inbox = new Inbox(secret, chance);
    await new Promise<void>((resolve) => inbox.#server.listen(0, '127.0.0.1', resolve));
    return inbox;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(received: Parameters<InboxChecker['sees']>[0], response: ServerResponse): void {
    const order = this.checker.sees(received);
    if (this.isGone) return this.#sayGone(response);
    const met = this.#met.get(order) ?? 0;
    if (this.isTroubled && met < MOST_TROUBLE && this.#chance.is(0.2)) {
      this.#met.set(order, met + 1);
      return this.#trouble(this.#chance.oneOf(Object.keys(TROUBLES)), response);
    }
    this.checker.saysYesTo(received);
    response.writeHead(204).end();
  }

  #sayGone(response: ServerResponse): void {
    this.isGone = false;
    this.#note('410');
    response.writeHead(410).end();
  }

  #trouble(kind: string, response: ServerResponse): void {
    this.#note(kind);
    TROUBLES[kind]!(response);
  }

  #note(kind: string): void {
    this.troubles.set(kind, (this.troubles.get(kind) ?? 0) + 1);
  }
}
