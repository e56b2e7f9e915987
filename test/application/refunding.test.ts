import { describe, expect, it } from 'vitest';
import { openMemory } from '../../src/adapters/memory/open-memory.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import type { PaymentGateway } from '../../src/domain/order/payment-gateway.ts';
import type { OutRefundNo } from '../../src/domain/order/refund.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { describeOn } from '../support/backends.ts';
import { STORAGES } from '../support/storages.ts';
import { till } from '../support/till.ts';

const TOTAL = 888;
const NOBODY_KNOWS = { kind: 'unknown', outage: new Outage('wechat-timeout', 'late') } as const;

/** An order of 8.88 yuan that is paid, here and at WeChat. */
async function paid(persistence?: Persistence, environment = {}) {
  const scene = till(persistence ?? (await openMemory()), undefined, undefined, environment);
  const { id } = await scene.inState('paid', await scene.user('alice'));
  const read = async () => (await scene.find.execute(id)) as PaidOrder;
  const ask = async (amount: number, number?: string) =>
    scene.refund.execute(await read(), { amount: fen(amount), outRefundNo: number as OutRefundNo | undefined });
  const answering = (answers: Partial<PaymentGateway>) => void Object.assign(scene.payments, answers);
  const real = {
    refund: scene.payments.refund.bind(scene.payments),
    queryRefunds: scene.payments.queryRefunds.bind(scene.payments),
  };
  const settleFor = async (time: number, step = MINUTE) => {
    for (let passed = 0; passed < time; passed += step) {
      scene.clock.pass(step);
      await scene.settle.execute();
    }
  };
  return { ...scene, id, read, ask, answering, real, settleFor };
}

