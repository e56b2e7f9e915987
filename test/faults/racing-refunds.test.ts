import { expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import { type OutRefundNo, type Refund, reservedTotal } from '../../src/domain/order/refund.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { describeOn } from '../support/backends.ts';
import { FakePaymentGateway } from '../support/fake-payment-gateway.ts';
import { codeOf } from '../support/shop.ts';
import { type Storage, STORAGES } from '../support/storages.ts';
import { Chance } from '../support/storm/chance.ts';
import { TestClock } from '../support/test-clock.ts';
import { till } from '../support/till.ts';

/*
 * Two instances on one storage, at each of which parts of one order are asked back, by some twice, while both settle.
 */

/** A thorough run (`npm run test:thorough`) has a thousand on each. */
const QUICKLY: Record<Storage['name'], number> = { memory: 100, sqlite: 30, postgres: 20, mongo: 8 };

/** MongoDB's stand-in slows down with every document. */
const MOST_OF_STAND_IN = 50;

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

const TOTAL = 888;
/** An order has its parts asked back so often before it is left to be settled. */
const ROUNDS_PER_ORDER = 5;
/** Half a minute or none: turns have to be waited for, whatever happens at once. */
const PAUSES = [0, SECOND, 29 * SECOND, 59 * SECOND, MINUTE] as const;
/** What may come of a wish that is not fulfilled. */
const REFUSALS = new Set(['refund-too-much', 'out-refund-no-taken', 'too-many-refunds', 'storage-contended']);

interface Asking {
  readonly refundId: string;
  readonly at: number;
  answer?: string;
}

/** A WeChat that keeps when it was asked for which refund. */
class AskedWechat extends FakePaymentGateway {
  readonly asked: Asking[] = [];
  readonly #clock: TestClock;

  constructor(clock: TestClock) {
    super(clock);
    this.#clock = clock;
  }

  override async refund(order: PaidOrder, refund: Refund) {
    const asking: Asking = { refundId: refund.id, at: this.#clock.now().getTime() };
    this.asked.push(asking);
    const answer = await super.refund(order, refund);
    asking.answer = answer.kind;
    return answer;
  }
}

/** An order that is paid, at noon. */
async function scene(persistence: Persistence) {
  const clock = new TestClock();
  const wechat = new AskedWechat(clock);
  const instances = [till(persistence, clock, wechat), till(persistence, clock, wechat)] as const;
  const [one] = instances;
  const { id } = await one.inState('paid', await one.user('alice'));
  const read = async () => (await one.find.execute(id)) as PaidOrder;
  const settle = () => Promise.all(instances.map((instance) => instance.settle.execute()));
  return { clock, instances, read, settle, wechat };
}

type Scene = Awaited<ReturnType<typeof scene>>;

interface Wish {
  readonly amount: number;
  readonly number: string;
  /** Comes with an Idempotency-Key, which is its number, so that both who ask have to be answered the same. */
  readonly isKeyed: boolean;
}

function wishesOf(round: number, chance: Chance): Wish[] {
  const wishes = Array.from({ length: chance.is(0.1) ? 25 : 3 }, (_, n) => {
    const wish = { amount: chance.from(1, 300), number: `race-${SEED}-${round}-${n}`, isKeyed: chance.is(0.5) };
    return [wish, wish];
  });
  return chance.shuffled(wishes.flat());
}

/** Answers whether it was fulfilled. */
async function isFulfilled({ instances }: Scene, order: PaidOrder, wish: Wish, at: number): Promise<boolean> {
  const number = wish.number as OutRefundNo;
  const mark = { id: `key ${number}`, outRefundNo: number };
  const { refund } = instances[at % 2]!;
  const asked = wish.isKeyed
    ? refund.execute(order, { amount: fen(wish.amount) }, mark)
    : refund.execute(order, { amount: fen(wish.amount), outRefundNo: number });
  const code = await codeOf(asked.then(({ id, amount }) => expect([id, amount]).toEqual([number, wish.amount])));
  if (code !== undefined) expect(REFUSALS).toContain(code);
  if (wish.isKeyed) expect(code).not.toBe('out-refund-no-taken');
  return code === undefined;
}

/** Of two who ask with one key both are answered, or there is nothing to answer; of one number it is made for one. */
async function race(stage: Scene, wishes: readonly Wish[]): Promise<number> {
  const order = await stage.read();
  const [outcomes] = await Promise.all([
    Promise.all(wishes.map((wish, at) => isFulfilled(stage, order, wish, at))),
    stage.settle(),
  ]);
  const fulfilled = wishes.filter((_, at) => outcomes[at]);
  const numbers = new Set(fulfilled.map(({ number }) => number));
  const { refunds } = await stage.read();
  for (const number of numbers) expect(refunds.filter((refund) => refund.id === number)).toHaveLength(1);
  const unkeyed = fulfilled.filter(({ isKeyed }) => !isKeyed);
  expect(new Set(unkeyed.map(({ number }) => number)).size).toBe(unkeyed.length);
  expectWithin(refunds);
  return numbers.size;
}

function expectWithin(refunds: readonly Refund[]): void {
  expect(reservedTotal(refunds)).toBeLessThanOrEqual(TOTAL);
  expect(new Set(refunds.map((refund) => refund.id)).size).toBe(refunds.length);
}

/** Until WeChat has paid back all that is written down. */
async function drain({ clock, read, settle, wechat }: Scene): Promise<readonly Refund[]> {
  for (let minutes = 0; minutes < 200; minutes += 1) {
    const { refunds } = await read();
    if (refunds.every(({ state }) => state === 'succeeded')) return refunds;
    for (const { id, state } of refunds) if (state === 'processing') wechat.settleRefundAt(id, 'succeeded');
    clock.pass(MINUTE);
    await settle();
  }
  throw new Error('some are never paid back');
}

async function expectTheSame({ read, wechat }: Scene, refunds: readonly Refund[]): Promise<void> {
  expectWithin(refunds);
  const known = await wechat.queryRefunds(await read());
  const reports = known.kind === 'refunds' ? known.reports : [];
  const there = new Map(reports.map((report) => [report.outRefundNo, report.amount]));
  expect(there).toEqual(new Map(refunds.map((refund) => [refund.id, refund.amount])));
  expect(wechat.refundCount).toBe(refunds.length);
}

/** WeChat takes no two refunds of one order within a minute. */
function expectSpaced({ wechat: { asked } }: Scene): void {
  for (const [at, { refundId, at: time, answer }] of asked.entries()) {
    expect(answer).toBe('accepted');
    const before = asked.slice(0, at).findLast((earlier) => earlier.refundId !== refundId);
    if (before) expect(time - before.at).toBeGreaterThanOrEqual(MINUTE);
  }
}

describeOn('racing refunds', STORAGES, (storage) => {
  const rounds = process.env.WEXAGON_THOROUGH === undefined ? QUICKLY[storage.name] : 1_000;

  it(`${rounds} rounds never come to more than was paid, to a number twice, or to two within a minute`, async () => {
    const chance = new Chance(SEED);
    const most = storage.cannotJudgeContention === undefined ? Infinity : MOST_OF_STAND_IN;
    let persistence = await storage.open();
    let made = 0;
    for (let round = 0; round < rounds;) {
      if (round % most === 0 && round > 0) persistence = await storage.open();
      const stage = await scene(persistence);
      for (const last = Math.min(rounds, round + ROUNDS_PER_ORDER); round < last; round += 1) {
        made += await race(stage, wishesOf(round, chance));
        stage.clock.pass(chance.oneOf(PAUSES));
      }
      await expectTheSame(stage, await drain(stage));
      expectSpaced(stage);
    }
    expect(made, `seed ${SEED}`).toBeGreaterThan(rounds / 2);
  }, 600_000);
});
