import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen, MOST_FEN } from '../../src/domain/order/fen.ts';
import { ExpiresTooLate, ExpiresTooSoon, OrderNotFound } from '../../src/domain/order/order-refusals.ts';
import {
  beginClose,
  beginPrepay,
  close,
  fail,
  pay,
  place,
  prepayAgain,
  raise,
  type Step,
  takeTicket,
} from '../../src/domain/order/order-steps.ts';
import { isAlive, isOthers, type Order, ORDER_STATES, type OrderState } from '../../src/domain/order/order.ts';
import { newOutTradeNo, outTradeNo } from '../../src/domain/order/out-trade-no.ts';
import { PAY_APIS } from '../../src/domain/order/pay-api.ts';
import { mismatches, type PaymentReport } from '../../src/domain/order/payment-report.ts';
import { receivePayment } from '../../src/domain/order/receive-payment.ts';
import { TRADE_TYPES } from '../../src/domain/order/trade-type.ts';
import { askedAbout, leftAlone, lookedAt, wasJustLookedAt } from '../../src/domain/order/watch.ts';
import {
  APP_APPID,
  APPID,
  MCHID,
  NOON,
  PASSES,
  samplePayer,
  samplePayment,
  sampleTerms,
  stepsTo,
} from '../support/samples.ts';

function inState<State extends OrderState>(state: State): Extract<Order, { state: State }> {
  const { order } = stepsTo(state).at(-1)!;
  if (order.state !== state) throw new Error('another state');
  return order as Extract<Order, { state: State }>;
}

const MANNER = { api: 'v2', appid: APPID, tradeType: 'JSAPI', payer: samplePayer(), clientIp: '203.0.113.7' } as const;
const TICKET = { pass: PASSES.JSAPI, expiresAt: later(NOON, 2 * HOUR) };

/** Every step there is, and where it leads from each state; `never` is what does not compile. */
const STEPS: Record<string, Record<OrderState, OrderState | 'never'>> = {
  beginPrepay: {
    created: 'prepaying',
    prepaying: 'never',
    prepaid: 'never',
    closing: 'never',
    closed: 'never',
    failed: 'never',
    paid: 'never',
  },
  prepayAgain: {
    created: 'never',
    prepaying: 'never',
    prepaid: 'prepaying',
    closing: 'never',
    closed: 'never',
    failed: 'never',
    paid: 'never',
  },
  takeTicket: {
    created: 'never',
    prepaying: 'prepaid',
    prepaid: 'never',
    closing: 'never',
    closed: 'never',
    failed: 'never',
    paid: 'never',
  },
  fail: {
    created: 'never',
    prepaying: 'failed',
    prepaid: 'never',
    closing: 'never',
    closed: 'never',
    failed: 'never',
    paid: 'never',
  },
  beginClose: {
    created: 'never',
    prepaying: 'closing',
    prepaid: 'closing',
    closing: 'never',
    closed: 'never',
    failed: 'never',
    paid: 'never',
  },
  close: {
    created: 'closed',
    prepaying: 'closed',
    prepaid: 'closed',
    closing: 'closed',
    closed: 'never',
    failed: 'never',
    paid: 'never',
  },
  pay: {
    created: 'paid',
    prepaying: 'paid',
    prepaid: 'paid',
    closing: 'paid',
    closed: 'paid',
    failed: 'paid',
    paid: 'never',
  },
};

const TAKE: Record<string, (order: Order) => Step> = {
  beginPrepay: (order) => beginPrepay(order as never, MANNER, NOON),
  prepayAgain: (order) => prepayAgain(order as never, NOON),
  takeTicket: (order) => takeTicket(order as never, TICKET, NOON),
  fail: (order) => fail(order as never, 'NOAUTH', NOON),
  beginClose: (order) => beginClose(order as never, NOON),
  close: (order) => close(order as never, NOON),
  pay: (order) => pay(order as never, samplePayment(), { now: NOON }),
};

