import { describe, expect, it } from 'vitest';
import { FindReconciliation } from '../../src/application/find-reconciliation.ts';
import { LookAtOrder } from '../../src/application/look-at-order.ts';
import { LookForRefunds } from '../../src/application/look-for-refunds.ts';
import { ReadBill } from '../../src/application/read-bill.ts';
import { ReconcileDay } from '../../src/application/reconcile-day.ts';
import { ReconcileYesterday } from '../../src/application/reconcile-yesterday.ts';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Anomaly } from '../../src/domain/order/anomaly.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { MchId, Order, OrderState, PaidOrder, PrepayingOrder } from '../../src/domain/order/order.ts';
import type { OutTradeNo } from '../../src/domain/order/out-trade-no.ts';
import type { OutRefundNo, Refund } from '../../src/domain/order/refund.ts';
import { requestRefund } from '../../src/domain/order/refund-steps.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { TradeRow } from '../../src/domain/statement/bill.ts';
import { type Day, dayAfter, dayBefore, dayOf, endOf, startOf } from '../../src/domain/statement/day.ts';
import type { ReconciliationRepository } from '../../src/domain/statement/reconciliation-repository.ts';
import { MOST_DIFFERENCES_KEPT, MOST_FAILURES } from '../../src/domain/statement/reconciliation.ts';
import { BillGone, BillNotReady } from '../../src/domain/statement/statement-refusals.ts';
import { describeOn } from '../support/backends.ts';
import { FakePaymentGateway } from '../support/fake-payment-gateway.ts';
import { FakeStatements, sampleTradeRow } from '../support/fake-statements.ts';
import { APP_APPID, NOON, samplePayment, sampleWish, stepsTo } from '../support/samples.ts';
import { STORAGES, type Storage } from '../support/storages.ts';
import { TestClock } from '../support/test-clock.ts';

const YESTERDAY = dayBefore(dayOf(NOON));
const MEMORY = STORAGES[0]!;

async function counter(storage: Storage = MEMORY) {
  const { orders, events, reconciliations } = await storage.open();
  const clock = new TestClock();
  const [payments, statements] = [new FakePaymentGateway(clock), new FakeStatements()];
  const needs = { clock, events, orders, payments, reconciliations, latePayment: 'accept' } as const;
  const lookAtOrder = new LookAtOrder(needs);
  const lookForRefunds = new LookForRefunds(needs);
  const readBill = new ReadBill({ statements, clock });
  const reconcile = (others: Partial<typeof needs> = {}) =>
    new ReconcileDay({ ...needs, lookAtOrder, lookForRefunds, readBill, ...others });
  const bill = (...rows: TradeRow[]) => statements.trades.set(YESTERDAY, rows);
  let serial = 0;

  /** An order that WeChat knows, with the payment that WeChat has of it; it stands here in the state. */
  async function order(state: OrderState, { total = 888, paidAt = later(startOf(YESTERDAY), HOUR) } = {}) {
    serial += 1;
    const id = `order-${String(serial).padStart(6, '0')}` as OutTradeNo;
    const steps = stepsTo('paid', { terms: { id, amount: { total: fen(total), currency: 'CNY' } } });
    await payments.prepay(steps[1]!.order as PrepayingOrder);
    const payment = samplePayment({ paidAt });
    const report = payments.payAt(id, payment);
    const here = stepsTo(state, { terms: steps[0].order, payment: { ...payment, payer: report.payer } });
    await orders.restore([{ ...here.at(-1)!.order, id }]);
    return {
      order: (await orders.find(id))!,
      row: rowOf(id, payment.transactionId, { total, settlementTotal: total }),
    };
  }

  const paid = async (wish = {}) => {
    const { order: made, row } = await order('paid', wish);
    return { order: made as PaidOrder, row };
  };
  /** The order with one more refund of 3 yuan, which was asked for and succeeded here at that time. */
  async function refunded(order: PaidOrder, id: string, at: Date, differences: Partial<Refund> = {}) {
    const made = requestRefund(order, sampleWish({ id: id as OutRefundNo, amount: fen(300) }), at).order.refunds.at(
      -1,
    )!;
    const succeeded = { state: 'succeeded', refundId: `5030${id}`, askedAt: at, succeededAt: at, dueAt: null };
    const whole = { ...order, refunds: [...order.refunds, { ...made, ...succeeded, ...differences } as Refund] };
    await orders.restore([whole]);
    return whole;
  }
  const found = async ({ id }: Order) => (await orders.find(id))!;
  /** All anomalies there were, in the order in which they were told. */
  const told = async (): Promise<[orderId: string, anomaly: Anomaly][]> =>
    (await events.page('', 10_000)).flatMap(({ event: { orderId, happening } }) => {
      if (happening.type !== 'anomaly.raised') return [];
      const { type: _type, ...anomaly } = happening;
      return [[orderId, anomaly]];
    });
  const anomalies = async (asked: Order) => (await found(asked)).anomalies.map((key) => key.split(':')[0]);
  return { ...needs, anomalies, bill, found, order, paid, readBill, reconcile, refunded, statements, told };
}

const rowOf = (id: string, transactionId: string, differences: Partial<TradeRow> = {}): TradeRow =>
  sampleTradeRow({ outTradeNo: id, transactionId, ...differences });

const refundRow = (row: TradeRow, outRefundNo: string, refundAmount: number, refundState = 'SUCCESS'): TradeRow => ({
  ...row,
  total: null,
  settlementTotal: 0,
  tradeState: 'REFUND',
  refundId: `5030${outRefundNo}`,
  outRefundNo,
  refundAmount,
  refundState,
});