describe('a refund', () => {
  it('is written down, put to WeChat, and succeeds when WeChat says so', async () => {
    const { ask, read, payments, settleFor, told, id } = await paid();
    const refund = await ask(300);
    expect(refund).toMatchObject({ state: 'processing', amount: 300, refundId: expect.any(String) });
    payments.settleRefundAt(refund.id, 'succeeded');
    await settleFor(2 * MINUTE);
    expect((await read()).refunds).toMatchObject([{ state: 'succeeded', succeededAt: expect.any(Date) }]);
    expect((await told(id)).slice(-3)).toEqual(['refund.requested', 'refund.processing', 'refund.succeeded']);
  });

  it('is one for one number, however often it is asked for', async () => {
    const { ask, payments } = await paid();
    await ask(300, 'r-1');
    await expect(ask(300, 'r-1')).rejects.toMatchObject({ code: 'out-refund-no-taken' });
    expect(payments.refundCount).toBe(1);
  });

  it('waits its minute behind another one of its order, and is refused nothing', async () => {
    const { ask, read, payments, settleFor } = await paid();
    const states = [];
    for (let count = 0; count < 3; count += 1) states.push((await ask(100, `r-${count}`)).state);
    expect(states).toEqual(['processing', 'requested', 'requested']);
    await settleFor(59 * SECOND, 59 * SECOND);
    expect(payments.refundCount).toBe(1);
    await settleFor(SECOND, SECOND);
    expect(payments.refundCount).toBe(2);
    await settleFor(2 * MINUTE);
    expect((await read()).refunds.map(({ state }) => state)).toEqual(['processing', 'processing', 'processing']);
  });

  it('asks WeChat nothing while its turn has not come', async () => {
    const { ask, payments } = await paid();
    await ask(100, 'r-1');
    const before = { ...payments.calls };
    expect((await ask(100, 'r-2')).state).toBe('requested');
    expect(payments.calls).toEqual(before);
  });

  it('of an order that is not paid is none', async () => {
    const scene = till(await openMemory());
    const order = await scene.inState('prepaid', await scene.user('alice'));
    await expect(scene.refund.execute(order, { amount: fen(1) })).rejects.toMatchObject({ code: 'order-not-paid' });
  });

  it('takes a merchant certificate', async () => {
    const { ask, payments, read } = await paid();
    payments.isCertified = false;
    await expect(ask(1)).rejects.toMatchObject({ code: 'refund-not-possible' });
    expect(payments.calls.refund).toBe(0);
    expect((await read()).refunds).toEqual([]);
  });

  it.each([
    ['refused', 'PARAM_ERROR', 'closed'],
    ['abnormal', 'USER_ACCOUNT_ABNORMAL', 'abnormal'],
  ] as const)('that is %s stays to be seen, with the reason', async (kind, reason, state) => {
    const { ask, answering } = await paid();
    answering({ refund: async () => ({ kind, reason }) });
    expect(await ask(300)).toMatchObject({ state, trouble: reason });
  });

  it('that WeChat could not do keeps its amount for a day, and is then closed with its reason', async () => {
    const { ask, payments, read, settleFor, told, id } = await paid();
    payments.nextRefund = { kind: 'abnormal', reason: 'USER_ACCOUNT_ABNORMAL' };
    await ask(TOTAL, 'r-1');
    await settleFor(DAY - HOUR, HOUR);
    expect((await read()).refunds).toMatchObject([{ state: 'abnormal' }]);
    await expect(ask(1, 'r-2')).rejects.toMatchObject({ code: 'refund-too-much' });
    await settleFor(3 * HOUR, HOUR);
    expect((await read()).refunds).toMatchObject([{ state: 'closed', trouble: 'USER_ACCOUNT_ABNORMAL' }]);
    expect((await read()).watch.dueAt).toBeNull();
    expect((await told(id)).slice(-3)).toEqual(['refund.requested', 'refund.abnormal', 'refund.closed']);
    await expect(ask(1, 'r-1')).rejects.toMatchObject({ code: 'out-refund-no-taken' });
    expect(await ask(TOTAL, 'r-2')).toMatchObject({ state: 'processing' });
  });

  it('that WeChat could not do is not given up while WeChat does not answer', async () => {
    const { ask, answering, payments, read, real, settleFor, sync } = await paid();
    payments.nextRefund = { kind: 'abnormal', reason: 'TRADE_OVERDUE' };
    await ask(TOTAL, 'r-1');
    answering({ queryRefunds: async () => NOBODY_KNOWS });
    await settleFor(40 * DAY, 6 * HOUR);
    expect((await read()).refunds).toMatchObject([{ state: 'abnormal' }]);
    answering(real);
    expect(await sync.execute(await read())).toMatchObject({
      refunds: [{ state: 'closed', trouble: 'TRADE_OVERDUE' }],
    });
  });

  it('that WeChat has no money for is asked for again, with the same number, until it has', async () => {
    const { ask, answering, id, real, read, settleFor, payments, told } = await paid();
    answering({ refund: async () => ({ kind: 'later', reason: 'NOTENOUGH', wait: 10 * MINUTE }) });
    expect(await ask(300, 'r-1')).toMatchObject({ state: 'requested', trouble: 'NOTENOUGH' });
    await settleFor(30 * MINUTE);
    expect((await read()).refunds[0]).toMatchObject({ state: 'requested' });
    answering(real);
    await settleFor(11 * MINUTE);
    expect((await read()).refunds).toMatchObject([{ id: 'r-1', state: 'processing' }]);
    expect(payments.refundCount).toBe(1);
    const events = (await told(id)).filter((type) => type.startsWith('refund.'));
    expect(events).toEqual(['refund.requested', 'refund.requested', 'refund.processing']);
  });
});

describe('a refund of which nobody knows', () => {
  it.each(['before', 'after'] as const)(
    'is the same one when it is asked for again (WeChat failed %s)',
    async (when) => {
      const { ask, read, settleFor, payments } = await paid();
      payments.failNext('refund', when);
      expect(await ask(300, 'r-1')).toMatchObject({ state: 'requested' });
      await settleFor(MINUTE, 5 * SECOND);
      expect((await read()).refunds).toMatchObject([{ id: 'r-1', state: 'processing' }]);
      expect(payments.refundCount).toBe(1);
    },
  );

  it('is not asked for again while WeChat does not say whether it has it', async () => {
    const { ask, answering, read, settleFor } = await paid();
    let asked = 0;
    answering({
      refund: async () => {
        asked += 1;
        return asked === 1 ? NOBODY_KNOWS : { kind: 'refused', reason: 'SIGNERROR' };
      },
      queryRefunds: async () => NOBODY_KNOWS,
    });
    await ask(TOTAL, 'r-1');
    await settleFor(HOUR);
    expect(asked).toBe(1);
    expect((await read()).refunds).toMatchObject([{ state: 'requested' }]);
  });

  it('comes back when it came to nothing here and WeChat did it after all', async () => {
    const { ask, answering, real, read, payments, told, id, notice, settle } = await paid();
    answering({ refund: async () => ({ kind: 'refused', reason: 'PARAM_ERROR' }) });
    const { id: number } = await ask(300, 'r-1');
    answering(real);
    await real.refund(await read(), { ...(await read()).refunds[0]!, state: 'requested' } as never);
    payments.settleRefundAt(number, 'succeeded');
    await notice(payments.refundNoticeOf(id, number));
    await settle.execute();
    expect((await read()).refunds).toMatchObject([{ id: 'r-1', state: 'succeeded' }]);
    expect(await told(id)).toContain('anomaly.raised refund-revived');
  });
});

