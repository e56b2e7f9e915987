import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { listen, type RunningServer } from '../../../src/adapters/koa/server.ts';
import { openMemory } from '../../../src/adapters/memory/open-memory.ts';
import { readFlatXml, UnreadableXml } from '../../../src/adapters/wechat/protocol/flat-xml.ts';
import type { ReceiveNotice } from '../../../src/application/receive-notice.ts';
import type { NoticeReader, RawNotice } from '../../../src/domain/order/notice-reader.ts';
import type { PrepaidOrder } from '../../../src/domain/order/order.ts';
import type { OutTradeNo } from '../../../src/domain/order/out-trade-no.ts';
import type { PayApi } from '../../../src/domain/order/pay-api.ts';
import { Outage } from '../../../src/domain/outage.ts';
import { compose } from '../../../src/main/compose.ts';
import { resolve } from '../../../src/main/container.ts';
import { createLogger } from '../../../src/main/logger.ts';
import { TOKENS as T } from '../../../src/main/tokens.ts';
import { stepsTo } from '../samples.ts';
import type { Chance } from '../storm/chance.ts';
import { testConfig } from '../test-config.ts';
import { TestClock } from '../test-clock.ts';
import { v3Environment } from '../v3-merchant.ts';
import { forgeryOf, type Letter, ORDER_NUMBER } from './letters.ts';
import { Postbox } from './postbox.ts';
import { Stock } from './stock.ts';
import { type Fate, Finding, shortened, type Target } from './target.ts';

export type Readers = Readonly<Record<PayApi, NoticeReader>>;

const ORDER = stepsTo('prepaid', { terms: { id: ORDER_NUMBER as OutTradeNo } }).at(-1)!.order as PrepaidOrder;

/**
 * The doors for WeChat's notices, with the order of a coffee behind them. What WeChat has signed is taken, in whatever
 * envelope; of anything else none pays the order, and none is answered but in the words of its door. Most cases are put to
 * the use case with its reader, one in ten comes over HTTP.
 */
export async function signaturesTarget(broken: (readers: Readers) => Readers = (readers) => readers): Promise<Target> {
  const office = await Office.open(broken);
  return {
    name: 'signature-headers',
    attempt: async (chance) => office.judge(forgeryOf(chance), chance),
    close: () => office.close(),
  };
}

interface Parts {
  readonly folder: string;
  readonly readers: Readers;
  readonly receive: ReceiveNotice;
  readonly server: RunningServer;
  readonly stock: Stock;
}

class Office {
  readonly #parts: Parts;
  readonly #postbox: Postbox;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#postbox = new Postbox(parts.server.port);
  }

  static async open(broken: (readers: Readers) => Readers): Promise<Office> {
    const folder = mkdtempSync(join(tmpdir(), 'wexagon-fuzz-'));
    const stock = new Stock(await shelves());
    const container = compose(testConfig(v3Environment(folder)), createLogger('silent'), stock.persistence);
    container.rebind(T.clock).toConstantValue(new TestClock());
    const readers = broken(resolve(container, T.noticeReaders));
    container.rebind(T.noticeReaders).toConstantValue(readers);
    const receive = resolve(container, T.receiveNotice);
    const server = await listen(resolve(container, T.handler), '127.0.0.1', 0);
    return new Office({ folder, readers, receive, server, stock });
  }

  async judge(letter: Letter, chance: Chance): Promise<Fate> {
    const posted = chance.is(0.1) ? this.#postbox.asPosted(letter) : undefined;
    const seen = posted ?? letter;
    const answer = posted ? await this.#postbox.post(posted) : await this.#put(letter);
    const isTaken = isYes(seen.path, answer);
    const why = await this.#wrongWith(seen, isTaken);
    if (why)
      throw new Finding(`${answer.status}, ${why}\n  ${seen.path} ${tell(seen)}\n  answered ${shortened(answer.text)}`);
    return isTaken ? 'accepted' : 'refused';
  }

  async #wrongWith({ isGenuine, of }: Letter, isTaken: boolean): Promise<string | undefined> {
    const change = await this.#changeBy(isTaken && isGenuine && of.isBelieved);
    return change ?? (isTaken === isGenuine ? undefined : `is genuine: ${isGenuine}`);
  }

  async close(): Promise<void> {
    const { folder, server } = this.#parts;
    this.#postbox.close();
    await server.close(0);
    rmSync(folder, { recursive: true });
  }

  /** As the controller does it. */
  async #put({ path, raw }: Letter): Promise<NoticeAnswer> {
    const { readers, receive } = this.#parts;
    const reader = readers[apiAt(path)];
    const { verdict } = await receive.execute(raw, reader).catch((error: unknown) => {
      if (!(error instanceof Outage)) throw error;
      return { verdict: 'not-now' as const };
    });
    const { body, status } = reader.acknowledge(verdict);
    return { status, text: body };
  }

  /** That WeChat is to be asked soon may be written down for anybody. */
  async #changeBy(isBelieved: boolean): Promise<string | undefined> {
    const { stock } = this.#parts;
    if (stock.take().rows === 0) return isBelieved ? NOTHING : undefined;
    const order = await stock.persistence.orders.find(ORDER.id);
    const events = await stock.persistence.events.size();
    stock.replace(await shelves());
    if (isBelieved) return events > 0 ? undefined : NOTHING;
    return events > 0 || !isDeepStrictEqual(unwatched(order), unwatched(ORDER)) ? 'changed a row' : undefined;
  }
}

const NOTHING = 'taken, and no row is changed';

const unwatched = (order: object | undefined) => ({ ...order, watch: null, version: null });

async function shelves() {
  const persistence = await openMemory();
  await persistence.orders.restore([ORDER]);
  return persistence;
}

export interface NoticeAnswer {
  readonly status: number;
  readonly text: string;
}

const apiAt = (path: string): PayApi => (path.endsWith('/v3') ? 'v3' : 'v2');

/** Whether WeChat takes it for a yes. Throws for what is neither that nor a no in good form. */
function isYes(path: string, { status, text }: NoticeAnswer): boolean {
  const isGood = apiAt(path) === 'v3' ? status === 204 : status === 200;
  if (!isGood && !NOES.has(status)) throw new Finding(`answered ${status} ${shortened(text)}`);
  const said = apiAt(path) === 'v3' ? saidIn(text) : codeIn(text);
  if (said !== (isGood ? 'SUCCESS' : 'FAIL')) throw new Finding(`answered ${status} and ${shortened(text)}`);
  return isGood;
}

const NOES = new Set([400, 401, 422, 503]);
const saidIn = (text: string): unknown => (text === '' ? 'SUCCESS' : (JSON.parse(text) as { code: unknown }).code);

function codeIn(text: string): string | undefined {
  try {
    return readFlatXml(Buffer.from(text)).get('return_code');
  } catch (error) {
    if (error instanceof UnreadableXml) return undefined;
    throw error;
  }
}

const tell = ({ raw }: { readonly raw: RawNotice }): string =>
  `${JSON.stringify(raw.headers)} ${shortened(Buffer.from(raw.body).toString())}`;
