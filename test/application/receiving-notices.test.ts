import { close } from '../../src/domain/order/order-steps.ts';
import type { PrepaidOrder } from '../../src/domain/order/order.ts';
import { describe, expect, it, vi } from 'vitest';
import { openMemory } from '../../src/adapters/memory/open-memory.ts';
import { ReceiveNotice } from '../../src/application/receive-notice.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { NoticeReader, NoticeReading } from '../../src/domain/order/notice-reader.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import type { RefundReport } from '../../src/domain/order/refund-report.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { describeOn } from '../support/backends.ts';
import { STORAGES } from '../support/storages.ts';
import { till } from '../support/till.ts';

describe('a notice', () => {
  /** What becomes of a notice that is read so, and who was called for it. */
  async function received(reading: NoticeReading) {
    const [receivePaymentNotice, receiveRefundNotice] = [
      { execute: vi.fn<() => Promise<'paid'>>(async () => 'paid') },
      { execute: vi.fn<() => Promise<'noted'>>(async () => 'noted') },
    ];
    const reader = { readNotice: async () => reading } as unknown as NoticeReader;
    const needs = { receivePaymentNotice, receiveRefundNotice } as unknown as ConstructorParameters<
      typeof ReceiveNotice
    >[0];
    const answer = await new ReceiveNotice(needs).execute({ headers: [], body: Buffer.from('') }, reader);
    return { answer, payments: receivePaymentNotice.execute, refunds: receiveRefundNotice.execute };
  }

  it.each(['forged', 'probe', 'stale', 'unknown-key', 'malformed', 'ignored'] as const)(
    'that is %s goes no further, and the log is told why',
    async (kind) => {
      const { answer, payments, refunds } = await received({ kind, why: 'because' });
      expect(answer).toEqual({ verdict: kind, why: 'because' });
      expect(payments).not.toHaveBeenCalled();
      expect(refunds).not.toHaveBeenCalled();
    },
  );

  it.each(['payment', 'downgraded'] as const)('of a %s goes where payments are received', async (kind) => {
    const reading = { kind, notice: { outTradeNo: 'x' } } as unknown as NoticeReading;
    const { answer, payments, refunds } = await received(reading);
    expect(answer).toEqual({ verdict: 'paid' });
    expect(payments).toHaveBeenCalledExactlyOnceWith(reading);
    expect(refunds).not.toHaveBeenCalled();
  });

  it('of a refund goes where refunds are', async () => {
    const notice = { outTradeNo: 'x', outRefundNo: 'r', signed: null };
    const { answer, payments, refunds } = await received({ kind: 'refund', notice });
    expect(answer).toEqual({ verdict: 'noted' });
    expect(refunds).toHaveBeenCalledExactlyOnceWith(notice);
    expect(payments).not.toHaveBeenCalled();
  });
});

/** An order of 8.88 yuan that is paid, with a refund of 3 that WeChat is working on. */
async function refunding(persistence?: Persistence) {
  const scene = till(persistence ?? (await openMemory()));
  const { id } = await scene.inState('paid', await scene.user('alice'));
  const read = async () => (await scene.find.execute(id)) as PaidOrder;
  const { id: number } = await scene.refund.execute(await read(), { amount: fen(300) });
  const { payments } = scene;
  const told = (overrides: Parameters<typeof payments.signedRefundNoticeOf>[2] = {}, outRefundNo: string = number) =>
    scene.notice(payments.signedRefundNoticeOf(id, outRefundNo, overrides));
  const stateNow = async () => (await read()).refunds.map(({ state }) => state);
  const events = () => scene.told(id);
  return { ...scene, id, number, read, told, stateNow, events };
}

