import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import {
  OutRefundNoTaken,
  RefundNotFound,
  RefundTooLate,
  RefundTooMuch,
  TooManyRefunds,
} from '../../src/domain/order/order-refusals.ts';
import { pay } from '../../src/domain/order/order-steps.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import { receivePayment } from '../../src/domain/order/receive-payment.ts';
import type { RefundReport } from '../../src/domain/order/refund-report.ts';
import {
  acceptRefund,
  askedFor,
  heedRefund,
  lookedForRefunds,
  markAbnormal,
  putOff,
  refuseRefund,
  requestRefund,
  turnOf,
} from '../../src/domain/order/refund-steps.ts';
import {
  nextLookAtRefund,
  outRefundNo,
  type OutRefundNo,
  type Refund,
  REFUND_STATES,
  refundedTotal,
  type RefundState,
  type RequestedRefund,
  reservedTotal,
} from '../../src/domain/order/refund.ts';
import { APPID, MCHID, NOON, samplePayment, stepsTo } from '../support/samples.ts';

const TOTAL = 888;

const paidOrder = (): PaidOrder => stepsTo('paid').at(-1)!.order as PaidOrder;

const wish = (amount: number, id = 'refund-0001') => ({
  id: id as OutRefundNo,
  amount: fen(amount),
  reason: null,
  origin: 'merchant' as const,
  requestId: null,
});

const one = (order: PaidOrder, id = 'refund-0001') => order.refunds.find((refund) => refund.id === id)!;
const requested = (amount = 100) => requestRefund(paidOrder(), wish(amount), NOON).order;

const report = (state: RefundReport['state'], differences: Partial<RefundReport> = {}): RefundReport => ({
  outRefundNo: 'refund-0001' as OutRefundNo,
  refundId: '50000000382019052709732678859',
  amount: 100,
  state,
  succeededAt: state === 'succeeded' ? later(NOON, HOUR) : null,
  ...differences,
});

/** An order with a refund in the state, by the ways there are. */
function withRefund(state: RefundState): PaidOrder {
  const order = requested();
  const refund = one(order) as RequestedRefund;
  const accepted = acceptRefund(order, refund, '5000', NOON).order;
  const ways: Record<RefundState, () => PaidOrder> = {
    requested: () => order,
    processing: () => accepted,
    succeeded: () => heedRefund(accepted, report('succeeded'), { now: NOON }).order,
    closed: () => refuseRefund(order, refund, 'PARAM_ERROR', NOON).order,
    abnormal: () => markAbnormal(order, refund, 'USER_ACCOUNT_ABNORMAL', NOON).order,
  };
  return ways[state]();
}

