import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Account } from '../../src/domain/account/account.ts';
import { HOUR, later } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { OrderEvent } from '../../src/domain/order/order-event.ts';
import type { FailedOrder, Order, OrderState, PaidOrder } from '../../src/domain/order/order.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PaymentRequest } from '../../src/domain/order/payment-gateway.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { Trade } from '../../src/simulator/pay/trade.ts';
import { inJson } from '../support/notice-speech.ts';
import { type Command, sequenceOf, type Telling, TELLINGS } from '../support/order-commands.ts';
import { describeOverBoth } from '../support/over-both.ts';
import { codeOf, LogReader, openShop, type Shop } from '../support/shop.ts';
import { type Storage, STORAGES } from '../support/storages.ts';
import { WechatInHand } from '../support/wechat-in-hand.ts';

/*
 * Whatever happens in whatever order, in the end our orders say what WeChat's ledger says.
 */

interface Placed {
  readonly id: Order['id'];
  readonly total: number;
  /** What the payer's phone was given, newest last. */
  readonly requests: PaymentRequest[];
}

const NOT_TO_BE_TAKEN = new Set(['forged', 'malformed', 'downgraded', 'mismatch', 'stale']);

/** What it was about a moment ago, a payment or a failure, is what it has to be taken for. */
async function expectTaken({ find }: Shop, id: string, verdicts: readonly string[], isPaid: boolean): Promise<void> {
  for (const verdict of verdicts) expect(isPaid ? ['paid', 'duplicate'] : ['recorded']).toContain(verdict);
  if (isPaid) expect((await find(id)).state).toBe('paid');
}

interface Told {
  readonly how: Telling;
  readonly raw: RawNotice;
  readonly isBusy: boolean;
}

/** What is not true or not signed as agreed on makes nobody's order paid. */
async function expectLeft({ find, notice, wechat }: Shop, id: string, { how, raw, isBusy }: Told): Promise<void> {
  // A notice of a failure has neither amount nor time.
  const isWrong = wechat.isPaid(id) || (how !== 'wrong amount' && how !== 'no time');
  const before = await find(id);
  const verdict = await notice(raw);
  if (isWrong) expect(NOT_TO_BE_TAKEN, how).toContain(verdict);
  if ((await find(id)).state === 'paid') expect(before.state === 'paid' || isBusy, how).toBe(true);
}

/** Nobody is sent away to make a new order while the one they have may still be paid. */
const expectNotToBePaid = ({ state }: Order): void => expect(state, 'told that it is closed').toMatch(/^clos|^paid$/);

/** One sequence as it goes on. */
class Run {
  readonly placed: Placed[] = [];
  readonly #shop: Shop;
  readonly #users: Readonly<Record<string, Account>>;
  readonly #undelivered: RawNotice[] = [];

  constructor(shop: Shop, users: Readonly<Record<string, Account>>) {
    this.#shop = shop;
    this.#users = users;
  }

  async do(command: Command): Promise<void> {
    const { clock, settle, wechat } = this.#shop;
    if (command.do === 'at once') await Promise.all(command.these.map((one) => this.do(one)));
    else if (command.do === 'create') await this.#create(command.hasPayer, command.life);
    else if (command.do === 'fault') wechat.fault(command.fault);
    else if (command.do === 'tell what is left, newest first')
      for (const raw of this.#undelivered.splice(0).toReversed()) await this.#shop.notice(this.#signedNow(raw));
    else if (command.do === 'settle') {
      clock.pass(command.after);
      await settle.execute({ onFailure: rethrow });
    } else await this.#doWith(command);
  }

  async #create(hasPayer: boolean, life: number): Promise<void> {
    const { clock, create: createOrder } = this.#shop;
    if (this.placed.length === 3) return;
    const total = 100 + this.placed.length;
    const place: Placed = { id: `m${crypto.randomUUID().replaceAll('-', '').slice(1)}` as never, total, requests: [] };
    this.placed.push(place);
    await createOrder.execute({
      outTradeNo: place.id,
      description: 'Wexagon-拿铁咖啡',
      amount: { total: fen(total), currency: 'CNY' },
      payer: hasPayer ? { accountId: this.#users.alice!.id } : undefined,
      timeExpire: later(clock.now(), life),
    });
  }

  async #doWith(command: Extract<Command, { readonly order: number }>): Promise<void> {
    const placed = this.placed[command.order % this.placed.length]!;
    const { close, find, sync } = this.#shop;
    if (command.do === 'ask to pay') return this.#askToPay(placed, command.user);
    if (command.do === 'tell') return this.#tell(placed, command.how);
    const change = command.do === 'close' ? close : command.do === 'sync' ? sync : undefined;
    if (change) return void (await codeOf(find(placed.id).then((found) => change.execute(found))));
    await this.#atWechat(command, placed);
  }