/** One after the other: a storage under test may have to share its machine. */
async function many<Made>(count: number, make: () => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  while (made.length < count) made.push(await make());
  return made;
}

describeOn('the comparison of a day', STORAGES, (storage) => {
  const size = storage.name === 'memory' ? 3_000 : 150;

  it('heals what was lost and lists what nobody can heal', { timeout: 60_000 }, async () => {
    const shop = await counter(storage);
    const { anomalies, bill, events, found, order, orders, paid, payments, reconcile } = shop;
    const ordinary = await many(size, () => paid());
    const lost = await many(10, () => order('prepaid'));
    const closed = await order('closed');
    const console_ = await Promise.all([paid(), paid(), paid()]);
    const refunds = console_.map(({ order: { id }, row }) => refundRow(row, payments.refundAtConsole(id, 300), 300));
    for (const { outRefundNo } of refunds) payments.settleRefundAt(outRefundNo!, 'succeeded');
    const altered = await paid({ total: 1_000 });
    const amount = { total: fen(900), currency: 'CNY' } as const;
    await orders.restore([{ ...altered.order, amount }]);
    const unknown = rowOf('lost-with-the-disk', '4200009999');
    const foreign = rowOf('somebody-elses', '4200009998', { appid: 'wxanother' });
    const phantom = await paid();
    bill(...[...ordinary, ...lost, closed, ...console_, altered].map(({ row }) => row), ...refunds, unknown, foreign);

    const done = (await reconcile().execute(YESTERDAY))!;

    expect(done).toMatchObject({ state: 'done', matched: size + 3, compared: size + 20, finishedAt: NOON });
    expect(done.differenceCount).toBe(done.differences.length);
    const kinds = done.differences.map(({ kind, outTradeNo, healed }) => [kind, outTradeNo, healed]);
    expect(kinds).toEqual([
      ...[...lost, closed].map(({ row }) => ['paid-there-only', row.outTradeNo, true]),
      ['amount-differs', altered.order.id, false],
      ...refunds.map(({ outTradeNo }) => ['refund-there-only', outTradeNo, true]),
      ['unknown-order', 'lost-with-the-disk', false],
      ['paid-here-only', phantom.order.id, false],
    ]);
    for (const { order: healed } of [...lost, closed]) expect(await found(healed)).toMatchObject({ state: 'paid' });
    for (const {
      order: { id },
    } of console_) {
      expect(await orders.find(id)).toMatchObject({
        refunds: [{ state: 'succeeded', amount: 300, origin: 'outside' }],
      });
    }
    expect(await anomalies(altered.order)).toContain('amount-mismatch');
    const told = (await events.page('', 1_000)).map(({ event }) => event);
    expect(told).toContainEqual(
      expect.objectContaining({
        orderId: 'lost-with-the-disk',
        happening: { type: 'anomaly.raised', kind: 'unknown-order', transactionId: '4200009999' },
      }),
    );
    const amounts = done.differences.find(({ kind }) => kind === 'amount-differs');
    expect(amounts).toMatchObject({ there: 1_000, here: 900, transactionId: altered.row.transactionId });
    expect(await reconcile().execute(YESTERDAY)).toEqual(done);
    expect(shop.statements.asked.filter((asked) => asked.startsWith(YESTERDAY))).toHaveLength(1);
  });

  it('finds a refund of the console where WeChat tells only of those that are named', async () => {
    const { bill, found, paid, payments, reconcile } = await counter(storage);
    payments.listsRefunds = false;
    const { order, row } = await paid();
    const number = payments.refundAtConsole(order.id, 300);
    payments.settleRefundAt(number, 'succeeded');
    bill(row, refundRow(row, number, 300));
    expect((await reconcile().execute(YESTERDAY))!.differences).toMatchObject([
      { kind: 'refund-there-only', outRefundNo: number, healed: true },
    ]);
    expect(await found(order)).toMatchObject({ refunds: [{ id: number, state: 'succeeded', origin: 'outside' }] });
  });

  it('misses what was paid in our app, and nothing of what was paid in another', async () => {
    const { bill, payments, reconcile } = await counter(storage);
    const inApp = rowOf('lost-with-the-disk', '4200009997', { appid: APP_APPID, tradeType: 'APP' });
    bill(inApp, rowOf('somebody-elses', '4200009998', { appid: 'wxanother', tradeType: 'APP' }));
    expect(payments.appAppid).toBe(APP_APPID);
    expect((await reconcile().execute(YESTERDAY))!.differences).toMatchObject([
      { kind: 'unknown-order', outTradeNo: 'lost-with-the-disk' },
    ]);
  });

  it('is made by one of two who begin at once', async () => {
    const { bill, paid, reconcile, statements } = await counter(storage);
    bill((await paid()).row, (await paid()).row);
    statements.beforeRow = () => new Promise((resolve) => setTimeout(resolve, 50));
    const [one, other] = await Promise.all([reconcile().execute(YESTERDAY), reconcile().execute(YESTERDAY)]);
    expect([one, other].filter((outcome) => outcome?.state === 'done')).toHaveLength(1);
    expect([one, other]).toContain(undefined);
    expect(statements.asked).toHaveLength(1);
  });

  it('goes on behind what was compared when it was interrupted', { timeout: 60_000 }, async () => {
    const { bill, clock, order, paid, payments, reconcile, reconciliations, statements } = await counter(storage);
    const before = await many(60, () => paid());
    const lost = await order('prepaid');
    const missing = await paid();
    bill(...before.map(({ row }) => row), lost.row);
    statements.breaksAfter = 45;
    statements.breaksWith = new Outage('wechat-timeout', 'WeChat Pay did not answer in time.');
    // Time passes while rows are read, so that they are saved.
    statements.beforeRow = () => clock.pass(4 * SECOND);
    await expect(reconcile().execute(YESTERDAY)).rejects.toThrow(Outage);
    expect(await reconciliations.find(YESTERDAY)).toMatchObject({ state: 'running', compared: 40, matched: 40 });
    expect(payments.calls.query).toBe(0);

    const done = await reconcile().execute(YESTERDAY);
    expect(done).toMatchObject({ state: 'done', compared: 61, matched: 60, differenceCount: 2 });
    expect(done?.differences.map(({ kind, outTradeNo }) => [kind, outTradeNo])).toEqual([
      ['paid-there-only', lost.order.id],
      ['paid-here-only', missing.order.id],
    ]);
  });

  it('is taken over from whoever has not been heard of for some minutes, and not before', async () => {
    const { bill, clock, paid, reconcile, reconciliations, statements } = await counter(storage);
    bill(...(await many(30, () => paid())).map(({ row }) => row));
    const asleep = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    statements.beforeRow = (place) => {
      if (place !== 25) return undefined;
      reached.resolve();
      return asleep.promise;
    };
    const sleeper = reconcile().execute(YESTERDAY);
    await reached.promise;
    statements.beforeRow = () => {};
    clock.pass(4 * MINUTE);
    expect(await reconcile().execute(YESTERDAY)).toBeUndefined();
    clock.pass(MINUTE);
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ state: 'done', matched: 30 });
    const kept = await reconciliations.find(YESTERDAY);
    asleep.resolve();
    expect(await sleeper).toBeUndefined();
    expect(await reconciliations.find(YESTERDAY)).toEqual(kept);
  });
});

