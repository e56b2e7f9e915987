import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import {
  OutRefundNoTaken,
  RefundNotFound,
  RefundNotPossible,
  RefundTooLate,
  RefundTooMuch,
  TooManyRefunds,
} from '../../src/domain/order/order-refusals.ts';
import { pay } from '../../src/domain/order/order-steps.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import { type LatePayment, receivePayment } from '../../src/domain/order/receive-payment.ts';
import type { RefundReport } from '../../src/domain/order/refund-report.ts';
import {
  acceptRefund,
  askedFor,
  heedRefund,
  heedRefunds,
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
import { CertificateMissing } from '../../src/domain/statement/statement-refusals.ts';
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

describe('what is refused for want of a certificate', () => {
  it('is said in a sentence of its own for refunds', () => {
    const [refund, bill] = [new RefundNotPossible(), new CertificateMissing()];
    expect(refund.message).not.toBe(bill.message);
    expect(refund.message).toContain('refund');
  });
});

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
    expect(events.map(({ version }) => version)).toEqual(events.map(() => before.version + 1));
  });

  it('with another amount moves nothing and raises an anomaly, once', () => {
    const { order, events } = heedRefund(withRefund('processing'), report('succeeded', { amount: 99 }), { now: NOON });
    expect(one(order).state).toBe('processing');
    const refundId = report('succeeded').refundId;
    const { transactionId } = order.payment;
    expect(events).toMatchObject([
      { happening: { type: 'anomaly.raised', kind: 'refund-mismatch', transactionId, refundId } },
    ]);
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

  const notNow = (reason: string | null) => ({ kind: 'later', reason, wait: 10 * MINUTE }) as const;
  const off = (order: PaidOrder, reason: string | null, now = NOON) =>
    putOff(order, one(order) as RequestedRefund, notNow(reason), now);

  it('is put off until WeChat wants to be asked again, and says why', () => {
    const { order } = off(requested(), 'NOTENOUGH');
    const later10 = later(NOON, 10 * MINUTE);
    expect(turnOf(order)).toMatchObject({ refund: { trouble: 'NOTENOUGH' }, at: later10 });
    expect(order.watch.dueAt).toEqual(later10);
  });

  it('is told to be put off once for each new reason', () => {
    const first = off(requested(), 'NOTENOUGH');
    expect(first.events).toMatchObject([
      { happening: { type: 'refund.requested', outRefundNo: 'refund-0001', amount: 100, reason: 'NOTENOUGH' } },
    ]);
    expect(first.order.sequence).toBe(requested().sequence + 1);
    const again = off(first.order, 'NOTENOUGH', later(NOON, HOUR));
    expect(again.events).toEqual([]);
    expect(again.order.watch.dueAt).toEqual(later(NOON, HOUR + 10 * MINUTE));
    expect(off(again.order, 'FREQUENCY_LIMITED').events).toMatchObject([
      { happening: { reason: 'FREQUENCY_LIMITED' } },
    ]);
  });

  it('keeps its reason while WeChat is not even asked', () => {
    const waiting = off(requested(), 'NOTENOUGH').order;
    const { order, events } = off(waiting, null);
    expect(events).toEqual([]);
    expect(one(order)).toMatchObject({ trouble: 'NOTENOUGH' });
    expect(off(order, 'NOTENOUGH').events).toEqual([]);
    expect(off(requested(), null).events).toEqual([]);
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
    expect(nextLookAtRefund(one(withRefund(state)), 0, NOON)).toBeNull();
  });

  it('over one that WeChat took on after weeks of waiting lasts a month from then', () => {
    const later40 = later(NOON, 40 * DAY);
    const waited = askedFor(requested(), one(requested()) as RequestedRefund, later40);
    const { order } = acceptRefund(waited, one(waited) as RequestedRefund, '5000', later40);
    expect(order.watch.dueAt).toEqual(later(later40, MINUTE));
    expect(nextLookAtRefund(one(order), 9, later(later40, 30 * DAY))).not.toBeNull();
    expect(nextLookAtRefund(one(order), 9, later(later40, 30 * DAY + 1))).toBeNull();
  });

  it('over one that WeChat could not do and did not take on has no end', () => {
    const { order } = { order: withRefund('abnormal') };
    expect(nextLookAtRefund(one(order), 99, later(NOON, 90 * DAY))).toEqual(later(NOON, 91 * DAY));
  });

  it('takes one look on a hint, and none after it where nothing is open', () => {
    const hinted: PaidOrder = { ...paidOrder(), watch: { dueAt: NOON, looks: 0, lookedAt: null } };
    expect(lookedForRefunds(hinted, NOON).watch).toEqual({ dueAt: null, looks: 1, lookedAt: NOON });
  });
});