  async #atWechat(command: Extract<Command, { readonly order: number }>, placed: Placed): Promise<void> {
    const { wechat } = this.#shop;
    const request = placed.requests.at(-1);
    if (command.do === 'expire') wechat.expire(placed.id);
    else if (command.do === 'pay after all' && wechat.payAfterAll(placed.id)) await this.#tell(placed, 'now');
    else if (command.do === 'pay' && request)
      wechat.payWith(request, { outcome: command.outcome, coupons: command.coupons });
  }

  async #askToPay(placed: Placed, user: string): Promise<void> {
    const { find, pay } = this.#shop;
    const asked = pay.execute(placed.id, this.#users[user]!.id, '203.0.113.7');
    const code = await codeOf(asked.then((request) => placed.requests.push(request)));
    if (code === 'order-closed') expectNotToBePaid(await find(placed.id));
  }

  async #tell({ id }: Placed, how: Telling): Promise<void> {
    const { notice, payments, wechat } = this.#shop;
    const raw = wechat.noticeOf(id, TELLINGS[payments.api][how]);
    if (!raw) return;
    const isPaid = wechat.isPaid(id);
    if (how === 'later') this.#undelivered.push(raw);
    else if (how === 'now') await this.#expectTaken(id, [await notice(raw)], isPaid);
    else if (how === 'twice') await this.#expectTaken(id, await Promise.all([notice(raw), notice(raw)]), isPaid);
    else await expectLeft(this.#shop, id, { how, raw, isBusy: this.#isBusy });
  }

  /** Version 3 has a time in what it signs, and one of the things that happen at once may be that time passes. */
  async #expectTaken(id: string, verdicts: readonly string[], isPaid: boolean): Promise<void> {
    const inTime = this.#isBusy ? verdicts.filter((verdict) => verdict !== 'stale') : verdicts;
    if (inTime.length > 0) await expectTaken(this.#shop, id, inTime, isPaid);
  }

  /** As WeChat does when it sends something again. */
  #signedNow(raw: RawNotice): RawNotice {
    return this.#shop.payments.api === 'v3' ? inJson(raw.body) : raw;
  }

  /** While several things happen at once, what one of them finds is no proof of what it did. */
  #isBusy = false;

  async all(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      this.#isBusy = command.do === 'at once';
      await this.do(command);
    }
  }
}

/** That WeChat cannot be asked is no failure of settling. */
function rethrow(error: unknown): void {
  if (!(error instanceof Outage)) throw error;
}

const STEPS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  created: ['prepaying', 'closed', 'paid'],
  prepaying: ['prepaid', 'failed', 'closing', 'closed', 'paid'],
  prepaid: ['prepaying', 'closing', 'closed', 'paid'],
  closing: ['closed', 'paid'],
  closed: ['paid'],
  failed: ['paid'],
  paid: [],
};

/** The events of an order are a way through its states, without a gap and with nothing told twice. */
function expectPath(events: readonly OrderEvent[]): void {
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, at) => at + 1));
  expect(events[0]).toMatchObject({ happening: { type: 'order.created' }, version: 1 });
  for (const [at, { happening, state, version }] of events.entries()) {
    const before = events[at - 1]?.state;
    expect(version).toBeGreaterThanOrEqual(events[at - 1]?.version ?? 1);
    if (happening.type.startsWith('order.')) {
      expect(happening.type).toBe(`order.${state}`);
      if (before) expect(STEPS[before]).toContain(state);
    } else expect(state).toBe(before);
  }
  const anomalies = events.flatMap(({ happening }) => (happening.type === 'anomaly.raised' ? [happening] : []));
  const keys = anomalies.map(({ kind, transactionId }) => `${kind} ${transactionId}`);
  expect(new Set(keys).size).toBe(keys.length);
}

const ENDS = new Set<OrderState>(['closed', 'failed', 'paid']);

async function heal({ clock, find, settle, wechat }: Shop, { placed }: Run): Promise<Order[]> {
  wechat.heal();
  for (let turn = 0; turn < 12; turn += 1) {
    clock.pass(7 * HOUR);
    await settle.execute({ onFailure: rethrow });
    const orders = await Promise.all(placed.map(({ id }) => find(id)));
    if (orders.every(({ state, watch }) => ENDS.has(state) && watch.dueAt === null)) return orders;
  }
  throw new Error('some orders never came to an end');
}

function expectTrue(found: Order, { total }: Placed, wechat: WechatInHand, events: readonly OrderEvent[]): void {
  const trade = wechat.trade(found.id);
  expect(found.state === 'paid', 'paid as WeChat says').toBe(trade?.state === 'SUCCESS');
  const paid = events.filter(({ happening }) => happening.type === 'order.paid');
  expect(paid).toHaveLength(found.state === 'paid' ? 1 : 0);
  expectPath(events);
  expect(found.sequence).toBe(events.length);
  expect(found.version).toBeGreaterThanOrEqual(events.at(-1)!.version ?? Infinity);
  expect(events.some(({ state }) => state === 'prepaying') || !trade, 'asked in our name').toBe(true);
  if (trade) expect(trade.terms.total).toBe(total);
  if (found.state === 'failed') expectRefused(found, trade);
  if (found.state === 'paid') expectPaid(found, trade, events);
}