describe('the steps of an order', () => {
  const cells = Object.entries(STEPS).flatMap(([step, leads]) =>
    ORDER_STATES.flatMap((from) => (leads[from] === 'never' ? [] : [[step, from, leads[from]] as const])),
  );
  it.each(cells)(
    '%s leads from %s to %s, with its event and nothing of what was agreed on changed',
    (step, from, to) => {
      const before = inState(from);
      const { order, events } = TAKE[step]!(before);
      expect(order.state).toBe(to);
      for (const term of Object.keys(sampleTerms()) as (keyof Order)[]) expect(order[term]).toEqual(before[term]);
      expect(order.version).toBe(before.version);
      expect(order.sequence).toBe(before.sequence + events.length);
      expect(events.map(({ version }) => version)).toEqual(events.map(() => before.version + 1));
      expect(events[0]).toMatchObject({ sequence: before.sequence + 1, state: to, happening: { type: `order.${to}` } });
    },
  );

  it('that make no sense do not compile', () => {
    const [created, prepaying, prepaid] = [inState('created'), inState('prepaying'), inState('prepaid')];
    const [closing, closed, failed, paid] = [inState('closing'), inState('closed'), inState('failed'), inState('paid')];
    const nonsense = () => {
      // @ts-expect-error it is being put to WeChat already
      beginPrepay(prepaying, MANNER, NOON);
      // @ts-expect-error in what manner is settled
      beginPrepay(prepaid, MANNER, NOON);
      // @ts-expect-error closing
      beginPrepay(closing, MANNER, NOON);
      // @ts-expect-error closed
      beginPrepay(closed, MANNER, NOON);
      // @ts-expect-error failed
      beginPrepay(failed, MANNER, NOON);
      // @ts-expect-error paid
      beginPrepay(paid, MANNER, NOON);
      // @ts-expect-error nothing was said yet
      prepayAgain(created, NOON);
      // @ts-expect-error it is being put to WeChat already
      prepayAgain(prepaying, NOON);
      // @ts-expect-error closing
      prepayAgain(closing, NOON);
      // @ts-expect-error closed
      prepayAgain(closed, NOON);
      // @ts-expect-error failed
      prepayAgain(failed, NOON);
      // @ts-expect-error paid
      prepayAgain(paid, NOON);
      // @ts-expect-error WeChat was not asked
      takeTicket(created, TICKET, NOON);
      // @ts-expect-error it has one
      takeTicket(prepaid, TICKET, NOON);
      // @ts-expect-error closing
      takeTicket(closing, TICKET, NOON);
      // @ts-expect-error closed
      takeTicket(closed, TICKET, NOON);
      // @ts-expect-error failed
      takeTicket(failed, TICKET, NOON);
      // @ts-expect-error paid
      takeTicket(paid, TICKET, NOON);
      // @ts-expect-error WeChat was not asked
      fail(created, 'NOAUTH', NOON);
      // @ts-expect-error WeChat took it
      fail(prepaid, 'NOAUTH', NOON);
      // @ts-expect-error closing
      fail(closing, 'NOAUTH', NOON);
      // @ts-expect-error closed
      fail(closed, 'NOAUTH', NOON);
      // @ts-expect-error failed
      fail(failed, 'NOAUTH', NOON);
      // @ts-expect-error paid
      fail(paid, 'NOAUTH', NOON);
      // @ts-expect-error WeChat knows nothing of it: it is closed at once
      beginClose(created, NOON);
      // @ts-expect-error closing
      beginClose(closing, NOON);
      // @ts-expect-error closed
      beginClose(closed, NOON);
      // @ts-expect-error failed
      beginClose(failed, NOON);
      // @ts-expect-error paid
      beginClose(paid, NOON);
      // @ts-expect-error closed
      close(closed, NOON);
      // @ts-expect-error failed
      close(failed, NOON);
      // @ts-expect-error paid
      close(paid, NOON);
      // @ts-expect-error paid
      pay(paid, samplePayment(), { now: NOON });
    };
    const refused = Object.values(STEPS).flatMap((leads) => Object.values(leads).filter((to) => to === 'never'));
    expect(nonsense.toString().match(/NOON/g)).toHaveLength(refused.length);
  });

  it('take money from wherever the order is, and call it late where it was closed or failed', () => {
    for (const state of ORDER_STATES) {
      if (state === 'paid') continue;
      const { order, events } = pay(inState(state), samplePayment(), { now: NOON });
      const late = state === 'closed' || state === 'failed';
      expect({ state, late: order.late }).toEqual({ state, late });
      expect(events.map(({ happening }) => happening.type)).toEqual(
        late ? ['order.paid', 'anomaly.raised'] : ['order.paid'],
      );
    }
  });

  it('say the very same to WeChat when a ticket has run out', () => {
    const prepaid = inState('prepaid');
    const { order } = prepayAgain(prepaid, later(NOON, HOUR));
    expect(order.prepay).toEqual(prepaid.prepay);
    expect(order).toMatchObject({ api: prepaid.api, appid: prepaid.appid, payer: prepaid.payer });
  });

  it('settle how an order is paid when it is put to WeChat, but not who pays where that is known', () => {
    const manner = { ...MANNER, api: 'v3', appid: APP_APPID, tradeType: 'APP' } as const;
    const known = samplePayer({ openid: 'oKnown' as never });
    const [free, owned] = [null, known].map((payer) => place(sampleTerms(), payer, 'v2').order);
    const settled = {
      api: 'v3',
      appid: APP_APPID,
      prepay: { tradeType: 'APP', clientIp: '203.0.113.7', beganAt: NOON },
    };
    expect(beginPrepay(free!, manner, NOON).order).toMatchObject({ ...settled, payer: MANNER.payer });
    expect(beginPrepay(free!, { ...manner, payer: null }, NOON).order).toMatchObject({ ...settled, payer: null });
    expect(beginPrepay(owned!, manner, NOON).order).toMatchObject({ ...settled, payer: known });
  });

  it.each(TRADE_TYPES)('keep how an order is paid to its end: %s', (tradeType) => {
    for (const api of PAY_APIS) {
      for (const { order } of ORDER_STATES.flatMap((state) => stepsTo(state, { api, tradeType }).slice(1))) {
        expect(order).toMatchObject({ api, appid: tradeType === 'APP' ? APP_APPID : APPID });
        if ('prepay' in order) expect(order.prepay.tradeType).toBe(tradeType);
      }
    }
  });

  it('tell of an anomaly once', () => {
    const anomaly = { kind: 'amount-mismatch', transactionId: '4200' } as const;
    const first = raise(inState('prepaid'), anomaly, { now: NOON });
    expect(first.events).toHaveLength(1);
    expect(raise(first.order, anomaly, { now: NOON })).toEqual({ order: first.order, events: [] });
    expect(raise(first.order, { ...anomaly, transactionId: '4201' }, { now: NOON }).events).toHaveLength(1);
  });

  it('begin with an order that lives for more than a minute, and for seven days at most', () => {
    const placed = (life: number) => () => place(sampleTerms({ timeExpire: later(NOON, life) }), null, 'v2');
    expect(placed(MINUTE)).toThrow(ExpiresTooSoon);
    expect(placed(MINUTE + 1)).not.toThrow();
    expect(placed(7 * DAY)).not.toThrow();
    expect(placed(7 * DAY + 1)).toThrow(ExpiresTooLate);
  });
});

