import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** How long an idle connection may still send a request, which is answered and told that it was the last. */
const GRACE = 300;

/** Who is connected, and who is being answered: what it takes to stop without cutting anybody short. */
export class Connections {
  /** Every open socket, with how many requests it waits for. */
  readonly #sockets = new Map<Socket, number>();
  readonly #responses = new Set<ServerResponse>();
  readonly #work = new Set<Promise<void>>();
  #draining = false;

  add(socket: Socket): void {
    this.#sockets.set(socket, 0);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Notes a request until its answer is out and its work is done, for a client may leave before that. */
  answer(response: ServerResponse, work: Promise<void>): void {
    const { socket } = response;
    this.#responses.add(response);
    this.#work.add(work);
    if (socket) this.#count(socket, 1);
    if (this.#draining) response.shouldKeepAlive = false;
    response.once('close', () => {
      this.#responses.delete(response);
      if (socket) this.#count(socket, -1);
    });
    void work.finally(() => this.#work.delete(work));
  }

  async drain(server: Server, patience: number): Promise<void> {
    this.#draining = true;
    const ended = wait(patience, undefined, { ref: false });
    // By itself an HTTP server would drop idle connections at once, with a request perhaps on its way.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    for (const response of this.#responses) response.shouldKeepAlive = false;
    await Promise.race([closed, wait(Math.min(GRACE, patience))]);
    const hangUps = setInterval(() => this.#hangUpOnTheIdle(), 10);
    await Promise.race([closed.then(() => Promise.all(this.#work)), ended]);
    clearInterval(hangUps);
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  #hangUpOnTheIdle(): void {
    for (const [socket, requests] of this.#sockets) if (requests === 0) socket.destroy();
  }

  #count(socket: Socket, change: 1 | -1): void {
    const requests = this.#sockets.get(socket);
    if (requests !== undefined) this.#sockets.set(socket, requests + change);
  }
}