describe('the comparison of a day', () => {
  it('finds paid what a backup of the day before knows nothing of', async () => {
    const { bill, found, order, orders, payments, paid, reconcile } = await counter();
    const rows: TradeRow[] = [];
    const before: Order[] = [];
    for (const state of ['created', 'prepaying', 'prepaid', 'closing', 'closed', 'failed'] as const) {
      for (let n = 0; n < 5; n += 1) {
        const made = await order(state);
        before.push(made.order);
        rows.push(made.row);
      }
    }
    const refunded = await paid();
    const outRefundNo = payments.refundAtConsole(refunded.order.id, 888);
    rows.push(refunded.row, refundRow(refunded.row, outRefundNo, 888, 'PROCESSING'));
    bill(...rows, rowOf('made-after-the-backup', '4200000777'));
    const size = await orders.size();

    const done = (await reconcile().execute(YESTERDAY))!;
    for (const order of before) expect(await found(order)).toMatchObject({ state: 'paid' });
    expect(done.differences.filter(({ healed }) => !healed)).toMatchObject([
      { kind: 'unknown-order', outTradeNo: 'made-after-the-backup', there: 888, here: null },
    ]);
    expect(done.differenceCount).toBe(before.length + 2);
    expect(await orders.size()).toBe(size);
  });

  it('looks for what was paid around midnight in the bills around it', async () => {
    const { bill, paid, payments, reconcile, statements } = await counter();
    const early = await paid({ paidAt: startOf(YESTERDAY) });
    const late = await paid({ paidAt: later(endOf(YESTERDAY), -SECOND) });
    const nowhere = await paid({ paidAt: later(endOf(YESTERDAY), -2 * HOUR) });
    statements.trades.set(dayBefore(YESTERDAY), [early.row]);
    bill();
    const done = (await reconcile().execute(YESTERDAY))!;
    // Of the last one there is no bill yet: WeChat was asked about it, and about no other.
    expect(payments.calls.query).toBe(1);
    expect(done.differences.map(({ outTradeNo }) => outTradeNo)).toEqual([nowhere.order.id]);
    expect(late.order.state).toBe('paid');
  });

  it('believes the bill of the day after where there is one', async () => {
    const { bill, clock, paid, payments, reconcile, statements } = await counter();
    const late = await paid({ paidAt: later(endOf(YESTERDAY), -SECOND) });
    const nowhere = await paid({ paidAt: later(endOf(YESTERDAY), -2 * SECOND) });
    bill();
    statements.trades.set(dayAfter(YESTERDAY), [late.row]);
    clock.pass(DAY);
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done.differences.map(({ outTradeNo }) => outTradeNo)).toEqual([nowhere.order.id]);
    expect(payments.calls.query).toBe(0);
  });

  it('takes a payment of tomorrow in the bill of today for what it is', async () => {
    const { bill, paid, reconcile } = await counter();
    bill((await paid({ paidAt: later(endOf(YESTERDAY), SECOND) })).row);
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ matched: 1, differenceCount: 0 });
  });

  it('tells of a second payment of one order', async () => {
    const { anomalies, bill, paid, reconcile } = await counter();
    const { order, row } = await paid();
    bill(row, { ...row, transactionId: '4200000777' });
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done.differences).toMatchObject([{ kind: 'paid-there-only', transactionId: '4200000777', healed: false }]);
    expect(await anomalies(order)).toEqual(['second-payment']);
  });

  it('tells of a payment that WeChat itself knows nothing of when it is asked', async () => {
    const { bill, orders, reconcile } = await counter();
    const { order } = stepsTo('prepaid').at(-1)!;
    await orders.restore([order]);
    bill(rowOf(order.id, '4200000777'));
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done.differences).toMatchObject([{ kind: 'paid-there-only', outTradeNo: order.id, healed: false }]);
    expect(await orders.find(order.id)).toMatchObject({ state: 'prepaid' });
  });

  it('compares refunds by their numbers, amounts and states', async () => {
    const { anomalies, bill, clock, orders, paid, reconcile } = await counter();
    const refundedBy = async (id: string, differences: Partial<Refund> = {}) => {
      const made = await paid();
      const wish = {
        id: id as Refund['id'],
        amount: fen(300),
        reason: null,
        origin: 'merchant',
        requestId: null,
      } as const;
      const { order } = requestRefund(made.order, wish, clock.now());
      const refund = { ...order.refunds[0]!, refundId: `5030${id}`, dueAt: null, ...differences } as Refund;
      await orders.restore([{ ...order, refunds: [refund] }]);
      return made;
    };
    const noonOfThatDay = later(NOON, -DAY);
    const processing = await refundedBy('processing', { state: 'processing' });
    const requested = await refundedBy('requested', { state: 'requested' });
    const closed = await refundedBy('closed', { state: 'closed', closedAt: NOON });
    const other = await refundedBy('other', { state: 'processing' });
    const missing = await refundedBy('missing', {
      state: 'succeeded',
      succeededAt: noonOfThatDay,
      askedAt: noonOfThatDay,
    });
    bill(
      ...[processing, requested, closed, other, missing].map(({ row }) => row),
      refundRow(processing.row, 'processing', 300, 'PROCESSING'),
      refundRow(requested.row, 'requested', 300),
      refundRow(closed.row, 'closed', 300),
      refundRow(other.row, 'other', 299),
    );
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done).toMatchObject({ matched: 6, differenceCount: 4 });
    expect(done.differences).toMatchObject([
      { kind: 'refund-there-only', outRefundNo: 'requested', healed: false, there: 300, here: 300 },
      { kind: 'refund-there-only', outRefundNo: 'closed', healed: false },
      { kind: 'refund-amount-differs', outRefundNo: 'other', there: 299, here: 300 },
      { kind: 'refund-here-only', outRefundNo: 'missing', there: null, here: 300 },
    ]);
    expect(await anomalies(other.order)).toContain('refund-mismatch');
  });

  it('stops where WeChat does not answer for now, and lets the next one go on at once', async () => {
    const { bill, order, payments, reconcile } = await counter();
    bill((await order('prepaid')).row);
    payments.failNext('query');
    await expect(reconcile().execute(YESTERDAY)).rejects.toMatchObject({ code: 'wechat-timeout' });
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ state: 'done', differences: [{ healed: true }] });
  });

  it('goes on where WeChat will not answer ever', async () => {
    const { bill, order, paid, payments, reconcile } = await counter();
    bill((await order('prepaid')).row, (await paid()).row);
    payments.failNext('query', 'before', { outage: new Outage('wechat-misconfigured', 'No.') });
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({
      matched: 1,
      differences: [{ kind: 'paid-there-only', healed: false }],
    });
  });

  it('keeps so many differences and counts all', async () => {
    const { bill, reconcile } = await counter();
    const count = MOST_DIFFERENCES_KEPT + 50;
    bill(...Array.from({ length: count }, (_, n) => rowOf(`unknown-${n}`, `4200${n}`)));
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done.differences).toHaveLength(MOST_DIFFERENCES_KEPT);
    expect(done.differenceCount).toBe(count);
  });

  it('keeps so many of what is missing in the bill, too, and counts all', async () => {
    const { orders, reconcile } = await counter();
    const count = MOST_DIFFERENCES_KEPT + 50;
    const paidAt = later(startOf(YESTERDAY), HOUR);
    const paid = Array.from({ length: count }, () => stepsTo('paid', { payment: samplePayment({ paidAt }) }).at(-1)!);
    await orders.restore(paid.map(({ order }) => order));
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done.differences).toHaveLength(MOST_DIFFERENCES_KEPT);
    expect(done.differenceCount).toBe(count);
  });

  it('misses nothing that was paid to another merchant number', async () => {
    const { orders, reconcile } = await counter();
    const payment = samplePayment({ paidAt: startOf(YESTERDAY) });
    const { order } = stepsTo('paid', { terms: { mchid: '1900000999' as MchId }, payment }).at(-1)!;
    await orders.restore([order]);
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ differenceCount: 0 });
  });

  it('knows an order by its payment, however its number is written', async () => {
    const { bill, paid, reconcile } = await counter();
    bill({ ...(await paid()).row, outTradeNo: 'a number/that cannot be' });
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ matched: 1, differenceCount: 0 });
  });

  it('tells how far it is', async () => {
    const { bill, reconcile } = await counter();
    bill(...Array.from({ length: 2_500 }, (_, n) => rowOf(`unknown-${n}`, `4200${n}`)));
    const progress: number[] = [];
    await reconcile().execute(YESTERDAY, { onProgress: ({ compared }) => progress.push(compared) });
    expect(progress).toEqual([1_000, 2_000, 2_500, 2_500]);
  });

  it('of a day without trades finds nothing', async () => {
    const { reconcile } = await counter();
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ state: 'done', matched: 0, differenceCount: 0 });
  });

  it.each([
    ['today', dayOf(NOON), BillNotReady],
    ['tomorrow', dayAfter(dayOf(NOON)), BillNotReady],
    ['four months ago', '2026-07-22' as Day, BillGone],
  ])('refuses %s, and keeps nothing of it', async (_when, day, refusal) => {
    const { reconcile, reconciliations, statements } = await counter();
    await expect(reconcile().execute(day)).rejects.toThrow(refusal);
    expect(await reconciliations.size()).toBe(0);
    expect(statements.asked).toEqual([]);
  });

  it('is found while it runs and afterwards, and not before', async () => {
    const { reconcile, reconciliations, statements } = await counter();
    const find = new FindReconciliation({ reconciliations });
    await expect(find.execute(YESTERDAY)).rejects.toMatchObject({ code: 'reconciliation-not-found' });
    statements.notReady.add(YESTERDAY);
    await expect(reconcile().execute(YESTERDAY)).rejects.toThrow(BillNotReady);
    expect(await find.execute(YESTERDAY)).toMatchObject({ state: 'running' });
    statements.notReady.clear();
    await reconcile().execute(YESTERDAY);
    expect(await find.execute(YESTERDAY)).toMatchObject({ state: 'done' });
  });
});

