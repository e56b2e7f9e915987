import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { OrderEvent } from '../../../src/domain/order/order-event.ts';
import type { Order } from '../../../src/domain/order/order.ts';
import type { PayApi } from '../../../src/domain/order/pay-api.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import { DAY } from '../../../src/domain/clock.ts';
import { Outage } from '../../../src/domain/outage.ts';
import { openPersistence } from '../../../src/main/modules/persistence.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts';
import { type Answer, Client } from '../client.ts';
import { MERCHANT_KEY, testConfig, V2_KEY } from '../test-config.ts';
import { payEnvironment, SIMULATED_V3 } from '../v3-merchant.ts';
import type { Build } from './builds.ts';
import { check, type Found, type History, type Kept, type TrueTrade } from './checker.ts';
import { bring, type Letter, Letterbox } from './courier.ts';
import { hurry, type Pace, timeAt } from './fast-clock.ts';
import { EndedByItself, StormInstance } from './instance.ts';

const APP = { appid: 'wx4f4bc4dec97d474b', secret: '0123456789abcdef0123456789abcdef' };
const MCHID = '1900000109';

interface Wishes {
  /** With which settings a server opens the storage. */
  readonly storage: Readonly<Record<string, string>>;
  /** The version in which the servers speak to WeChat. */
  readonly api?: PayApi;
  readonly instances: number;
  readonly speed: number;
  readonly build?: Build;
}

/** How an order is asked for, paid or closed by people who repeat themselves until they are answered. */
export interface Life {
  readonly total: number;
  readonly ending: 'paid' | 'closed' | 'raced' | 'left';
  /** With an Idempotency-Key; else with a number of the merchant's own. */
  readonly isKeyed: boolean;
  /** Does not come back when the connection breaks. */
  readonly walksAway?: boolean;
  /** WeChat's notice never leaves the house. */
  readonly isNoticeLost?: boolean;
  /** What is paid back once it is paid, one after the other. */
  readonly refunds?: Refunding;
}

interface Refunding {
  readonly amounts: readonly number[];
  /** With an Idempotency-Key; else with a number of the merchant's own. */
  readonly isKeyed: boolean;
}

interface Parts {
  readonly simulator: Simulator;
  readonly letterbox: Letterbox;
  readonly persistence: Persistence;
  readonly pace: Pace;
  readonly tidyUp: () => void;
}

class WalkedAway extends Error {
  override readonly name = 'WalkedAway';
}

const RETRY = 15;
const LONGEST = 30_000;

/** How long after its acceptance WeChat has paid a refund back. */
const REFUNDING = 150;

/** Servers that share a storage, a WeChat, and people between them who write down what they are told. */
export class StormStage {
  readonly instances: readonly StormInstance[];
  readonly history: { -readonly [Part in keyof History]: History[Part][number][] } = {
    made: [],
    closed: [],
    acknowledged: [],
    refunded: [],
  };
  /** Does something with each notice that WeChat sends; `at` is where the order's people go. */
  onNotice: (letter: Letter, at: () => StormInstance) => void = () => {};
  readonly #homes = new Map<string, () => StormInstance>();
  readonly #simulator: Simulator;
  readonly #letterbox: Letterbox;
  readonly #persistence: Persistence;
  readonly #pace: Pace;
  readonly #tidyUp: () => void;
  #token: Promise<string> | undefined;
  #marks = 0;

  private constructor(parts: Parts, instances: readonly StormInstance[]) {
    this.#simulator = parts.simulator;
    this.#letterbox = parts.letterbox;
    this.#persistence = parts.persistence;
    this.#pace = parts.pace;
    this.#tidyUp = parts.tidyUp;
    this.instances = instances;
  }

  static async open(wishes: Wishes): Promise<StormStage> {
    const pace = { since: Date.now(), speed: wishes.speed };
    const keys = mkdtempSync(join(tmpdir(), 'wexagon-storm-keys-'));
    const slowDown = hurry(pace);
    const tidyUp = () => {
      slowDown();
      rmSync(keys, { recursive: true });
    };
    try {
      return await StormStage.#set(wishes, { pace, keys, tidyUp });
    } catch (error) {
      tidyUp();
      throw error;
    }
  }