describe('a report of a payment', () => {
  const RULES = { latePayment: 'accept', isTaken: false } as const;
  const prepaid = inState('prepaid');
  const report = (differences: Partial<PaymentReport> = {}): PaymentReport => ({
    ...samplePayment({ payer: samplePayer().openid }),
    appid: APPID,
    mchid: MCHID,
    outTradeNo: prepaid.id,
    total: prepaid.amount.total,
    currency: 'CNY',
    ...differences,
  });

  it.each([
    ['amount-mismatch', { total: 887 }],
    ['amount-mismatch', { total: 889 }],
    ['currency-mismatch', { currency: 'USD' }],
    ['appid-mismatch', { appid: 'wx0000000000000000' }],
    ['mchid-mismatch', { mchid: '1900000108' }],
    ['order-mismatch', { outTradeNo: 'another-order' }],
    ['payer-mismatch', { payer: 'oAnother' as never }],
  ])('raises %s for %j, pays nothing and has WeChat asked', (kind, differences) => {
    const occasion = { now: later(NOON, 3 * SECOND), notice: { headers: [], body: '' } };
    const receipt = receivePayment(prepaid, report(differences), occasion, RULES);
    expect(receipt).toMatchObject({ kind: 'mismatch', anomalies: [{ kind }] });
    expect(receipt.kind === 'mismatch' && receipt.step?.order).toMatchObject({
      state: 'prepaid',
      watch: { dueAt: later(NOON, 3 * SECOND) },
    });
  });

  it('has WeChat asked again on a repeat, once a minute', () => {
    const notice = { headers: [], body: '' };
    const first = receivePayment(prepaid, report({ total: 1, transactionId: '4200' }), { now: NOON, notice }, RULES);
    const told = first.kind === 'mismatch' ? first.step!.order : prepaid;
    const looked = { ...told, watch: { ...told.watch, dueAt: later(NOON, HOUR), lookedAt: NOON } };
    const repeat = (now: Date) =>
      receivePayment(looked, report({ total: 1, transactionId: '4200' }), { now, notice }, RULES);
    expect(repeat(later(NOON, MINUTE - 1))).toMatchObject({ step: undefined });
    expect(repeat(later(NOON, MINUTE))).toMatchObject({
      step: { order: { watch: { dueAt: later(NOON, MINUTE) } }, events: [] },
    });
  });

  it('makes who paid the payer of an order that has none', () => {
    const placed = place(sampleTerms({ id: prepaid.id }), null, 'v2').order;
    const receipt = receivePayment(placed, report(), { now: NOON }, RULES);
    expect(receipt).toMatchObject({ step: { order: { payer: { openid: report().payer, accountId: null } } } });
  });

  it('that comes again is known', () => {
    const first = receivePayment(prepaid, report({ transactionId: '42001' }), { now: NOON }, RULES);
    if (first.kind !== 'paid') throw new Error(first.kind);
    const again = receivePayment(first.step.order, report({ transactionId: '42001' }), { now: NOON }, RULES);
    expect(again).toEqual({ kind: 'duplicate' });
    const another = receivePayment(first.step.order, report({ transactionId: '42002' }), { now: NOON }, RULES);
    expect(another).toMatchObject({ kind: 'mismatch', anomalies: [{ kind: 'second-payment' }] });
  });

  it('that has paid another order pays nothing', () => {
    const receipt = receivePayment(prepaid, report(), { now: NOON }, { ...RULES, isTaken: true });
    expect(receipt).toMatchObject({ kind: 'mismatch', anomalies: [{ kind: 'transaction-taken' }] });
  });

  it('may leave the payer out, and may name any where the order has none', () => {
    expect(mismatches(prepaid, report({ payer: null }))).toEqual([]);
    const [placed] = [place(sampleTerms({ id: prepaid.id }), null, 'v2')];
    expect(mismatches(placed.order, report())).toEqual([]);
  });
});