describeOn('the comparison of a day that is made again', STORAGES, (storage) => {
  it('finds what was mended meanwhile, and tells of nothing a second time', async () => {
    const { bill, clock, paid, reconcile, reconciliations, refunded, told } = await counter(storage);
    const noon = later(NOON, -DAY);
    const [missing, other] = [await paid(), await paid({ paidAt: later(NOON, -9 * DAY) })];
    await refunded(other.order, 'r-1', noon);
    bill();
    const first = (await reconcile().execute(YESTERDAY))!;
    const kinds = ({ differences }: typeof first) => differences.map(({ kind }) => kind);
    expect(kinds(first)).toEqual(['paid-here-only', 'refund-here-only']);
    const { transactionId } = missing.row;
    const anomalies = [
      [missing.order.id, { kind: 'missing-in-bill', transactionId }],
      [other.order.id, { kind: 'refund-missing-in-bill', transactionId: other.row.transactionId, refundId: '5030r-1' }],
    ];
    expect(await told()).toEqual(anomalies);

    clock.pass(HOUR);
    bill(missing.row);
    expect(await reconcile().execute(YESTERDAY)).toEqual(first);
    const second = (await reconcile().execute(YESTERDAY, { again: true }))!;
    expect(kinds(second)).toEqual(['refund-here-only']);
    expect(second).toMatchObject({ state: 'done', matched: 1, compared: 1, differenceCount: 1 });
    expect(second).toMatchObject({ startedAt: clock.now(), finishedAt: clock.now() });
    bill(missing.row, refundRow(other.row, 'r-1', 300));
    const third = (await reconcile().execute(YESTERDAY, { again: true }))!;
    expect(third).toMatchObject({ state: 'done', matched: 2, compared: 2, differenceCount: 0, differences: [] });
    expect(third.version).toBeGreaterThan(second.version);
    expect(await reconciliations.find(YESTERDAY)).toEqual(third);
    expect(await told()).toEqual(anomalies);
  });

  it('is made by one of two who begin it at once', async () => {
    const { bill, paid, reconcile, statements } = await counter(storage);
    bill((await paid()).row);
    await reconcile().execute(YESTERDAY);
    statements.beforeRow = () => new Promise((resolve) => setTimeout(resolve, 50));
    const manner = { again: true };
    const outcomes = await Promise.all([1, 2].map(() => reconcile().execute(YESTERDAY, manner)));
    expect(outcomes).toContain(undefined);
    expect(outcomes).toContainEqual(expect.objectContaining({ state: 'done', matched: 1 }));
    expect(statements.asked).toHaveLength(2);
  });
});