describe('a notice of a refund', () => {
  it('is believed in nothing, and has WeChat asked', async () => {
    const { ask, read, payments, notice, settle, id } = await paid();
    const refund = await ask(300);
    payments.settleRefundAt(refund.id, 'succeeded');
    expect(await notice(payments.refundNoticeOf(id, refund.id))).toBe('noted');
    expect((await read()).refunds).toMatchObject([{ state: 'processing' }]);
    await settle.execute();
    expect((await read()).refunds).toMatchObject([{ state: 'succeeded' }]);
  });

  it('of one that was made at the console makes it the order’s', async () => {
    const { read, payments, notice, settle, id, told } = await paid();
    const number = payments.refundAtConsole(id, 200);
    expect(await notice(payments.refundNoticeOf(id, number))).toBe('noted');
    await settle.execute();
    expect((await read()).refunds).toMatchObject([{ id: number, origin: 'outside', amount: 200 }]);
    expect(await told(id)).toContain('anomaly.raised refund-outside');
  });

  it('that comes a hundred times is one question', async () => {
    const { ask, payments, notice, settle, id } = await paid();
    const refund = await ask(300);
    const before = payments.calls.queryRefunds;
    for (let times = 0; times < 100; times += 1) await notice(payments.refundNoticeOf(id, refund.id));
    await settle.execute();
    expect(payments.calls.queryRefunds - before).toBe(1);
  });

  it('that is not sealed with our key is refused, and of an order that is not ours asked for again', async () => {
    const { payments, notice, id } = await paid();
    expect(await notice(payments.refundNoticeOf(id, 'r', 'foreign'))).toBe('forged');
    expect(await notice(payments.refundNoticeOf('not-ours-0001', 'r'))).toBe('unknown-order');
  });
});

describe('late money where it is to go back', () => {
  it('goes back whole, once, without anybody asking', async () => {
    const scene = till(await openMemory(), undefined, undefined, { LATE_PAYMENT: 'refund' });
    const { id } = await scene.inState('closed', await scene.user('alice'));
    expect(await scene.notice(scene.payments.noticeOf(id, { total: TOTAL, payer: null }))).toBe('paid');
    expect(await scene.notice(scene.payments.noticeOf(id, { total: TOTAL, payer: null }))).toBe('mismatch');
    await scene.settle.execute();
    const order = (await scene.find.execute(id)) as PaidOrder;
    expect(order.refunds).toMatchObject([{ amount: TOTAL, origin: 'late-payment' }]);
    expect(order.late).toBe(true);
  });
});

describeOn('refunds', STORAGES, (storage) => {
  it('send late money back, whatever number the refund of another order has', async () => {
    const persistence = await storage.open();
    const scene = till(persistence, undefined, undefined, { LATE_PAYMENT: 'refund' });
    const late = await scene.inState('closed', await scene.user('alice'));
    const other = await scene.inState('paid', await scene.user('bob'));
    const taken = `${late.id}-late` as OutRefundNo;
    await scene.refund.execute(other, { amount: fen(1), outRefundNo: taken });
    expect(await scene.notice(scene.payments.noticeOf(late.id, { total: TOTAL, payer: null }))).toBe('paid');
    const { refunds } = (await scene.find.execute(late.id)) as PaidOrder;
    expect(refunds).toMatchObject([{ amount: TOTAL, origin: 'late-payment' }]);
    expect(refunds[0]!.id).not.toBe(taken);
  });

  it('are looked for on every storage, for weeks', async () => {
    const scene = await paid(await storage.open());
    const refund = await scene.ask(300);
    await scene.settleFor(3 * DAY, 6 * HOUR);
    scene.payments.settleRefundAt(refund.id, 'succeeded');
    await scene.settleFor(DAY + HOUR, HOUR);
    expect((await scene.read()).refunds).toMatchObject([{ state: 'succeeded' }]);
    expect((await scene.read()).watch.dueAt).toBeNull();
  });
});