/** Whatever is not a definite no of WeChat's is none. */
function expectRefused({ reason }: FailedOrder, trade: Trade | undefined): void {
  // In either spelling.
  const code = reason.replaceAll('_', '');
  expect(['NOAUTH', 'ORDERCLOSED']).toContain(code);
  if (code === 'ORDERCLOSED') expect(trade?.state).toBe('CLOSED');
}

function expectPaid({ late, payment }: PaidOrder, trade: Trade | undefined, events: readonly OrderEvent[]): void {
  expect(payment.transactionId).toBe(trade?.payment?.transactionId);
  const at = events.findIndex(({ happening }) => happening.type === 'order.paid');
  expect(late).toBe(/^(closed|failed)$/.test(events[at - 1]!.state ?? ''));
}

/** WeChat was asked for no other order than those that were made. */
function expectOurs({ trades }: WechatInHand, { placed }: Run): void {
  const numbers = placed.map(({ id }) => id as string);
  for (const { terms } of trades) expect(numbers).toContain(terms.outTradeNo);
}

const figures = { sequences: 0, orders: 0, paid: 0, late: 0, closed: 0, failed: 0, anomalies: 0 };

/** Many sequences share a storage: the numbers of their orders never meet. */
class Stage {
  #runs = 0;
  #persistence: Persistence | undefined;
  #log: LogReader | undefined;
  readonly #api: PayApi;
  readonly #storage: Storage;
  readonly #wechat: WechatInHand;
  readonly #most: number;

  constructor(api: PayApi, storage: Storage, wechat: WechatInHand, most: number) {
    this.#api = api;
    this.#storage = storage;
    this.#wechat = wechat;
    this.#most = most;
  }

  async play(commands: readonly Command[]): Promise<void> {
    const shop = await this.#open();
    const run = new Run(shop, { alice: await shop.user('alice'), bob: await shop.user('bob') });
    try {
      await run.all(commands);
      const orders = await heal(shop, run);
      const events = (await this.#log!.rest()).map(({ event }) => event);
      expectOurs(this.#wechat, run);
      for (const [at, found] of orders.entries()) {
        const own = events.filter(({ orderId }) => orderId === found.id);
        expectTrue(found, run.placed[at]!, this.#wechat, own);
        tally(found, own);
      }
    } catch (error) {
      // What a failed sequence has left would be in the way of the next.
      this.#persistence = undefined;
      throw error;
    }
  }

  async #open(): Promise<Shop> {
    this.#wechat.forgetAll();
    if (!this.#persistence || this.#runs % this.#most === 0) {
      this.#persistence = await this.#storage.open();
      this.#log = new LogReader(this.#persistence);
    }
    this.#runs += 1;
    return openShop(this.#persistence, { api: this.#api, wechat: this.#wechat, deadline: 5_000 });
  }
}

function tally(found: Order, events: readonly OrderEvent[]): void {
  figures.orders += 1;
  if (found.state === 'paid') figures[found.late ? 'late' : 'paid'] += 1;
  if (found.state === 'closed' || found.state === 'failed') figures[found.state] += 1;
  figures.anomalies += events.filter(({ happening }) => happening.type === 'anomaly.raised').length;
}

/** MongoDB's stand-in slows down with every document. */
const MOST_OF_STAND_IN = 60;

/** A thorough run (`npm run test:thorough`) has a thousand on each. */
const QUICKLY: Record<Storage['name'], number> = { memory: 200, sqlite: 100, postgres: 60, mongo: 50 };

/** Of the second version, with which nothing but the words differs. */
const QUICKLY_OVER_V3 = 100;

function sequencesOn({ name }: Storage, api: PayApi): number {
  if (process.env.WEXAGON_THOROUGH !== undefined) return 1_000;
  return api === 'v3' ? QUICKLY_OVER_V3 : QUICKLY[name];
}

describeOverBoth('orders against the ledger', STORAGES, (storage, api) => {
  // No pause before a call is repeated.
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  const count = sequencesOn(storage, api);

  it(`${count} sequences of all that can happen, and in the end every order says what WeChat says`, async () => {
    const isStandIn = storage.cannotJudgeContention !== undefined;
    Object.assign(figures, { sequences: 0, orders: 0, paid: 0, late: 0, closed: 0, failed: 0, anomalies: 0 });
    const stage = new Stage(api, storage, await WechatInHand.open(), isStandIn ? MOST_OF_STAND_IN : Infinity);
    await fc.assert(
      fc.asyncProperty(sequenceOf(!isStandIn), (commands) => {
        figures.sequences += 1;
        return stage.play(commands);
      }),
      { numRuns: count },
    );
    expect(figures.sequences).toBe(count);
    // Else they would have proved little.
    for (const kind of ['paid', 'late', 'closed', 'anomalies'] as const)
      expect(figures[kind], kind).toBeGreaterThan(count / 100);
    process.stdout.write(`${storage.name}, ${api}: ${JSON.stringify(figures)}\n`);
  }, 600_000);
});
