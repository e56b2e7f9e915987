import { describe, expect, it } from 'vitest';
import { later, SECOND } from '../../src/domain/clock.ts';
import type { OrderEvent } from '../../src/domain/order/order-event.ts';
import type { Order, PaidOrder } from '../../src/domain/order/order.ts';
import type { Refund } from '../../src/domain/order/refund.ts';
import { eventId, type LoggedEvent, placeInLog } from '../../src/domain/order/event-log.ts';
import {
  NOON,
  paidWithRefunds,
  sampleAccount,
  sampleNotice,
  samplePayer,
  samplePayment,
  stepsTo,
} from '../support/samples.ts';
import { check } from '../support/storm/checker.ts';
import { countsOf, FINDINGS, promiseOf } from '../support/storm/findings.ts';
import { type History, newHistory, type TrueTrade, type World } from '../support/storm/world.ts';

const payment = samplePayment();
const steps = stepsTo('paid', { payment, terms: { metadata: { key: 'k' } } });
const order = steps.at(-1)!.order;
const events = steps.flatMap((step) => step.events);
const paid = events.at(-1)!;
const created = stepsTo('created').at(-1)!;

const trade: TrueTrade = {
  out_trade_no: order.id,
  total_fee: order.amount.total,
  openid: samplePayer().openid,
  trade_state: 'SUCCESS',
  transaction_id: payment.transactionId,
  refunded_total: 0,
  refunds: [],
};

/** A world in which all is well, and of which everybody has heard. */
function worldOf(wishes: {
  readonly history?: Partial<History>;
  readonly trades: readonly TrueTrade[];
  readonly orders: readonly Order[];
  readonly events: readonly OrderEvent[];
}): World {
  const log = wishes.events.map((event, n): LoggedEvent => ({ id: placeInLog(n + 1), event }));
  const ids = log.map(({ id }) => eventId(id));
  return {
    history: { ...newHistory(), ...wishes.history },
    trades: wishes.trades,
    kept: { orders: wishes.orders, log, accounts: [] },
    heard: { told: new Set(ids), read: ids, wrong: [] },
    users: [],
    leaks: [],
    now: NOON.getTime(),
  };
}

const history = {
  made: [{ outTradeNo: order.id as string, total: order.amount.total, key: 'k' }],
  acknowledged: [{ outTradeNo: order.id, at: paid.at.getTime() }],
};
const sound = { history, trades: [trade], orders: [order, created.order], events: [...events, ...created.events] };
const SOUND = worldOf(sound);

const found = (world: World) => check(world).map(({ finding }) => finding);

const withHistory = (different: Partial<History>): World =>
  worldOf({ ...sound, history: { ...history, ...different } });
const withTrade = (different: Partial<TrueTrade>): World => worldOf({ ...sound, trades: [{ ...trade, ...different }] });
const withOrders = (...orders: Order[]): World => worldOf({ ...sound, orders });
const withEvents = (...told: OrderEvent[]): World => worldOf({ ...sound, orders: [order], events: told });

const unpaid = stepsTo('prepaid', { terms: { id: order.id, metadata: { key: 'k' } } }).at(-1)!.order;
const late = (event: OrderEvent): OrderEvent => ({ ...event, at: later(NOON, 60 * SECOND) });
const others = events.slice(0, -1);