describe('the comparison of a day that is made again', () => {
  it('cannot be overwritten by whoever slept through the first one', async () => {
    const { bill, clock, paid, reconcile, reconciliations, statements } = await counter();
    bill((await paid()).row);
    const [asleep, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    statements.beforeRow = () => {
      reached.resolve();
      return asleep.promise;
    };
    const sleeper = reconcile().execute(YESTERDAY);
    await reached.promise;
    statements.beforeRow = () => {};
    clock.pass(5 * MINUTE);
    expect(await reconcile().execute(YESTERDAY, { again: true })).toMatchObject({ state: 'done', matched: 1 });
    const again = await reconcile().execute(YESTERDAY, { again: true });
    asleep.resolve();
    expect(await sleeper).toBeUndefined();
    expect(await reconciliations.find(YESTERDAY)).toEqual(again);
  });

  it('waits for whoever is at it, and begins with the first line where nobody is', async () => {
    const { bill, clock, paid, reconcile, statements } = await counter();
    const rows = (await many(45, () => paid())).map(({ row }) => row);
    bill(...rows);
    statements.breaksAfter = 44;
    statements.breaksWith = new Outage('wechat-timeout', 'WeChat Pay did not answer in time.');
    let other: Promise<unknown> | undefined;
    statements.beforeRow = (place) => {
      clock.pass(4 * SECOND);
      if (place === 30) other = reconcile().execute(YESTERDAY, { again: true });
    };
    await expect(reconcile().execute(YESTERDAY)).rejects.toThrow(Outage);
    expect(await other).toBeUndefined();
    const unknown = Array.from({ length: 40 }, (_, n) => rowOf(`unknown-${n}`, `4200${n}`));
    bill(...unknown, ...rows);
    expect(await reconcile().execute(YESTERDAY, { again: true })).toMatchObject({ matched: 45, differenceCount: 40 });
  });

  it('begins a day that nobody has begun', async () => {
    const { reconcile } = await counter();
    expect(await reconcile().execute(YESTERDAY, { again: true })).toMatchObject({ state: 'done', version: 3 });
  });

  it('is refused where WeChat has the bill no more, and what there is stays', async () => {
    const { clock, reconcile, reconciliations } = await counter();
    const done = await reconcile().execute(YESTERDAY);
    clock.pass(120 * DAY);
    await expect(reconcile().execute(YESTERDAY, { again: true })).rejects.toThrow(BillGone);
    expect(await reconciliations.find(YESTERDAY)).toEqual(done);
    expect(await reconcile().execute(YESTERDAY)).toEqual(done);
  });
});

describe('what nobody could put right', () => {
  it('is told in the events once, whatever it is', async () => {
    const { bill, orders, paid, payments, reconcile, refunded, told } = await counter();
    const open = stepsTo('prepaid').at(-1)!.order;
    await orders.restore([open]);
    const [denied, waiting, phantom, healed] = [await paid(), await paid(), await paid(), await paid()];
    const noon = later(NOON, -DAY);
    await refunded(waiting.order, 'r-2', noon, { state: 'requested', refundId: null });
    const refundOfPhantom = await refunded(phantom.order, 'r-3', noon);
    const console_ = payments.refundAtConsole(healed.order.id, 300);
    const stranger = rowOf('stranger', '4200000778');
    bill(
      ...[denied, waiting, healed].map(({ row }) => row),
      rowOf(open.id, '4200000777'),
      refundRow(denied.row, 'r-1', 300),
      refundRow(waiting.row, 'r-2', 300),
      refundRow(rowOf(open.id, '4200000777'), 'r-4', 300),
      refundRow(stranger, 'r-5', 300),
      refundRow(stranger, 'r-6', 300),
      refundRow(healed.row, console_, 300),
    );
    const done = (await reconcile().execute(YESTERDAY))!;
    for (let n = 0; n < 3; n += 1) expect(await reconcile().execute(YESTERDAY, { again: true })).toBeDefined();
    const left = done.differences.filter((difference) => !difference.healed);
    const mismatch = (id: string, transactionId: string, refundId?: string) => [
      id,
      { kind: 'bill-mismatch', transactionId, ...(refundId !== undefined && { refundId }) },
    ];
    const [outside, ...all] = (await told()).toSorted(([, { kind: one }], [, { kind: other }]) =>
      one === 'refund-outside' ? -1 : other === 'refund-outside' ? 1 : 0,
    );
    expect(outside?.[0]).toBe(healed.order.id);
    const { transactionId } = phantom.row;
    expect(all).toHaveLength(left.length);
    const unknown = { kind: 'unknown-order', transactionId: '4200000778' };
    expect(new Set(all)).toEqual(
      new Set([
        mismatch(open.id, '4200000777'),
        mismatch(denied.order.id, denied.row.transactionId, '5030r-1'),
        mismatch(waiting.order.id, waiting.row.transactionId, '5030r-2'),
        mismatch(open.id, '4200000777', '5030r-4'),
        ['stranger', { ...unknown, refundId: '5030r-5' }],
        ['stranger', { ...unknown, refundId: '5030r-6' }],
        [phantom.order.id, { kind: 'missing-in-bill', transactionId }],
        [refundOfPhantom.id, { kind: 'refund-missing-in-bill', transactionId, refundId: '5030r-3' }],
      ]),
    );
  });

  it('is told by the words of WeChat where it says what is wrong', async () => {
    const { anomalies, bill, orders, payments, reconcile } = await counter();
    const steps = stepsTo('prepaid');
    const { order } = steps.at(-1)!;
    await orders.restore([order]);
    await payments.prepay(steps[1]!.order as PrepayingOrder);
    const { transactionId } = payments.payAt(order.id, { mchid: '1900000999' });
    bill(rowOf(order.id, transactionId));
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done.differences).toMatchObject([{ kind: 'paid-there-only', healed: false }]);
    expect(await anomalies(order)).toEqual(['mchid-mismatch']);
  });
});

