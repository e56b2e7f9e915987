import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { isGenuine, type Letter } from './letters.ts';

/** Brings letters over HTTP. */
export class Postbox {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.#port = port;
  }

  /** As it is once it has come through HTTP, which trims values and takes few characters. */
  asPosted({ path, raw, ...letter }: Letter): Letter {
    const headers = raw.headers.map(([name, value]) => [name, value.replace(UNSENDABLE, '').trim()] as const);
    const posted = { ...letter, path, raw: { headers, body: raw.body } };
    return { ...posted, isGenuine: isGenuine(posted) };
  }

  async post({ path, raw: { body, headers } }: Letter): Promise<{ status: number; text: string }> {
    const all = [['host', '127.0.0.1'], ['content-length', String(body.length)], ...headers].flat();
    const asking = request({
      agent: this.#agent,
      host: '127.0.0.1',
      port: this.#port,
      method: 'POST',
      path,
      headers: all,
    });
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, text: await text(answer) };
  }

  close(): void {
    this.#agent.destroy();
  }
}

const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/g;