describe('the checker', () => {
  it('finds nothing where all is well', () => expect(found(SOUND)).toEqual([]));

  it.each<[string, World, string[]]>([
    ['nothing was written', withEvents(...others), ['acknowledged but lost', 'paid without event', 'gap in events']],
    ['a look wrote it later', withEvents(...others, late({ ...paid, notice: null })), ['acknowledged but lost']],
    [
      'it was written later',
      withEvents(...others, late({ ...paid, notice: sampleNotice() })),
      ['acknowledged too early'],
    ],
  ])('finds a SUCCESS that nothing stood behind: %s', (_why, world, findings) =>
    expect(found(world)).toEqual(findings),
  );

  it('finds each effect that is one too many', () => {
    const again = { ...paid, sequence: paid.sequence + 1 };
    expect(found(withEvents(...events, again, again))).toEqual(expect.arrayContaining(['doubled', 'doubled']));
  });

  it('finds a payment told of an order that is not paid', () =>
    expect(found(withOrders(unpaid, created.order))).toEqual(['event without paid', 'gap in events', 'differing']));

  it.each<Partial<TrueTrade>>([{ total_fee: 1 }, { openid: 'osomebody' }, { transaction_id: '42' }])(
    'finds another %o',
    (different) => expect(found(withTrade(different))).toEqual(['wrong amount']),
  );

  it('finds an order that a merchant was told of and that is not there, or not as it was ordered', () => {
    const made = [
      { outTradeNo: 'nowhere', total: 1, key: undefined },
      { outTradeNo: order.id, total: 1, key: 'k' },
    ];
    expect(found(withHistory({ made }))).toEqual(['promise broken', 'promise broken']);
  });

  it('finds an order that a merchant was told is closed and that is not', () =>
    expect(found(withHistory({ closed: [created.order.id] }))).toEqual(['promise broken']));

  it('finds a second order of one request, told of or not', () => {
    const second = { ...created.order, metadata: { key: 'k' } };
    expect(found(withOrders(order, second))).toEqual(['second order']);
    const made = [...history.made, { outTradeNo: created.order.id, total: created.order.amount.total, key: 'k' }];
    expect(found(withHistory({ made }))).toEqual(['second order']);
  });

  it('finds an event that is missing between others', () =>
    expect(found(withEvents(...events.toSpliced(1, 1)))).toEqual(['gap in events']));

  it.each(['NOTPAY', 'CLOSED'])('finds an order that is paid here and %s at WeChat', (trade_state) =>
    expect(found(withTrade({ trade_state }))).toEqual(['differing']),
  );

  it('finds a trade that only WeChat knows, and an order that only we think is there', () => {
    const stranger = { ...trade, out_trade_no: 'stranger' };
    expect(found(worldOf({ ...sound, trades: [trade, stranger] }))).toEqual(['differing']);
    expect(found(worldOf({ ...sound, trades: [] }))).toEqual(['differing']);
  });

  it.each(['prepaying', 'closing', 'failed'] as const)('finds an order that is left %s', (state) => {
    const [left, told] = [stepsTo(state).at(-1)!.order, stepsTo(state).flatMap((step) => step.events)];
    const own = told.map((event) => ({ ...event, orderId: left.id }));
    const waiting = { ...trade, out_trade_no: left.id, trade_state: 'NOTPAY' };
    expect(found(worldOf({ trades: [waiting], orders: [left], events: own }))).toEqual(['differing']);
  });
});