describe('the watch over an order', () => {
  it('looks ten times at most at an order that nobody pays, and the last time when its time is over', () => {
    let order: Order = inState('prepaid');
    const looks: number[] = [];
    while (order.watch.dueAt && order.watch.dueAt < order.timeExpire) {
      looks.push(order.watch.dueAt.getTime() - NOON.getTime());
      order = lookedAt(order, order.watch.dueAt);
    }
    expect(order.watch.dueAt).toEqual(order.timeExpire);
    expect(looks.length).toBeLessThan(10);
    const waits = looks.map((at, place) => at - (looks[place - 1] ?? 2 * SECOND)).map((wait) => wait / SECOND);
    expect(waits).toEqual([15, 30, 60, 120, 180, 300, 600, 1_800, 1_800]);
  });

  it.each(['prepaying', 'closing'] as const)('comes back soon to one that is %s, and never gives up', (state) => {
    let order: Order = inState(state);
    let at = order.watch.dueAt!;
    expect(at.getTime() - NOON.getTime()).toBeLessThanOrEqual(10 * SECOND);
    for (let look = 0; look < 50; look += 1) {
      order = lookedAt(order, at);
      expect(order.watch.dueAt!.getTime()).toBeGreaterThan(at.getTime());
      expect(order.watch.dueAt!.getTime() - at.getTime()).toBeLessThanOrEqual(DAY);
      at = order.watch.dueAt!;
    }
  });

  it.each(['closed', 'failed', 'paid'] as const)('ends with one that is %s', (state) => {
    expect(inState(state).watch.dueAt).toBeNull();
  });

  it.each(['closed', 'failed'] as const)(
    'goes on with one that is %s and is asked about, until WeChat has said',
    (state) => {
      const asked = { ...inState(state), watch: { dueAt: NOON, looks: 0, lookedAt: null } };
      expect(lookedAt(asked, NOON).watch.dueAt).toEqual(later(NOON, 30 * SECOND));
      expect(leftAlone(asked).watch.dueAt).toBeNull();
    },
  );

  it('looks soon at one that somebody says is paid, and not later than it would have', () => {
    const waiting = { ...inState('prepaid'), watch: { dueAt: later(NOON, HOUR), looks: 8, lookedAt: null } };
    expect(askedAbout(waiting, NOON).watch).toEqual({ dueAt: later(NOON, 15 * SECOND), looks: 8, lookedAt: NOON });
    const sooner = { ...waiting, watch: { ...waiting.watch, dueAt: later(NOON, SECOND) } };
    expect(askedAbout(sooner, NOON).watch.dueAt).toEqual(later(NOON, SECOND));
  });

  it('waits for the end of one that nobody has come to pay', () => {
    expect(inState('created').watch.dueAt).toEqual(inState('created').timeExpire);
  });

  it('asks WeChat every three seconds at most, however often somebody says to have paid', () => {
    const order = lookedAt(inState('prepaid'), NOON);
    expect(wasJustLookedAt(order, later(NOON, 3 * SECOND - 1))).toBe(true);
    expect(wasJustLookedAt(order, later(NOON, 3 * SECOND))).toBe(false);
    expect(wasJustLookedAt(order, later(NOON, -DAY)), 'when the clock was ahead').toBe(false);
  });
});