describe('a refund that no bill has', () => {
  const noon = later(NOON, -DAY);

  it('is missed whenever its order was paid, and found in any bill around it', async () => {
    const { bill, paid, reconcile, refunded, statements } = await counter();
    const paidAt = later(NOON, -40 * DAY);
    const [absent, there, before] = [await paid({ paidAt }), await paid({ paidAt }), await paid({ paidAt })];
    await refunded(absent.order, 'r-1', noon);
    await refunded(there.order, 'r-2', noon);
    await refunded(before.order, 'r-3', startOf(YESTERDAY));
    bill(refundRow(there.row, 'r-2', 300));
    statements.trades.set(dayBefore(YESTERDAY), [refundRow(before.row, 'r-3', 300)]);
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done).toMatchObject({ matched: 1, differenceCount: 1 });
    expect(done.differences).toEqual([
      {
        kind: 'refund-here-only',
        outTradeNo: absent.order.id,
        transactionId: absent.row.transactionId,
        outRefundNo: 'r-1',
        there: null,
        here: 300,
        healed: false,
      },
    ]);
  });

  it('is not missed on a day on which it was not both asked for and made, nor by another merchant number', async () => {
    const { orders, paid, reconcile, refunded } = await counter();
    const made = async () => (await paid({ paidAt: later(NOON, -40 * DAY) })).order;
    await refunded(await made(), 'r-1', noon, { askedAt: later(noon, -DAY) });
    await refunded(await made(), 'r-2', noon, { succeededAt: NOON });
    await refunded(await made(), 'r-3', noon, { state: 'processing' });
    const other = await refunded(await made(), 'r-4', noon);
    await orders.restore([{ ...other, mchid: '1900000999' as MchId }]);
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ state: 'done', differenceCount: 0 });
  });

  it('is found among more than fit into one page', async () => {
    const { paid, reconcile, refunded } = await counter();
    const order = async () => (await paid({ paidAt: later(NOON, -40 * DAY) })).order;
    for (let n = 0; n < 450; n += 1) await refunded(await order(), `r-${n}`, later(noon, n % 7));
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(done.differenceCount).toBe(450);
    expect(new Set(done.differences.map(({ outRefundNo }) => outRefundNo)).size).toBe(450);
  });

  it('shortly before midnight is asked about while there is no bill of the day after', async () => {
    const { paid, payments, reconcile, refunded } = await counter();
    const late = later(endOf(YESTERDAY), -MINUTE);
    const order = async () => (await paid({ paidAt: later(NOON, -40 * DAY) })).order;
    const [known, unheard] = [await refunded(await order(), 'r-1', late), await refunded(await order(), 'r-2', late)];
    await payments.refund(known, known.refunds[0]!);
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(payments.calls.queryRefunds).toBe(2);
    expect(done.differences.map(({ outTradeNo }) => outTradeNo)).toEqual([unheard.id]);
  });
});