  static async #set(
    { storage, api = 'v2', instances, build = 'right' }: Wishes,
    { pace, keys, tidyUp }: { readonly pace: Pace; readonly keys: string; readonly tidyUp: () => void },
  ): Promise<StormStage> {
    const simulator = await startSimulator({ ...APP, pay: { mchid: MCHID, v2Key: V2_KEY, v3: SIMULATED_V3 } });
    await payBackSoon(simulator);
    let arrive = (_letter: Letter): void => {};
    const letterbox = await Letterbox.open((letter) => arrive(letter));
    const environment = {
      ...storage,
      ...payEnvironment(api, keys),
      WECHAT_APPID: APP.appid,
      WECHAT_SECRET: APP.secret,
      WECHAT_API_BASE_URL: simulator.url,
      WECHAT_PAY_BASE_URL: simulator.url,
      PUBLIC_BASE_URL: letterbox.url,
      LOG_LEVEL: 'silent',
    };
    const persistence = await openPersistence(testConfig(environment).storage, LONGEST);
    const servers = Array.from({ length: instances }, () => new StormInstance({ environment, pace, build }));
    const stage = new StormStage({ simulator, letterbox, persistence, pace, tidyUp }, servers);
    arrive = (letter) => stage.#arrive(letter);
    return stage;
  }

  get kills(): number {
    return this.instances.reduce((sum, { kills }) => sum + kills, 0);
  }

  async close(): Promise<void> {
    try {
      await Promise.all(this.instances.map((instance) => instance.stop()));
    } finally {
      this.#letterbox.close();
      await this.#simulator.close();
      await this.#persistence.close();
      this.#tidyUp();
    }
  }

  /** Lives an order through, and answers its number once it has one. */
  async live(life: Life, at: () => StormInstance): Promise<string | undefined> {
    try {
      const outTradeNo = await this.#make(life, at);
      await this.#prepay(outTradeNo, life, at);
      const closing =
        life.ending === 'closed' || life.ending === 'raced' ? this.#close(outTradeNo, life, at) : undefined;
      const isToPay = life.ending === 'paid' || life.ending === 'raced';
      await Promise.all([isToPay && this.#payAtWechat(outTradeNo, life), closing]);
      if (life.refunds) await this.#refund(outTradeNo, life, life.refunds, at);
      return outTradeNo;
    } catch (error) {
      if (error instanceof WalkedAway) return undefined;
      throw error;
    }
  }

  /** Brings a notice until it is taken, and writes down that it was where that means that money came. */
  async bring(letter: Letter, at: () => StormInstance): Promise<boolean> {
    const { outTradeNo, isAboutRefund } = letter;
    const isTaken = await bring(letter, () => at().url);
    if (isTaken && !isAboutRefund) this.history.acknowledged.push({ outTradeNo, at: timeAt(this.#pace) });
    return isTaken;
  }

  /** Waits until all agrees with the truth, or for so long; answers what is wrong. */
  async heal(patience: number): Promise<Found[]> {
    const deadline = performance.now() + patience;
    for (;;) {
      const [kept, truth] = [await this.#kept(deadline), await this.#truth()];
      const found = check(this.history, truth, kept);
      if (performance.now() > deadline || !found.some(({ finding }) => finding === 'differing')) return found;
      await wait(200);
    }
  }

  #arrive(letter: Letter): void {
    const at = this.#homes.get(letter.outTradeNo);
    if (at) this.onNotice(letter, at);
  }

  async #make(life: Life, at: () => StormInstance): Promise<string> {
    const mark = this.#newMark();
    const key = life.isKeyed ? mark : undefined;
    const json = {
      description: 'Wexagon-storm',
      amount: { total: life.total },
      time_expire: new Date(this.#pace.since + 6 * DAY).toISOString(),
      ...(life.isKeyed ? { metadata: { key: mark } } : { out_trade_no: mark }),
    };
    const { status, body } = await this.#ask(at, life, '/v1/merchant/orders', {
      json,
      token: MERCHANT_KEY,
      headers: life.isKeyed ? { 'Idempotency-Key': mark } : {},
    });
    // Of a request that was cut short, the order may be there already.
    const isThere = status === 409 && !life.isKeyed && body.code === 'out-trade-no-taken';
    if (status !== 201 && !isThere) throw new Error(`making: ${status} ${JSON.stringify(body)}`);
    const outTradeNo = isThere ? mark : (body.out_trade_no as string);
    this.history.made.push({ outTradeNo, total: life.total, key });
    this.#homes.set(outTradeNo, at);
    return outTradeNo;
  }

  #newMark(): string {
    this.#marks += 1;
    return `storm-${this.#marks}-${randomBytes(4).toString('hex')}`;
  }

  async #prepay(outTradeNo: string, life: Life, at: () => StormInstance): Promise<void> {
    const token = await (this.#token ??= this.#logIn(at));
    const { status, text } = await this.#ask(at, life, `/v1/orders/${outTradeNo}/pay`, { json: {}, token });
    if (status !== 200) throw new Error(`paying: ${status} ${text}`);
  }

  async #logIn(at: () => StormInstance): Promise<string> {
    const { body } = await this.#ask(at, {}, '/v1/login', { json: { code: 'dev-alice' } });
    return body.token as string;
  }

  /** The closing may have been faster. */
  async #payAtWechat(outTradeNo: string, { isNoticeLost = false }: Life): Promise<void> {
    const body = JSON.stringify({ out_trade_no: outTradeNo, notify: !isNoticeLost });
    const { status } = await fetch(`${this.#simulator.url}/_simulator/pay`, { method: 'POST', body });
    if (status !== 200 && status !== 409) throw new Error(`WeChat does not take the payment: ${status}`);
  }

  /** Waits until the server knows of the payment, which a look is as good for as a notice. */
  async #refund(outTradeNo: string, life: Life, { amounts, isKeyed }: Refunding, at: () => StormInstance) {
    const sync = { json: undefined, token: MERCHANT_KEY };
    const look = () => this.#ask(at, life, `/v1/merchant/orders/${outTradeNo}/sync`, sync);
    while ((await look()).body.state !== 'paid') await wait(RETRY);
    for (const amount of amounts) await this.#refundPart(outTradeNo, amount, isKeyed, { life, at });
  }

  async #refundPart(
    outTradeNo: string,
    amount: number,
    isKeyed: boolean,
    { life, at }: { readonly life: Life; readonly at: () => StormInstance },
  ): Promise<void> {
    const mark = this.#newMark();
    const { status, body } = await this.#ask(at, life, `/v1/merchant/orders/${outTradeNo}/refunds`, {
      json: { amount, reason: mark, ...(!isKeyed && { out_refund_no: mark }) },
      token: MERCHANT_KEY,
      headers: isKeyed ? { 'Idempotency-Key': mark } : {},
    });
    // Of a request that was cut short, the refund may be there already.
    const isThere = status === 409 && !isKeyed && body.code === 'out-refund-no-taken';
    if (status !== 201 && !isThere) throw new Error(`refunding: ${status} ${JSON.stringify(body)}`);
    this.history.refunded.push({ outTradeNo, outRefundNo: isThere ? mark : body.out_refund_no, amount, mark });
  }

  /** The payment may have been faster. */
  async #close(outTradeNo: string, life: Life, at: () => StormInstance): Promise<void> {
    const request = { json: undefined, token: MERCHANT_KEY };
    const { status, body } = await this.#ask(at, life, `/v1/merchant/orders/${outTradeNo}/close`, request);
    if (status === 200 && body.state === 'closed') this.history.closed.push(outTradeNo);
    else if (status !== 200 && body.code !== 'order-paid')
      throw new Error(`closing: ${status} ${JSON.stringify(body)}`);
  }

  /** Asks, and asks again with the very same words, until there is an answer that is one. */
  async #ask(
    at: () => StormInstance,
    { walksAway = false }: Partial<Life>,
    path: string,
    request: Parameters<Client['send']>[2],
  ): Promise<Answer> {
    const deadline = performance.now() + LONGEST;
    let last = 'none';
    while (performance.now() < deadline) {
      try {
        const answer = await new Client(await at().url).send('POST', path, request);
        if (answer.status < 500 && answer.body?.code !== 'idempotency-key-in-flight') return answer;
        last = `${answer.status} ${answer.text}`;
      } catch (error) {
        if (error instanceof EndedByItself) throw error;
        if (walksAway) throw new WalkedAway();
      }
      await wait(RETRY);
    }
    throw new Error(`no answer to ${path}, last: ${last}`);
  }

  async #truth(): Promise<TrueTrade[]> {
    const answer = await fetch(`${this.#simulator.url}/_simulator/ledger`);
    return ((await answer.json()) as { trades: TrueTrade[] }).trades;
  }

  /** The orders first: what is written meanwhile has its events by then. */
  async #kept(deadline: number): Promise<Kept> {
    const { orders, events } = this.#persistence;
    const kept: Order[] = await allOf(orders, deadline);
    const logged = await allOf(events, deadline);
    return { orders: kept, events: logged.map(({ event }): OrderEvent => event) };
  }
}

async function payBackSoon({ url }: Simulator): Promise<void> {
  const body = JSON.stringify({ outcome: 'success', delay: REFUNDING });
  const { status } = await fetch(`${url}/_simulator/refunds/outcome`, { method: 'PUT', body });
  if (status !== 204) throw new Error(`WeChat does not take it: ${status}`);
}

const PAGE = 1_000;

interface Pages<Item> {
  page(after: string, limit: number): Promise<Item[]>;
}

async function allOf<Item extends { readonly id: string }>(shelf: Pages<Item>, deadline: number): Promise<Item[]> {
  const all: Item[] = [];
  for (;;) {
    const page = await patiently(() => shelf.page(all.at(-1)?.id ?? '', PAGE), deadline);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** A log that nobody has read for long may take more than one try. */
async function patiently<Answer>(read: () => Promise<Answer>, deadline: number): Promise<Answer> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Outage) || performance.now() > deadline) throw error;
    }
  }
}