describe('an amount', () => {
  it('is whole fen from 1 to 1,000,000,000, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.integer({ min: -5, max: 5 })), (value) => {
        const good = Number.isInteger(value) && value >= 1 && value <= MOST_FEN;
        if (good) expect(fen(value)).toBe(value);
        else expect(() => fen(value)).toThrow(RangeError);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('an out_trade_no', () => {
  it('of ours is 32 characters that WeChat takes', () => {
    const ids = { next: () => '01234567-89ab-4def-8123-456789abcdef' };
    expect(newOutTradeNo(ids)).toBe('0123456789ab4def8123456789abcdef');
  });

  it.each(['12345', 'x'.repeat(33), 'a b c d', 'order/1', '订单号一二三', 'abcdef\n', "a'or'1", ''])(
    'cannot be %j, and is not looked for',
    (text) => expect(() => outTradeNo(text)).toThrow(OrderNotFound),
  );
});

describe('who may see an order', () => {
  const payer = { appid: APPID, openid: samplePayer().openid };

  it('is its payer, once it has one, in the same app', () => {
    expect(isOthers(inState('prepaid'), payer)).toBe(false);
    expect(isOthers(inState('prepaid'), { ...payer, openid: 'oAnother' as never })).toBe(true);
    expect(isOthers(inState('prepaid'), { ...payer, appid: 'wxAnother' as never })).toBe(true);
    const free = place(sampleTerms(), null, 'v2').order;
    expect(isOthers(free, { ...payer, openid: 'oAnother' as never })).toBe(false);
    expect(isOthers(free, { appid: 'wxAnother' as never, openid: payer.openid })).toBe(true);
  });
});

describe('a ticket', () => {
  const prepaid = inState('prepaid');
  const long = { ...prepaid, timeExpire: later(NOON, DAY) };
  const { expiresAt } = prepaid.ticket;

  it('is handed out while it lives for five minutes yet', () => {
    expect(isAlive(long, later(expiresAt, -5 * MINUTE - 1))).toBe(true);
    expect(isAlive(long, later(expiresAt, -5 * MINUTE))).toBe(false);
  });

  it('of a page is handed out while it lives for a minute yet', () => {
    const page = { ...long, prepay: { ...long.prepay, tradeType: 'H5' } } as const;
    expect(isAlive(page, later(expiresAt, -MINUTE - 1))).toBe(true);
    expect(isAlive(page, later(expiresAt, -MINUTE))).toBe(false);
  });

  it('is handed out to the end where its order ends before it', () => {
    const short = { ...prepaid, timeExpire: later(NOON, HOUR) };
    expect(isAlive(short, later(NOON, HOUR - 1))).toBe(true);
    expect(isAlive(short, later(NOON, HOUR))).toBe(false);
  });

  it('that the payer may still hold goes along, into a new beginning and into a closing', () => {
    const again = prepayAgain(prepaid, NOON).order;
    expect(again.ticket).toEqual(prepaid.ticket);
    expect(beginClose(again, NOON).order.ticket).toEqual(prepaid.ticket);
    expect(beginClose(prepaid, NOON).order.ticket).toEqual(prepaid.ticket);
    expect(inState('prepaying').ticket).toBeNull();
  });
});