describe('a notice of a refund that WeChat signed', () => {
  it('moves the refund in one save, and nobody has to be asked', async () => {
    const { clock, id, number, orders, payments, read, stateNow, told, events } = await refunding();
    const save = vi.spyOn(orders, 'save');
    const asked = payments.calls.queryRefunds;
    payments.settleRefundAt(number, 'succeeded');
    const before = await read();
    clock.pass(SECOND);
    expect(await told()).toBe('noted');
    expect(await stateNow()).toEqual(['succeeded']);
    expect(save).toHaveBeenCalledTimes(1);
    expect((await read()).version).toBe(before.version + 1);
    expect((await events()).at(-1)).toBe('refund.succeeded');
    expect(payments.calls.queryRefunds).toBe(asked);
    expect((await read()).refunds[0]).toMatchObject({ id: number, succeededAt: before.refunds[0]!.createdAt });
    expect((await read()).watch.dueAt).toBeNull();
    expect(id).toBe(before.id);
  });

  it('is kept with what it caused, as it came', async () => {
    const persistence = await openMemory();
    const { id, number, notice, payments } = await refunding(persistence);
    payments.settleRefundAt(number, 'succeeded');
    const raw = payments.signedRefundNoticeOf(id, number);
    await notice(raw);
    const last = (await persistence.events.page('', 200)).at(-1)!.event;
    expect(last.happening.type).toBe('refund.succeeded');
    expect(last.notice).toEqual({ headers: raw.headers, body: Buffer.from(raw.body).toString() });
  });

  it('that comes again changes nothing', async () => {
    const { number, orders, payments, read, told } = await refunding();
    payments.settleRefundAt(number, 'succeeded');
    await told();
    const after = await read();
    const save = vi.spyOn(orders, 'save');
    for (let times = 0; times < 5; times += 1) expect(await told()).toBe('noted');
    expect(save).not.toHaveBeenCalled();
    expect(await read()).toEqual(after);
  });

  it.each([
    ['closed', 'closed'],
    ['abnormal', 'abnormal'],
  ] as const)('of one that is %s makes it so', async (state, expected) => {
    const { number, payments, stateNow, told } = await refunding();
    payments.settleRefundAt(number, state);
    await told();
    expect(await stateNow()).toEqual([expected]);
  });

  it('and is older than what is known moves nothing back', async () => {
    const { number, payments, read, stateNow, told } = await refunding();
    payments.settleRefundAt(number, 'succeeded');
    await told();
    const after = await read();
    expect(await told({ report: { state: 'processing', succeededAt: null } })).toBe('noted');
    expect(await stateNow()).toEqual(['succeeded']);
    expect(await read()).toEqual(after);
  });

  it('of one that was made at the console makes it the order’s', async () => {
    const { events, id, payments, read, told } = await refunding();
    const outside = payments.refundAtConsole(id, 200);
    payments.settleRefundAt(outside, 'succeeded');
    await told({}, outside);
    expect((await read()).refunds[1]).toMatchObject({
      id: outside,
      origin: 'outside',
      amount: 200,
      state: 'succeeded',
    });
    expect(await events()).toContain('anomaly.raised refund-outside');
  });

  it('of another amount moves nothing, and a person is told once', async () => {
    const { events, number, payments, stateNow, told } = await refunding();
    payments.settleRefundAt(number, 'succeeded');
    for (let times = 0; times < 3; times += 1) expect(await told({ report: { amount: 301 } })).toBe('noted');
    expect(await stateNow()).toEqual(['processing']);
    expect((await events()).filter((type) => type === 'anomaly.raised refund-mismatch')).toHaveLength(1);
  });

  it('of another payment is only a reason to ask', async () => {
    const { clock, events, number, payments, read, settle, stateNow, told } = await refunding();
    clock.pass(10 * SECOND);
    const before = await events();
    const asked = payments.calls.queryRefunds;
    payments.settleRefundAt(number, 'succeeded');
    expect(await told({ transactionId: '4200000000000000000000000666' })).toBe('noted');
    expect(await stateNow()).toEqual(['processing']);
    expect(await events()).toEqual(before);
    expect((await read()).watch.dueAt).toEqual(clock.now());
    await settle.execute();
    expect(payments.calls.queryRefunds).toBe(asked + 1);
    expect(await stateNow()).toEqual(['succeeded']);
  });

  it.each(['foreign', 'none', 'weaker'] as const)('but with a seal that is %s is not heard', async (seal) => {
    const { id, notice, number, orders, payments } = await refunding();
    payments.settleRefundAt(number, 'succeeded');
    const [save, find] = [vi.spyOn(orders, 'save'), vi.spyOn(orders, 'find')];
    const raw = payments.signedRefundNoticeOf(id, number, {}, seal);
    expect(await notice(raw)).toBe('forged');
    expect([save, find].map(({ mock }) => mock.calls)).toEqual([[], []]);
  });

  it.each(['prepaid', 'closed'] as const)(
    'of an order that is %s here has WeChat asked about the payment, and is to be told again',
    async (state) => {
      const scene = till(await openMemory());
      const order = (await scene.inState('prepaid', await scene.user('alice'))) as PrepaidOrder;
      scene.payments.payAt(order.id);
      const number = scene.payments.refundAtConsole(order.id, 888);
      scene.clock.pass(HOUR);
      if (state === 'closed') await scene.orders.save(close(order, scene.clock.now()));
      const tell = () => scene.notice(scene.payments.signedRefundNoticeOf(order.id, number));
      expect(await tell()).toBe('not-now');
      expect((await scene.find.execute(order.id)).state).toBe(state);
      await scene.settle.execute();
      expect(await scene.find.execute(order.id)).toMatchObject({ state: 'paid', refunds: [] });
      expect(await tell()).toBe('noted');
      expect(await scene.find.execute(order.id)).toMatchObject({ refunds: [{ id: number, origin: 'outside' }] });
    },
  );

  it('of an order that is not ours is asked for again', async () => {
    const { payments, id, number, notice } = await refunding();
    const { body, headers } = payments.signedRefundNoticeOf(id, number);
    const stranger = await refunding();
    expect(await stranger.notice({ headers, body })).toBe('unknown-order');
    expect(await notice({ headers, body })).toBe('noted');
  });
});

describeOn('a signed notice of a refund', STORAGES, (storage) => {
  it('whose number is another order’s here is only a reason to ask', async () => {
    const persistence = await storage.open();
    const [one, other] = [await refunding(persistence), await refunding(persistence)];
    one.clock.pass(MINUTE);
    const [before, others] = [await one.read(), await other.read()];
    const report: Partial<RefundReport> = { outRefundNo: other.number };
    one.payments.settleRefundAt(one.number, 'succeeded');
    expect(await one.told({ report })).toBe('noted');
    expect((await one.read()).refunds).toEqual(before.refunds);
    expect((await one.read()).watch.dueAt).toEqual(one.clock.now());
    expect(await other.read()).toEqual(others);
    await one.settle.execute();
    expect(await one.stateNow()).toEqual(['succeeded']);
    expect((await other.read()).refunds.map(({ state }) => state)).toEqual(['processing']);
  });

  it('that comes many times at once moves the refund once', async () => {
    const { events, number, payments, stateNow, told } = await refunding(await storage.open());
    payments.settleRefundAt(number, 'succeeded');
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => told()));
    expect(new Set(verdicts)).toEqual(new Set(['noted']));
    expect(await stateNow()).toEqual(['succeeded']);
    expect((await events()).filter((type) => type === 'refund.succeeded')).toHaveLength(1);
  });
});