describe('the checker of refunds', () => {
  const told = paidWithRefunds(['succeeded'], { payment });
  const refunded = told.at(-1)!.order as PaidOrder;
  const refund = { ...refunded.refunds[0]!, reason: 'a mark' };
  const { id: outTradeNo } = refunded;
  const wish = { outTradeNo, outRefundNo: refund.id as string, amount: refund.amount, mark: 'a mark' };
  const there = {
    out_refund_no: refund.id as string,
    refund_id: refund.refundId!,
    amount: refund.amount as number,
    state: 'SUCCESS',
  };
  const paidBack: TrueTrade = {
    ...trade,
    out_trade_no: outTradeNo,
    trade_state: 'REFUND',
    refunded_total: refund.amount,
    refunds: [there],
  };
  const eventsTold = told.flatMap((step) => step.events);
  const wishes = (refunds: readonly Refund[], truth: Partial<TrueTrade> = {}) => ({
    history: { refunded: [wish] },
    trades: [{ ...paidBack, ...truth }],
    orders: [{ ...refunded, refunds }],
    events: eventsTold,
  });
  const world = (...given: Parameters<typeof wishes>): World => worldOf(wishes(...given));
  const second = { ...refund, id: 'another' as typeof refund.id, refundId: '5030' };

  it('finds nothing where all is well', () => expect(found(world([refund]))).toEqual([]));

  it('finds one that a merchant was told of and that is not there, or not as it was asked for', () => {
    expect(found(world([]))).toEqual(['promise broken', 'differing']);
    expect(found(world([{ ...refund, amount: 2 as typeof refund.amount }]))).toEqual(['promise broken', 'differing']);
  });

  it('finds a second one of one wish, and one that nobody wished for', () => {
    const both = { refunds: [there, { ...there, out_refund_no: 'another', refund_id: '5030' }], refunded_total: 2 };
    expect(found(world([refund, second], both))).toEqual(['second refund']);
    expect(found(world([refund, { ...second, reason: null }], both))).toEqual(['second refund']);
  });

  it('finds one that is told of twice', () => {
    const last = eventsTold.at(-1)!;
    const again = { ...last, sequence: last.sequence + 1 };
    const orders: Order[] = [{ ...refunded, refunds: [refund], sequence: again.sequence }];
    const twice = worldOf({ ...wishes([refund]), orders, events: [...eventsTold, again] });
    expect(found(twice)).toEqual(['doubled']);
  });

  it('finds that more is given back than was paid, here or at WeChat', () => {
    const total = refunded.amount.total;
    const much = { ...refund, amount: (total + 1) as typeof refund.amount };
    expect(found(world([much]))).toContain('refunded too much');
    expect(found(world([refund], { refunded_total: total + 1 }))).toContain('refunded too much');
  });

  it('finds that more was asked for than was paid, though not all of it was given', () => {
    const last = eventsTold.at(-1)!;
    const asking = (place: number, type: 'refund.requested' | 'refund.closed'): OrderEvent => ({
      ...last,
      sequence: last.sequence + place,
      happening: { type, outRefundNo: 'another', amount: refunded.amount.total, reason: null },
    });
    const told = [...eventsTold, asking(1, 'refund.requested'), asking(2, 'refund.closed')];
    const orders: Order[] = [{ ...refunded, refunds: [refund], sequence: last.sequence + 2 }];
    expect(found(worldOf({ ...wishes([refund]), orders, events: told }))).toEqual(['refunded too much']);
  });

  it.each<[string, Partial<TrueTrade>]>([
    ['WeChat does not have', { refunds: [], refunded_total: 0 }],
    ['WeChat has under another number', { refunds: [{ ...there, out_refund_no: 'another' }] }],
    ['WeChat has not finished', { refunds: [{ ...there, state: 'PROCESSING' }], refunded_total: 0 }],
    ['comes to another sum', { refunded_total: 2 }],
  ])('finds one that %s', (_what, truth) => expect(found(world([refund], truth))).toEqual(['differing']));
});

describe('the checker of time', () => {
  it.each(['created', 'prepaid', 'prepaying', 'closing'] as const)(
    'finds an order left %s past its deadline',
    (state) => {
      const { order: left } = stepsTo(state).at(-1)!;
      const world = worldOf({ ...sound, orders: [left], events: [] });
      expect(found({ ...world, now: left.timeExpire.getTime() })).not.toContain('past its deadline');
      expect(found({ ...world, now: left.timeExpire.getTime() + 1 })).toContain('past its deadline');
    },
  );

  it('finds an order that went back, by its events', () => {
    expect(found(withEvents(...others, { ...paid, state: 'created' }))).toEqual(['state went back']);
  });

  it('finds an order that was seen going back', () => {
    const seen = [
      { outTradeNo: order.id, state: 'paid' as const },
      { outTradeNo: created.order.id, state: 'created' as const },
    ];
    expect(found(withHistory({ seen }))).toEqual([]);
    const settled = { outTradeNo: created.order.id, state: 'prepaid' as const };
    expect(found(withHistory({ seen: [settled] }))).toEqual(['state went back']);
    expect(found(withHistory({ seen: [...seen, { outTradeNo: order.id, state: 'prepaid' }] }))).toEqual([
      'state went back',
    ]);
  });
});