describe('a bill that is not what its own sums say', () => {
  it('is tried three times, and then the day has failed where everybody can see it', async () => {
    const { bill, clock, order, paid, reconcile, reconciliations, statements } = await counter();
    statements.useless.add(YESTERDAY);
    bill(...(await many(25, () => paid())).map(({ row }) => row), (await order('prepaid')).row);
    for (let failures = 1; failures < MOST_FAILURES; failures += 1) {
      await expect(reconcile().execute(YESTERDAY)).rejects.toMatchObject({ code: 'wechat-unreadable' });
      const running = { state: 'running', failures, compared: 0, matched: 0, lockedUntil: clock.now() };
      expect(await reconciliations.find(YESTERDAY)).toMatchObject(running);
    }
    clock.pass(HOUR);
    const failed = await reconcile().execute(YESTERDAY);
    expect(failed).toMatchObject({ state: 'failed', startedAt: NOON, finishedAt: clock.now(), compared: 0 });
    expect(await reconciliations.find(YESTERDAY)).toEqual(failed);
    expect(await new FindReconciliation({ reconciliations }).execute(YESTERDAY)).toEqual(failed);
    statements.useless.clear();
    expect(await reconcile().execute(YESTERDAY)).toEqual(failed);
    expect(statements.asked).toHaveLength(MOST_FAILURES);

    const mended = await reconcile().execute(YESTERDAY, { again: true });
    expect(mended).toMatchObject({ state: 'done', failures: 0, compared: 26, matched: 25, differenceCount: 1 });
  });

  it('counts for nothing when a good one follows, though its lines are not the same', async () => {
    const { bill, clock, found, order, paid, reconcile, statements } = await counter();
    const rows = (await many(45, () => paid())).map(({ row }) => row);
    const lost = await order('prepaid');
    statements.useless.add(YESTERDAY);
    // Time passes while rows are read, so that they are saved.
    statements.beforeRow = () => clock.pass(4 * SECOND);
    bill(...rows);
    await expect(reconcile().execute(YESTERDAY)).rejects.toThrow(Outage);
    statements.useless.clear();
    bill(lost.row, ...rows);
    expect(await reconcile().execute(YESTERDAY)).toMatchObject({ state: 'done', compared: 46, matched: 45 });
    expect(await found(lost.order)).toMatchObject({ state: 'paid' });
  });

  it('is another thing than a WeChat that does not answer', async () => {
    const { bill, paid, reconcile, reconciliations, statements } = await counter();
    bill((await paid()).row);
    for (const code of ['wechat-timeout', 'wechat-unreadable', 'wechat-busy', 'wechat-misconfigured'] as const) {
      statements.outage = new Outage(code, 'No.');
      await expect(reconcile().execute(YESTERDAY)).rejects.toMatchObject({ code });
      statements.outage = undefined;
      statements.breaksAfter = 0;
      statements.breaksWith = new Outage('wechat-timeout', 'No.');
      await expect(reconcile().execute(YESTERDAY)).rejects.toMatchObject({ code: 'wechat-timeout' });
    }
    expect(await reconciliations.find(YESTERDAY)).toMatchObject({ state: 'running', failures: 0 });
  });

  it('of the day before or after keeps no day from being compared: WeChat is asked about what is near', async () => {
    const { bill, clock, order, orders, paid, payments, reconcile, statements } = await counter();
    const [early, late] = [
      await paid({ paidAt: startOf(YESTERDAY) }),
      await paid({ paidAt: later(endOf(YESTERDAY), -SECOND) }),
    ];
    const phantom = await order('paid', { paidAt: later(startOf(YESTERDAY), SECOND) });
    await orders.restore([{ ...(phantom.order as PaidOrder), payment: samplePayment({ paidAt: startOf(YESTERDAY) }) }]);
    const within = await paid({ paidAt: later(startOf(YESTERDAY), 2 * HOUR) });
    const inIt = await paid({ paidAt: startOf(YESTERDAY) });
    statements.trades.set(dayBefore(YESTERDAY), [inIt.row]);
    statements.trades.set(dayAfter(YESTERDAY), []);
    bill();
    clock.pass(DAY);
    statements.useless.add(dayBefore(YESTERDAY)).add(dayAfter(YESTERDAY));
    const done = (await reconcile().execute(YESTERDAY))!;
    expect(payments.calls.query).toBe(3);
    const missing = done.differences.map(({ outTradeNo }) => outTradeNo);
    expect(new Set(missing)).toEqual(new Set([phantom.order.id, within.order.id]));
    expect([early.order.state, late.order.state]).toEqual(['paid', 'paid']);
  });
});

