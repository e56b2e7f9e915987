import { type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { openAead, type SealedV3 } from '../../../src/adapters/wechat/protocol/aead.ts';
import { readFlatXml } from '../../../src/adapters/wechat/protocol/flat-xml.ts';
import { readReqInfo } from '../../../src/adapters/wechat/protocol/refund-notice.ts';
import { signV3, v3AnswerMessage } from '../../../src/adapters/wechat/protocol/v3-signature.ts';
import { V2_KEY } from '../test-config.ts';
import { PUBLIC_KEY_ID, V3_KEY, WECHAT_KEY } from '../v3-merchant.ts';
import { EndedByItself } from './instance.ts';

const YES = '<xml><return_code>SUCCESS</return_code></xml>';

/** A notice on its way. */
export interface Letter {
  readonly outTradeNo: string;
  readonly isAboutRefund: boolean;
  /** Where WeChat brings it, behind the server's URL. */
  readonly path: string;
  readonly body: Buffer;
  /** How it is signed when it is sent, where that is not as WeChat would. */
  readonly headers?: (body: Buffer) => Record<string, string>;
}

export const isV3 = (path: string): boolean => path.endsWith('/v3');

const letterOf = (path: string, body: Buffer): Letter => (isV3(path) ? letterOfV3(path, body) : letterOfV2(path, body));

function letterOfV2(path: string, body: Buffer): Letter {
  const fields = readFlatXml(body);
  const sealed = fields.get('req_info');
  const told = sealed === undefined ? fields : readReqInfo(sealed, V2_KEY);
  return { outTradeNo: told.get('out_trade_no') ?? '', isAboutRefund: sealed !== undefined, path, body };
}

function letterOfV3(path: string, body: Buffer): Letter {
  const { event_type, resource } = JSON.parse(body.toString()) as { event_type: string; resource: SealedV3 };
  const told = JSON.parse(openAead(V3_KEY, resource).toString()) as { out_trade_no: string };
  return { outTradeNo: told.out_trade_no, isAboutRefund: event_type.startsWith('REFUND.'), path, body };
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

/** Brings it once. */
export async function isTaken(letter: Letter, whereTo: () => Promise<string>): Promise<boolean> {
  const {
    body,
    path,
    headers = isV3(path) ? (bytes: Buffer) => signedNow(bytes) : () => ({ 'content-type': 'text/xml' }),
  } = letter;
  try {
    const response = await fetch(`${await whereTo()}${path}`, {
      method: 'POST',
      headers: headers(body),
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const answer = Buffer.from(await response.arrayBuffer());
    return isV3(path) ? response.status === 204 : readFlatXml(answer).get('return_code') === 'SUCCESS';
  } catch (error) {
    if (error instanceof EndedByItself) throw error;
    return false;
  }
}

/** WeChat signs whatever it sends when it sends it: what was signed long ago is refused. */
export function signedNow(body: Buffer, key: KeyObject = WECHAT_KEY): Record<string, string> {
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1_000)), randomBytes(16).toString('hex')];
  return {
    'content-type': 'application/json',
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': PUBLIC_KEY_ID,
    'wechatpay-signature': signV3(v3AnswerMessage(timestamp, nonce, body).toString(), key),
  };
}
