import { expect, it, vi } from 'vitest';
import { CopyStorage } from '../../src/application/copy-storage.ts';
import { HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import { refundedTotal } from '../../src/domain/order/refund.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { type Day, startOf } from '../../src/domain/statement/day.ts';
import { DayShop, type KnownDifference, type TrueTrade } from '../support/day-shop.ts';
import { inTurns } from '../support/in-turns.ts';
import { describeOverBoth } from '../support/over-both.ts';
import { type Storage, STORAGES, temporaryFolder } from '../support/storages.ts';
import { Chance } from '../support/storm/chance.ts';
import { payEnvironment } from '../support/v3-merchant.ts';

/*
 * A day of a shop, from its first order to the comparison with WeChat's bill; and once more from a backup of the evening,
 * with a bill that is not true.
 */

/** A thorough run (`npm run test:thorough`) has more, and all storages; MongoDB's stand-in slows down with every document. */
const THOROUGHLY: Counts = { memory: 5_000, sqlite: 5_000, postgres: 5_000, mongo: 200 };
const QUICKLY: Readonly<Record<PayApi, Counts>> = { v2: { sqlite: 200 }, v3: { sqlite: 100 } };

const countOf = ({ name }: Storage, api: PayApi): number | undefined =>
  (process.env.WEXAGON_THOROUGH === undefined ? QUICKLY[api] : THOROUGHLY)[name];

type Counts = Readonly<Partial<Record<Storage['name'], number>>>;

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

const DAY = '2026-11-21' as Day;
/** Hours of the day. */
const [OPENS, BACKUP, CLOSES, NEXT_MORNING] = [4, 22, 24, 34.5];
const NEVER = Infinity;

/** What somebody buys: what happens to it, and in which hour. */
interface Deal {
  readonly total: number;
  readonly user: string;
  readonly ordered: number;
  readonly prepaid: number;
  readonly paid: number;
  readonly refunded: number;
  /** Whether WeChat's notice of the payment arrives. */
  readonly isTold: boolean;
  readonly refunding: Refunding;
  number: string;
  readonly refunds: string[];
}

const REFUNDINGS = ['part', 'part', 'part', 'two parts', 'console', 'console, untold'] as const;

type Refunding = (typeof REFUNDINGS)[number];

/** In the hour before the backup some wait until after it, to be paid, or even to be put to WeChat. */
function hoursOf(ordered: number, chance: Chance): Pick<Deal, 'prepaid' | 'paid'> {
  const fate = chance.next();
  if (fate < 0.03) return { prepaid: ordered, paid: NEVER };
  if (ordered === BACKUP - 1 && fate > 0.6) return { prepaid: fate > 0.8 ? BACKUP : ordered, paid: BACKUP };
  return { prepaid: ordered, paid: ordered };
}

function dealsOf(count: number, chance: Chance): Deal[] {
  return Array.from({ length: count }, (_, n) => {
    const ordered = OPENS + Math.floor((n * (CLOSES - OPENS)) / count);
    const hours = hoursOf(ordered, chance);
    const isRefunded = hours.paid === ordered && n % 7 === 0;
    const refunded = ordered < BACKUP && n % 5 === 0 ? BACKUP : ordered;
    return {
      total: chance.from(3, 10_000),
      user: `user-${n % 7}`,
      ordered,
      ...hours,
      refunded: isRefunded ? refunded : NEVER,
      isTold: chance.is(0.9),
      refunding: REFUNDINGS[Math.floor(n / 7) % REFUNDINGS.length]!,
      number: '',
      refunds: [],
    };
  });
}

const atHour = (hour: number, time = 0) => later(startOf(DAY), hour * HOUR + time);

const LOOKS = [20 * SECOND, MINUTE, 3 * MINUTE, 6 * MINUTE];
const LOOKS_FOR_REFUNDS = [8 * MINUTE, 10 * MINUTE, 13 * MINUTE, 20 * MINUTE, 55 * MINUTE];

async function liveHour(shop: DayShop, deals: readonly Deal[], hour: number): Promise<void> {
  const who = (what: 'ordered' | 'prepaid' | 'paid' | 'refunded') => deals.filter((deal) => deal[what] === hour);
  vi.setSystemTime(atHour(hour));
  await inTurns(who('ordered'), async (deal) => (deal.number = await shop.order(deal.total)));
  await inTurns(who('prepaid'), ({ number, user }) => shop.prepay(number, user));
  await inTurns(who('paid'), ({ number, isTold }) => shop.payAtWechat(number, isTold));
  for (const time of LOOKS) await shop.settleAt(atHour(hour, time));
  await inTurns(who('refunded'), (deal) => payBack(shop, deal));
  for (const time of LOOKS_FOR_REFUNDS) await shop.settleAt(atHour(hour, time));
}

async function payBack(shop: DayShop, { number, refunding, refunds, total }: Deal): Promise<void> {
  if (refunding.startsWith('console')) return shop.refundAtConsole(number, 1, refunding === 'console');
  const part = Math.floor(total / 3);
  refunds.push(await shop.refund(number, part));
  if (refunding === 'two parts') refunds.push(await shop.refund(number, part));
}

/** What was missed over night is looked for in the morning. */
async function reconcileInTheMorning(shop: DayShop) {
  for (const minutes of [0, 1, 6, 30]) await shop.settleAt(atHour(NEXT_MORNING, minutes * MINUTE));
  expect(await shop.reconcile()).toBe(1);
  return shop.reconciliation(DAY);
}

const nameOf = ({ kind, out_trade_no, out_refund_no }: KnownDifference) =>
  `${kind} ${out_trade_no} ${out_refund_no ?? ''}`.trimEnd();

const unhealedIn = (differences: readonly KnownDifference[]): string[] =>
  sorted(differences.filter(({ healed }) => !healed).map(nameOf));

/** By their orders: whoever asks about one refund learns of all, and there is nothing left to heal. */
const healedIn = (differences: readonly KnownDifference[]): string[] =>
  differences.filter(({ healed }) => healed).map(({ kind, out_trade_no }) => `${kind} ${out_trade_no}`);

const sorted = (names: readonly string[]): string[] => names.toSorted((one, other) => (one < other ? -1 : 1));

/** Of every order that we still have we know what WeChat knows, to the last refund. */
function expectTheSame(truth: readonly TrueTrade[], kept: ReadonlyMap<string, Order>): void {
  const known = truth.filter(({ out_trade_no }) => kept.has(out_trade_no));
  expect(sorted([...kept.values()].map(ours))).toEqual(sorted(known.map(theirs)));
}

const PAID = new Set(['SUCCESS', 'REFUND']);
const ENDS: Readonly<Record<string, string>> = { SUCCESS: 'succeeded' };

const ours = (order: Order): string => {
  if (order.state !== 'paid') return `${order.id} ${order.state}`;
  const { amount, id, payment, refunds } = order;
  const parts = refunds.map((refund) => `${refund.id} ${refund.refundId} ${refund.amount} ${refund.state}`);
  return [id, amount.total, payment.transactionId, refundedTotal(refunds), ...sorted(parts)].join();
};

const theirs = (trade: TrueTrade): string => {
  const { out_trade_no, refunded_total, refunds, total_fee, trade_state, transaction_id } = trade;
  if (!PAID.has(trade_state)) return `${out_trade_no} closed`;
  const parts = refunds.map((one) => `${one.out_refund_no} ${one.refund_id} ${one.amount} ${ENDS[one.state]}`);
  return [out_trade_no, total_fee, transaction_id, refunded_total, ...sorted(parts)].join();
};

/** What the bill says that never was, what it does not say, and what it says otherwise. */
function harmOf(deals: readonly Deal[]) {
  const early = deals.filter(({ ordered, paid, refunded }) => paid === ordered && ordered < 20 && refunded !== BACKUP);
  const [one, two, three, ...rest] = early.filter(({ refunded }) => refunded === NEVER);
  const [first, second] = early.filter(({ refunds }) => refunds.length === 1);
  const altered = { [one!.number]: one!.total + 1, [first!.refunds[0]!]: 1 + Math.floor(first!.total / 3) };
  const dropped = [two!, three!, rest.at(-1)!];
  const extra = ['never-was-1', 'never-was-2'].map((out_trade_no) => ({ out_trade_no, total: 5 }));
  return {
    order: {
      extra,
      drop: [...dropped.map(({ number }) => number), second!.refunds[0]!],
      alter: Object.fromEntries(Object.entries(altered).map(([number, total]) => [number, { total }])),
    },
    rows: extra.length - dropped.length - 1,
    found: [
      ...extra.map(({ out_trade_no }) => `unknown-order ${out_trade_no}`),
      ...dropped.map(({ number }) => `paid-here-only ${number}`),
      `refund-here-only ${second!.number} ${second!.refunds[0]}`,
      `amount-differs ${one!.number}`,
      `refund-amount-differs ${first!.number} ${first!.refunds[0]}`,
    ],
  };
}

const rowsIn = (truth: readonly TrueTrade[]): number =>
  truth.reduce((sum, { trade_state, refunds }) => sum + (PAID.has(trade_state) ? 1 : 0) + refunds.length, 0);

/** What the bill alone can tell of, where our orders are those of that hour. */
function healable(deals: readonly Deal[], before: number): string[] {
  return deals
    .filter(({ ordered }) => ordered < before)
    .flatMap(({ number, ordered, prepaid, refunded, refunding }) => [
      ...(prepaid > ordered && prepaid >= before ? [`paid-there-only ${number}`] : []),
      ...(refunded < NEVER && (refunding === 'console, untold' || refunded >= before)
        ? [`refund-there-only ${number}`]
        : []),
    ]);
}

/** Everything that happened to an order which was made after the backup. */
const lostIn = (truth: readonly TrueTrade[], kept: ReadonlyMap<string, Order>): string[] =>
  truth
    .filter(({ out_trade_no, trade_state }) => PAID.has(trade_state) && !kept.has(out_trade_no))
    .flatMap(({ out_trade_no, refunds }) => [
      `unknown-order ${out_trade_no}`,
      ...refunds.map((refund) => `refund-there-only ${out_trade_no} ${refund.out_refund_no}`),
    ]);

async function backupOf(storage: Storage, from: Persistence): Promise<Persistence> {
  const to = await storage.open();
  await new CopyStorage({ from, to, digest: async () => '' }).execute();
  return to;
}

const wholeDay = (storage: Storage, api: PayApi) => {
  const count = countOf(storage, api)!;

  it(`of ${count} trades agrees with WeChat’s bill; what a lost evening and a false bill leave is listed`, async () => {
    const deals = dealsOf(count, new Chance(SEED));
    const persistence = await storage.open();
    const shop = await DayShop.open(persistence, atHour(OPENS), payEnvironment(api, temporaryFolder()));
    const began = performance.now();
    for (let hour = OPENS; hour < BACKUP; hour += 1) await liveHour(shop, deals, hour);
    const backup = await backupOf(storage, persistence);
    for (let hour = BACKUP; hour < CLOSES; hour += 1) await liveHour(shop, deals, hour);
    const lived = performance.now();

    const honest = await reconcileInTheMorning(shop);
    const truth = await shop.truth();
    expect(unhealedIn(honest.differences), `seed ${SEED}`).toEqual([]);
    expect(healedIn(honest.differences)).toEqual(expect.arrayContaining(healable(deals, CLOSES)));
    expect(honest.compared).toBe(rowsIn(truth));
    expectTheSame(truth, await shop.kept());
    const compared = performance.now();

    shop.serveFrom(backup);
    const harm = harmOf(deals);
    await shop.wechat.call('POST', 'bills/harm', harm.order);
    const restored = await reconcileInTheMorning(shop);
    const kept = await shop.kept();
    const lost = lostIn(truth, kept);
    expect(unhealedIn(restored.differences), `seed ${SEED}`).toEqual(sorted([...lost, ...harm.found]));
    expect(healedIn(restored.differences)).toEqual(expect.arrayContaining(healable(deals, BACKUP)));
    expect(restored.difference_count).toBe(restored.differences.length);
    expect(restored.compared).toBe(rowsIn(truth) + harm.rows);
    expectTheSame(truth, kept);
    const ended = performance.now();

    const seconds = (from: number, to: number) => `${((to - from) / 1_000).toFixed(1)} s`;
    process.stdout.write(
      `${storage.name}, ${api}: ${count} trades in ${seconds(began, lived)}, compared in ${seconds(lived, compared)}, ` +
        `from a backup in ${seconds(compared, ended)}: ${lost.length} lost, ` +
        `${healedIn(restored.differences).length} healed by the bill\n`,
    );
  }, 1_800_000);
};

const measured = STORAGES.filter((storage) => countOf(storage, 'v2') !== undefined);

describeOverBoth('a whole day', measured, wholeDay, 'sqlite');