describe('a refund that WeChat could not do', () => {
  const abnormal = () => withRefund('abnormal');
  const afterwards = (time: number) => ({ now: later(NOON, time) });

  it('keeps its amount for a day, and comes to nothing when WeChat does not know it then', () => {
    const before = abnormal();
    expect(heedRefunds(before, [], afterwards(DAY - 1))).toEqual({ order: before, events: [] });
    const { order, events } = heedRefunds(before, [], afterwards(DAY));
    expect(one(order)).toMatchObject({
      state: 'closed',
      closedAt: later(NOON, DAY),
      trouble: 'USER_ACCOUNT_ABNORMAL',
      dueAt: null,
    });
    expect(reservedTotal(order.refunds)).toBe(0);
    expect(order.watch.dueAt).toBeNull();
    const { sequence } = before;
    expect(events).toMatchObject([
      { sequence: sequence + 1, happening: { type: 'refund.closed', reason: 'USER_ACCOUNT_ABNORMAL' } },
    ]);
  });

  it('gives its amount to another one, and its number to none', () => {
    const { order } = heedRefunds(abnormal(), [], afterwards(DAY));
    expect(() => requestRefund(order, wish(1), NOON)).toThrow(OutRefundNoTaken);
    expect(() => requestRefund(order, wish(TOTAL, 'refund-0002'), NOON)).not.toThrow();
  });

  it('lives on where WeChat knows it after all, and where it took it on before', () => {
    const known = heedRefunds(abnormal(), [report('abnormal')], afterwards(DAY));
    expect(one(known.order)).toMatchObject({ state: 'abnormal' });
    const taken = heedRefund(withRefund('processing'), report('abnormal'), { now: NOON }).order;
    expect(one(taken)).toMatchObject({ state: 'abnormal', refundId: expect.any(String) });
    expect(heedRefunds(taken, [], afterwards(9 * DAY)).events).toEqual([]);
  });

  it('that came to nothing and went through nevertheless is a surprise that is told', () => {
    const { order } = heedRefunds(abnormal(), [], afterwards(DAY));
    const { refundId } = report('succeeded');
    expect(heedRefunds(order, [report('succeeded')], afterwards(2 * DAY)).events).toMatchObject([
      { happening: { type: 'refund.succeeded' } },
      { happening: { kind: 'refund-revived', transactionId: order.payment.transactionId, refundId } },
    ]);
  });

  it('is out of the way of one that a person made in its stead at the console', () => {
    const whole = markAbnormal(requested(TOTAL), one(requested(TOTAL)) as RequestedRefund, 'TRADE_OVERDUE', NOON).order;
    const outside = report('succeeded', { outRefundNo: 'console-1' as OutRefundNo, amount: TOTAL });
    const told = heedRefunds(whole, [outside], afterwards(DAY)).events.map(({ happening }) =>
      'kind' in happening ? happening.kind : happening.type,
    );
    expect(told).toEqual(['refund.closed', 'refund.succeeded', 'refund-outside']);
  });
});

describe('anomalies of refunds', () => {
  it('name the payment and the refund each by its own number, and are told once for each refund', () => {
    const outside = (n: number) =>
      report('succeeded', { outRefundNo: `console-${n}` as OutRefundNo, refundId: `5000${n}`, amount: 10 });
    const { order, events } = heedRefunds(paidOrder(), [outside(1), outside(2)], { now: NOON });
    const { transactionId } = order.payment;
    expect(events.flatMap(({ happening }) => ('kind' in happening ? [happening] : []))).toEqual([
      { type: 'anomaly.raised', kind: 'refund-outside', transactionId, refundId: '50001' },
      { type: 'anomaly.raised', kind: 'refund-outside', transactionId, refundId: '50002' },
    ]);
    // What an earlier version has written down as told is not told again.
    expect(order.anomalies.slice(-2)).toEqual(['refund-outside:50001', 'refund-outside:50002']);
  });
});

describe('late money', () => {
  const closed = stepsTo('closed').at(-1)!.order;
  const sentBack: LatePayment = { refundAs: () => 'fresh-0001' as OutRefundNo };
  const late = {
    ...samplePayment(),
    appid: APPID,
    mchid: MCHID,
    outTradeNo: closed.id,
    total: TOTAL,
    currency: 'CNY',
  };

  it('is kept and told where it is accepted, and sent back in the same step where it is refunded', () => {
    const receive = (latePayment: LatePayment) =>
      receivePayment(closed, late, { now: NOON }, { latePayment, isTaken: false });
    const [accepted, refunded] = [receive('accept'), receive(sentBack)];
    expect(accepted).toMatchObject({ kind: 'paid', step: { order: { late: true, refunds: [] } } });
    expect(refunded).toMatchObject({
      kind: 'paid',
      step: {
        order: {
          late: true,
          refunds: [{ id: 'fresh-0001', state: 'requested', amount: TOTAL, origin: 'late-payment' }],
        },
      },
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
      { latePayment: sentBack, isTaken: false },
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
    const notNow = { kind: 'later', reason: 'NO', wait: 1 } as const;
    const nonsense = () => {
      // @ts-expect-error it was accepted
      acceptRefund(order, processing, '5000', NOON);
      // @ts-expect-error the money is there
      refuseRefund(order, succeeded, 'NO', NOON);
      // @ts-expect-error it came to nothing
      askedFor(order, closed, NOON);
      // @ts-expect-error a person has to act
      putOff(order, abnormal, notNow, NOON);
      // @ts-expect-error nothing was paid that could be refunded
      requestRefund(stepsTo('prepaid').at(-1)!.order, wish(1), NOON);
      // @ts-expect-error it is paid
      pay(order, samplePayment(), { now: NOON });
    };
    expect(nonsense).toBeTypeOf('function');
  });
});
