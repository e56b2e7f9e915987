import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { readFlatXml } from '../../../src/adapters/wechat/protocol/flat-xml.ts';
import { readReqInfo } from '../../../src/adapters/wechat/protocol/refund-notice.ts';
import { V2_KEY } from '../test-config.ts';
import { EndedByItself } from './instance.ts';

const YES = '<xml><return_code>SUCCESS</return_code></xml>';

/** A notice on its way. */
export interface Letter {
  readonly outTradeNo: string;
  readonly isAboutRefund: boolean;
  /** Where WeChat brings it, behind the server's URL. */
  readonly path: string;
  readonly body: Buffer;
}

function letterOf(path: string, body: Buffer): Letter {
  const fields = readFlatXml(body);
  const sealed = fields.get('req_info');
  const told = sealed === undefined ? fields : readReqInfo(sealed, V2_KEY);
  return { outTradeNo: told.get('out_trade_no') ?? '', isAboutRefund: sealed !== undefined, path, body };
}

/** Where WeChat believes the server to be: takes its notices in for a courier who brings them, badly. */
export class Letterbox {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(take: (letter: Letter) => void): Promise<Letterbox> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        take(letterOf(request.url ?? '', Buffer.concat(chunks)));
        response.end(YES);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Letterbox(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** What WeChat waits before it tries again, a thousand times as fast. */
const WAITS = [15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600];

const PATIENCE = 5_000;

/** Brings a notice until it is taken, 15 times more at most; answers whether it was. */
export async function bring(letter: Letter, whereTo: () => Promise<string>): Promise<boolean> {
  if (await isTaken(letter, whereTo)) return true;
  for (const pause of WAITS) {
    await wait(pause);
    if (await isTaken(letter, whereTo)) return true;
  }
  return false;
}

async function isTaken({ body, path }: Letter, whereTo: () => Promise<string>): Promise<boolean> {
  try {
    const response = await fetch(`${await whereTo()}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    return readFlatXml(Buffer.from(await response.arrayBuffer())).get('return_code') === 'SUCCESS';
  } catch (error) {
    if (error instanceof EndedByItself) throw error;
    return false;
  }
}