describe('what a day came to', () => {
  it('is kept as it was finished, whatever the storage says of it', async () => {
    const { bill, paid, reconcile, reconciliations } = await counter();
    bill((await paid()).row);
    const doubtful: Pick<ReconciliationRepository, 'begin' | 'find' | 'save'> = {
      begin: (begun) => reconciliations.begin(begun),
      find: (day) => reconciliations.find(day),
      save: async (next) => {
        const isSaved = await reconciliations.save(next);
        if (next.state === 'done') throw new Outage('storage-unavailable', 'The answer was lost.');
        return isSaved;
      },
    };
    const others = { reconciliations: doubtful as ReconciliationRepository };
    await expect(reconcile(others).execute(YESTERDAY)).rejects.toMatchObject({ code: 'storage-unavailable' });
    const done = { state: 'done', compared: 1, matched: 1, finishedAt: NOON };
    expect(await reconciliations.find(YESTERDAY)).toMatchObject(done);
    expect(await reconcile().execute(YESTERDAY)).toMatchObject(done);
  });
});

describe('yesterday', () => {
  async function clerk() {
    const shop = await counter();
    return { ...shop, yesterday: new ReconcileYesterday({ ...shop, reconcileDay: shop.reconcile() }) };
  }

  it('is compared once', async () => {
    const { statements, yesterday } = await clerk();
    expect(await yesterday.execute()).toBe(1);
    expect(await yesterday.execute()).toBe(0);
    expect(statements.asked).toEqual([`${YESTERDAY} ALL`]);
  });

  it('waits for 10 in the morning, UTC+8', async () => {
    const { clock, reconciliations, yesterday } = await clerk();
    await yesterday.execute();
    // From noon to a second before 10.
    clock.pass(22 * HOUR - SECOND);
    expect(await yesterday.execute()).toBe(0);
    clock.pass(SECOND);
    expect(await yesterday.execute()).toBe(1);
    expect(await reconciliations.find(dayAfter(YESTERDAY))).toMatchObject({ state: 'done' });
  });

  it('is not the only one after a rest: a week is made up for, the oldest first', async () => {
    const { clock, statements, yesterday } = await clerk();
    await yesterday.execute();
    clock.pass(3 * DAY);
    expect(await yesterday.execute()).toBe(3);
    clock.pass(30 * DAY);
    expect(await yesterday.execute()).toBe(7);
    const days = statements.asked.map((asked) => asked.slice(0, 10));
    expect(days).toEqual(days.toSorted());
    expect(days.at(-1)).toBe(dayBefore(dayOf(clock.now())));
  });

  it('fails alone', async () => {
    const { clock, statements, yesterday } = await clerk();
    await yesterday.execute();
    clock.pass(2 * DAY);
    statements.notReady.add(dayAfter(YESTERDAY));
    const failed: unknown[] = [];
    const onFailure = (error: unknown, day: Day) => failed.push([error, day]);
    expect(await yesterday.execute(onFailure)).toBe(1);
    expect(failed).toEqual([[expect.any(BillNotReady), dayAfter(YESTERDAY)]]);
    statements.notReady.clear();
    expect(await yesterday.execute()).toBe(1);
  });

  it('is given up where its bill is of no use, once and aloud', async () => {
    const { bill, statements, yesterday } = await clerk();
    bill(sampleTradeRow());
    statements.useless.add(YESTERDAY);
    const heard: unknown[] = [];
    const onFailure = (_error: unknown, day: Day) => heard.push(`${day} for now`);
    const onGivenUp = (day: Day) => heard.push(day);
    for (let turn = 0; turn < 10; turn += 1) expect(await yesterday.execute(onFailure, onGivenUp)).toBe(0);
    expect(heard).toEqual([`${YESTERDAY} for now`, `${YESTERDAY} for now`, YESTERDAY]);
    expect(statements.asked).toHaveLength(3);
  });
});

describe('a bill that is read', () => {
  it.each([
    ['the last day that has one', '2026-11-21', undefined],
    ['the first day that still has one', '2026-08-22', undefined],
    ['today', '2026-11-22', BillNotReady],
    ['three months and a day ago', '2026-08-21', BillGone],
  ])('%s', async (_which, day, refusal) => {
    const { readBill } = await counter();
    const reading = Promise.all([readBill.trades(day as Day, 'ALL'), readBill.funds(day as Day, 'BASIC')]);
    if (refusal) return expect(reading).rejects.toThrow(refusal);
    const [bill] = await reading;
    expect(await bill.rows().next()).toEqual({ done: true, value: { count: 0, sums: {} } });
    for await (const _ of bill.bytes) expect.unreachable();
  });
});
