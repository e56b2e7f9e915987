import { describe, expect, it } from 'vitest';
import { later, SECOND } from '../../src/domain/clock.ts';
import type { OrderEvent } from '../../src/domain/order/order-event.ts';
import type { Order, PaidOrder } from '../../src/domain/order/order.ts';
import type { Refund } from '../../src/domain/order/refund.ts';
import { NOON, paidWithRefunds, sampleNotice, samplePayer, samplePayment, stepsTo } from '../support/samples.ts';
import { check, type History, type Kept, type TrueTrade } from '../support/storm/checker.ts';

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

interface World {
  readonly history: History;
  readonly trades: readonly TrueTrade[];
  readonly kept: Kept;
}

const SOUND: World = {
  history: {
    made: [{ outTradeNo: order.id, total: order.amount.total, key: 'k' }],
    closed: [],
    acknowledged: [{ outTradeNo: order.id, at: paid.at.getTime() }],
    refunded: [],
  },
  trades: [trade],
  kept: { orders: [order, created.order], events: [...events, ...created.events] },
};

const found = ({ history, trades, kept }: World) => check(history, trades, kept).map(({ finding }) => finding);

const withHistory = (history: Partial<History>): World => ({ ...SOUND, history: { ...SOUND.history, ...history } });
const withTrade = (different: Partial<TrueTrade>): World => ({ ...SOUND, trades: [{ ...trade, ...different }] });
const withOrders = (...orders: Order[]): World => ({ ...SOUND, kept: { ...SOUND.kept, orders } });
const withEvents = (...told: OrderEvent[]): World => ({ ...SOUND, kept: { orders: [order], events: told } });

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
    const made = [...SOUND.history.made, { outTradeNo: created.order.id, total: created.order.amount.total, key: 'k' }];
    expect(found(withHistory({ made }))).toEqual(['second order']);
  });

  it('finds an event that is missing between others', () =>
    expect(found(withEvents(...events.toSpliced(1, 1)))).toEqual(['gap in events']));

  it.each(['NOTPAY', 'CLOSED'])('finds an order that is paid here and %s at WeChat', (trade_state) =>
    expect(found(withTrade({ trade_state }))).toEqual(['differing']),
  );

  it('finds a trade that only WeChat knows, and an order that only we think is there', () => {
    const stranger = { ...trade, out_trade_no: 'stranger' };
    expect(found({ ...SOUND, trades: [trade, stranger] })).toEqual(['differing']);
    expect(found({ ...SOUND, trades: [] })).toEqual(['differing']);
  });

  it.each(['prepaying', 'closing', 'failed'] as const)('finds an order that is left %s', (state) => {
    const [left, told] = [stepsTo(state).at(-1)!.order, stepsTo(state).flatMap((step) => step.events)];
    const own = told.map((event) => ({ ...event, orderId: left.id }));
    const waiting = { ...trade, out_trade_no: left.id, trade_state: 'NOTPAY' };
    expect(
      found({
        history: { made: [], closed: [], acknowledged: [], refunded: [] },
        trades: [waiting],
        kept: { orders: [left], events: own },
      }),
    ).toEqual(['differing']);
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
  const world = (refunds: readonly Refund[], truth: Partial<TrueTrade> = {}): World => ({
    history: { made: [], closed: [], acknowledged: [], refunded: [wish] },
    trades: [{ ...paidBack, ...truth }],
    kept: { orders: [{ ...refunded, refunds }], events: told.flatMap((step) => step.events) },
  });
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
    const { kept, ...rest } = world([refund]);
    const last = kept.events.at(-1)!;
    const again = { ...last, sequence: last.sequence + 1 };
    const order: Order = { ...refunded, refunds: [refund], sequence: again.sequence };
    expect(found({ ...rest, kept: { orders: [order], events: [...kept.events, again] } })).toEqual(['doubled']);
  });

  it.each<[string, Partial<TrueTrade>]>([
    ['WeChat does not have', { refunds: [], refunded_total: 0 }],
    ['WeChat has under another number', { refunds: [{ ...there, out_refund_no: 'another' }] }],
    ['WeChat has not finished', { refunds: [{ ...there, state: 'PROCESSING' }], refunded_total: 0 }],
    ['comes to another sum', { refunded_total: 2 }],
  ])('finds one that %s', (_what, truth) => expect(found(world([refund], truth))).toEqual(['differing']));
});
