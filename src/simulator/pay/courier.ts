import { once } from 'node:events';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Message } from './trade.ts';

const DEADLINE = 5_000;
const ANSWER_LIMIT = 64 * 1_024;

export type Delivery = { readonly status: number; readonly body: string } | { readonly error: string };

/** Brings messages to the server. It follows no redirect, and waits no longer than WeChat does. */
export class Courier {
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });

  async deliver(url: string, message: Message): Promise<Delivery> {
    try {
      const response = await this.#post(new URL(url), message);
      return { status: response.statusCode ?? 0, body: await textOf(response) };
    } catch (error) {
      const { code, message } = error as { code?: string | number; message: string };
      return { error: typeof code === 'string' ? code : message };
    }
  }

  /** Hangs up on whatever is under way. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #post(url: URL, { type, headers: signed, body }: Message): Promise<IncomingMessage> {
    const headers = { 'content-type': type, 'content-length': body.length, 'user-agent': 'Mozilla/4.0', ...signed };
    const options = { method: 'POST', headers, signal: AbortSignal.timeout(DEADLINE) };
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, agent: this.#https })
        : httpRequest(url, { ...options, agent: this.#http });
    // What goes wrong once the answer has begun is told by the answer.
    request.on('error', () => {});
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