describe('the checker of what is heard', () => {
  const [first, second, ...rest] = SOUND.heard.read!;

  it('finds an event that the receiver has never taken', () => {
    const told = new Set([second!, ...rest]);
    expect(check({ ...SOUND, heard: { ...SOUND.heard, told } })).toEqual([
      { finding: 'webhook missing', about: first },
    ]);
  });

  it('finds events that whoever reads the log has missed, or not read in their place', () => {
    const reading = (...read: string[]) => found({ ...SOUND, heard: { ...SOUND.heard, read } });
    expect(reading(first!, ...rest)).toContain('event missed');
    expect(reading(second!, first!, ...rest)).toEqual(['event missed', 'event missed']);
  });

  it('asks nothing where nobody listens', () =>
    expect(found({ ...SOUND, heard: { told: undefined, read: undefined, wrong: [] } })).toEqual([]));

  it('tells what the receiver did not like', () => {
    const wrong = [{ finding: 'webhook out of order', about: 'evt_1' }] as const;
    expect(check({ ...SOUND, heard: { ...SOUND.heard, wrong } })).toEqual(wrong);
  });
});

describe('the checker of users', () => {
  const login = { token: 'a token', openid: 'oalice' };
  const alice = { login, account: { openid: 'oalice', nickName: 'Alice' } };
  const named = (told: string | null, ...tried: string[]) => ({ names: new Map([['oalice', { told, tried }]]) });

  it('finds a token that is not known any more, or is somebody else’s', () => {
    expect(found({ ...SOUND, users: [alice] })).toEqual([]);
    expect(check({ ...SOUND, users: [{ login, account: null }] })).toEqual([
      { finding: 'promise broken', about: 'oalice' },
    ]);
    expect(found({ ...SOUND, users: [{ login, account: { openid: 'obob', nickName: null } }] })).toEqual([
      'promise broken',
    ]);
    expect(found(withHistory({ refused: ['oalice'] }))).toEqual(['promise broken']);
  });

  it('finds a name that was told and is not there, but not one that somebody was never answered about', () => {
    const me = (names: Partial<History>) => found({ ...withHistory(names), users: [alice] });
    expect(me(named('Alice'))).toEqual([]);
    expect(me(named('Alicia', 'Alice'))).toEqual([]);
    expect(me(named('Alicia'))).toEqual(['promise broken']);
    expect(me(named('Alicia', 'Al'))).toEqual(['promise broken']);
  });

  it('finds two accounts of one user', () => {
    const accounts = ['a', 'b'].map((id) => sampleAccount({ id: id as never, openid: 'oalice' as never }));
    expect(found({ ...SOUND, kept: { ...SOUND.kept, accounts: accounts.slice(1) } })).toEqual([]);
    expect(found({ ...SOUND, kept: { ...SOUND.kept, accounts } })).toEqual(['second account']);
  });
});

describe('what is found', () => {
  it('tells secrets and whatever was seen to happen', () => {
    expect(check({ ...SOUND, leaks: ['a key in a log'] })).toEqual([
      { finding: 'secret told', about: 'a key in a log' },
    ]);
    const witnessed = [{ finding: 'forgery believed', about: order.id }] as const;
    expect(check(withHistory({ witnessed }))).toEqual(witnessed);
  });

  it('is counted, each by the promise that it breaks', () => {
    const counts = countsOf([{ finding: 'doubled', about: 'x' }]);
    expect(counts).toMatchObject({ doubled: 1, differing: 0 });
    const promises = new Set(FINDINGS.map(promiseOf));
    for (let n = 1; n <= 10; n += 1) expect(promises).toContain(`I${n}`);
  });
});