describe('the refunds of an order', () => {
  it('never reserve more than was paid, whatever is asked for and whatever comes of it', () => {
    const step = fc.record({
      amount: fc.integer({ min: 1, max: TOTAL + 10 }),
      outcome: fc.constantFrom('accept', 'refuse', 'abnormal', 'succeed', 'close', 'nothing'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let order = paidOrder();
        steps.forEach(({ amount, outcome }, number) => {
          const id = `refund-${number}`;
          const left = TOTAL - reservedTotal(order.refunds);
          const ask = () => requestRefund(order, wish(amount, id), NOON).order;
          if (amount > left) return expect(ask).toThrow(RefundTooMuch);
          order = ask();
          const refund = one(order, id) as RequestedRefund;
          if (outcome === 'accept') order = acceptRefund(order, refund, '5000', NOON).order;
          if (outcome === 'refuse') order = refuseRefund(order, refund, 'PARAM_ERROR', NOON).order;
          if (outcome === 'abnormal') order = markAbnormal(order, refund, 'TRADE_OVERDUE', NOON).order;
          if (outcome === 'succeed' || outcome === 'close') {
            const state = outcome === 'succeed' ? 'succeeded' : 'closed';
            order = heedRefund(order, report(state, { outRefundNo: refund.id, amount }), { now: NOON }).order;
          }
          expect(reservedTotal(order.refunds)).toBeLessThanOrEqual(TOTAL);
          expect(refundedTotal(order.refunds)).toBeLessThanOrEqual(reservedTotal(order.refunds));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('have each a number of its own, and are fifty at most', () => {
    expect(() => requestRefund(requested(), wish(1), NOON)).toThrow(OutRefundNoTaken);
    let order = paidOrder();
    for (let number = 0; number < 50; number += 1) order = requestRefund(order, wish(1, `r${number}`), NOON).order;
    expect(() => requestRefund(order, wish(1, 'r50'), NOON)).toThrow(TooManyRefunds);
  });

  it('are of a payment that is not older than a year', () => {
    const order = paidOrder();
    const { paidAt } = order.payment;
    expect(() => requestRefund(order, wish(1), later(paidAt, 365 * DAY + 1))).toThrow(RefundTooLate);
    expect(() => requestRefund(order, wish(1), later(paidAt, 365 * DAY))).not.toThrow();
  });

  it.each(['', 'x'.repeat(65), 'a b', 'r/1', '退款'])('cannot be numbered %j', (text) => {
    expect(() => outRefundNo(text)).toThrow(RefundNotFound);
  });
});

describe('what WeChat says of a refund', () => {
  const LEADS: Record<RefundState, Record<RefundReport['state'], RefundState>> = {
    requested: { processing: 'processing', succeeded: 'succeeded', closed: 'closed', abnormal: 'abnormal' },
    processing: { processing: 'processing', succeeded: 'succeeded', closed: 'closed', abnormal: 'abnormal' },
    abnormal: { processing: 'abnormal', succeeded: 'succeeded', closed: 'closed', abnormal: 'abnormal' },
    succeeded: { processing: 'succeeded', succeeded: 'succeeded', closed: 'succeeded', abnormal: 'succeeded' },
    closed: { processing: 'processing', succeeded: 'succeeded', closed: 'closed', abnormal: 'closed' },
  };
  const cells = REFUND_STATES.flatMap((from) =>
    Object.entries(LEADS[from]).map(([said, to]) => [from, said as RefundReport['state'], to] as const),
  );

  it.each(cells)('leads one that is %s and is said to be %s to %s, and is told when it is new', (from, said, to) => {
    const before = withRefund(from);
    const { order, events } = heedRefund(before, report(said), { now: NOON });
    expect(one(order).state).toBe(to);
    const revived = from === 'closed' ? ['anomaly.raised'] : [];
    expect(events.map(({ happening }) => happening.type)).toEqual(from === to ? [] : [`refund.${to}`, ...revived]);
    expect(order.sequence).toBe(before.sequence + events.length);
  });

  it('with another amount moves nothing and raises an anomaly, once', () => {
    const { order, events } = heedRefund(withRefund('processing'), report('succeeded', { amount: 99 }), { now: NOON });
    expect(one(order).state).toBe('processing');
    expect(events).toMatchObject([{ happening: { type: 'anomaly.raised', kind: 'refund-mismatch' } }]);
    expect(heedRefund(order, report('succeeded', { amount: 99 }), { now: NOON }).events).toEqual([]);
  });

  it('of one that nobody asked for here makes it the order’s, with an anomaly', () => {
    const outside = report('succeeded', { outRefundNo: 'console-1' as OutRefundNo });
    const { order, events } = heedRefund(paidOrder(), outside, { now: NOON });
    expect(one(order, 'console-1')).toMatchObject({ origin: 'outside', state: 'succeeded', amount: 100 });
    expect(events.map(({ happening }) => happening)).toMatchObject([
      { type: 'refund.succeeded' },
      { type: 'anomaly.raised', kind: 'refund-outside' },
    ]);
    expect(heedRefund(order, outside, { now: NOON }).events).toEqual([]);
  });

  it('of more than was paid is taken in, for it is true, and raises an anomaly', () => {
    const outside = report('succeeded', { outRefundNo: 'console-1' as OutRefundNo, amount: TOTAL });
    const { order, events } = heedRefund(requested(), outside, { now: NOON });
    expect(reservedTotal(order.refunds)).toBe(TOTAL + 100);
    expect(events.at(-1)).toMatchObject({ happening: { kind: 'refunded-too-much' } });
  });
});

describe('the turn of a refund', () => {
  it('comes at once, and a minute after another one of its order was put to WeChat', () => {
    let order = requestRefund(requested(), wish(100, 'refund-0002'), NOON).order;
    const first = turnOf(order)!;
    expect(first).toMatchObject({ refund: { id: 'refund-0001' }, at: NOON });
    order = askedFor(order, first.refund, NOON);
    order = acceptRefund(order, one(order) as RequestedRefund, '5000', NOON).order;
    expect(turnOf(order)).toMatchObject({ refund: { id: 'refund-0002' }, at: later(NOON, MINUTE) });
    expect(order.watch.dueAt).toEqual(later(NOON, MINUTE));
  });

  it('comes again soon where nobody knows what came of it, and ever more rarely, without end', () => {
    let order = requested();
    const waits: number[] = [];
    let now = NOON;
    for (let asked = 0; asked < 40; asked += 1) {
      order = askedFor(order, one(order) as RequestedRefund, now);
      waits.push((order.watch.dueAt!.getTime() - now.getTime()) / SECOND);
      now = order.watch.dueAt!;
    }
    expect(waits.slice(0, 4)).toEqual([5, 30, 300, 3_600]);
    expect(new Set(waits.slice(3))).toEqual(new Set([3_600]));
  });

  it('is put off until WeChat wants to be asked again, and says why', () => {
    const order = requested();
    const later10 = later(NOON, 10 * MINUTE);
    const off = putOff(order, one(order) as RequestedRefund, 'NOTENOUGH', later10);
    expect(turnOf(off)).toMatchObject({ refund: { trouble: 'NOTENOUGH' }, at: later10 });
    expect(off.watch.dueAt).toEqual(later10);
  });
});

describe('the watch over refunds', () => {
  it('looks at one on its way for a month, ever more rarely, and leaves it then', () => {
    let order = withRefund('processing');
    const looks: number[] = [];
    while (order.watch.dueAt) {
      looks.push(order.watch.dueAt.getTime() - NOON.getTime());
      order = lookedForRefunds(order, order.watch.dueAt);
    }
    expect(looks.slice(0, 5).map((at) => at / MINUTE)).toEqual([1, 6, 36, 156, 156 + 24 * 60]);
    expect(looks.at(-1)! / DAY).toBeGreaterThan(29);
    expect(looks.length).toBeLessThan(36);
  });

  it.each(['succeeded', 'closed'] as const)('ends with one that is %s', (state) => {
    expect(withRefund(state).watch.dueAt).toBeNull();
    expect(nextLookAtRefund(state, 0, NOON, NOON)).toBeNull();
  });

  it('takes one look on a hint, and none after it where nothing is open', () => {
    const hinted: PaidOrder = { ...paidOrder(), watch: { dueAt: NOON, looks: 0, lookedAt: null } };
    expect(lookedForRefunds(hinted, NOON).watch).toEqual({ dueAt: null, looks: 1, lookedAt: NOON });
  });
});

describe('late money', () => {
  const closed = stepsTo('closed').at(-1)!.order;
  const late = {
    ...samplePayment(),
    appid: APPID,
    mchid: MCHID,
    outTradeNo: closed.id,
    total: TOTAL,
    currency: 'CNY',
  };

  it('is kept and told where it is accepted, and sent back in the same step where it is refunded', () => {
    const receive = (latePayment: 'accept' | 'refund') =>
      receivePayment(closed, late, { now: NOON }, { latePayment, isTaken: false });
    const [accepted, refunded] = [receive('accept'), receive('refund')];
    expect(accepted).toMatchObject({ kind: 'paid', step: { order: { late: true, refunds: [] } } });
    expect(refunded).toMatchObject({
      kind: 'paid',
      step: { order: { late: true, refunds: [{ state: 'requested', amount: TOTAL, origin: 'late-payment' }] } },
    });
    const told = refunded.kind === 'paid' ? refunded.step.events.map(({ happening }) => happening.type) : [];
    expect(told).toEqual(['order.paid', 'anomaly.raised', 'refund.requested']);
  });

  it('is nothing that comes in time', () => {
    const prepaid = stepsTo('prepaid').at(-1)!.order;
    const paid = receivePayment(
      prepaid,
      { ...late, outTradeNo: prepaid.id },
      { now: NOON },
      { latePayment: 'refund', isTaken: false },
    );
    expect(paid).toMatchObject({ kind: 'paid', step: { order: { late: false, refunds: [] } } });
  });
});

describe('steps of refunds that make no sense', () => {
  it('do not compile', () => {
    const states = REFUND_STATES.map((state) => one(withRefund(state)));
    const [, processing, succeeded, closed, abnormal] = states as [Refund, ...Refund[]] as never as [
      RequestedRefund,
      Extract<Refund, { state: 'processing' }>,
      Extract<Refund, { state: 'succeeded' }>,
      Extract<Refund, { state: 'closed' }>,
      Extract<Refund, { state: 'abnormal' }>,
    ];
    const order = paidOrder();
    const nonsense = () => {
      // @ts-expect-error it was accepted
      acceptRefund(order, processing, '5000', NOON);
      // @ts-expect-error the money is there
      refuseRefund(order, succeeded, 'NO', NOON);
      // @ts-expect-error it came to nothing
      askedFor(order, closed, NOON);
      // @ts-expect-error a person has to act
      putOff(order, abnormal, 'NO', NOON);
      // @ts-expect-error nothing was paid that could be refunded
      requestRefund(stepsTo('prepaid').at(-1)!.order, wish(1), NOON);
      // @ts-expect-error it is paid
      pay(order, samplePayment(), { now: NOON });
    };
    expect(nonsense).toBeTypeOf('function');
  });
});
