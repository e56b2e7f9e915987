import { describe, expect, it } from 'vitest';
import { openMemory } from '../../src/adapters/memory/open-memory.ts';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { PaymentGateway } from '../../src/domain/order/payment-gateway.ts';
import { Outage } from '../../src/domain/outage.ts';
import { fen } from '../../src/domain/order/fen.ts';
import { till } from '../support/till.ts';

const NOBODY_KNOWS = { kind: 'unknown', outage: new Outage('wechat-timeout', 'late') } as const;

/** An order in the hands of its payer, a day before its end. */
async function prepaid(life = DAY) {
  const scene = till(await openMemory());
  const alice = await scene.user('alice');
  const { id } = await scene.create.execute({
    description: 'Wexagon-拿铁咖啡',
    amount: { total: fen(1_800), currency: 'CNY' },
    payer: { accountId: alice.id },
    timeExpire: later(scene.clock.now(), life),
  });
  const pay = () => scene.pay.execute(id, alice.id, '203.0.113.7');
  await pay();
  const real = { query: scene.payments.query.bind(scene.payments) };
  const read = (): Promise<Order> => scene.find.execute(id);
  const answering = (answers: Partial<PaymentGateway>) => void Object.assign(scene.payments, answers);
  const settleFor = async (time: number, step = 10 * MINUTE) => {
    for (let passed = 0; passed < time; passed += step) {
      scene.clock.pass(step);
      await scene.settle.execute();
    }
  };
  return { ...scene, alice, id, pay, read, answering, settleFor, real };
}

describe('whoever comes to pay an order that is paid at WeChat', () => {
  it.each(['unknown', 'absent', 'unpaid'] as const)('is told so, though a query says %s', async (kind) => {
    const { pay, payments, clock, id, answering } = await prepaid();
    payments.payAt(id);
    clock.pass(2 * HOUR);
    answering({ query: async () => (kind === 'unknown' ? NOBODY_KNOWS : { kind }) });
    await expect(pay()).rejects.toMatchObject({ code: 'order-paid' });
  });

  it('is told so, though WeChat refused meanwhile and a notice was faster', async () => {
    const { pay, payments, clock, id, notice, answering, read } = await prepaid();
    clock.pass(2 * HOUR);
    answering({
      prepay: async () => {
        await notice(payments.noticeOf(id));
        return { kind: 'refused', reason: 'NOAUTH' };
      },
    });
    await expect(pay()).rejects.toMatchObject({ code: 'order-paid' });
    expect((await read()).state).toBe('paid');
  });
});

describe('an order that WeChat itself calls paid', () => {
  it('is not closed because a query has not heard of it yet', async () => {
    const { close, read, id, payments, answering, real, settleFor } = await prepaid();
    payments.payAt(id);
    answering({ query: async () => ({ kind: 'absent' }) });
    await close.execute(await read());
    expect((await read()).state).toBe('closing');
    answering(real);
    await settleFor(HOUR);
    expect((await read()).state).toBe('paid');
  });

  it('is found paid though closing is never answered', async () => {
    const { read, id, payments, answering, clock, settle } = await prepaid(2 * HOUR);
    clock.pass(100 * MINUTE);
    payments.payAt(id);
    answering({ close: async () => NOBODY_KNOWS });
    clock.pass(20 * MINUTE);
    await settle.execute();
    expect((await read()).state).toBe('paid');
  });
});

describe('an order that WeChat has not heard of yet', () => {
  it('is not called closed while its payer holds a ticket', async () => {
    const { close, read, payments, id, answering, real, settleFor } = await prepaid();
    answering({ query: async () => ({ kind: 'absent' }), close: async () => ({ kind: 'absent' }) });
    await close.execute(await read());
    expect((await read()).state).toBe('closing');
    answering(real);
    payments.payAt(id);
    await settleFor(HOUR);
    expect(await read()).toMatchObject({ state: 'paid', late: false });
  });

  it('is closed in the end, when nobody may pay it any more', async () => {
    const { close, read, answering, settleFor } = await prepaid();
    answering({ query: async () => ({ kind: 'absent' }), close: async () => ({ kind: 'absent' }) });
    await close.execute(await read());
    await settleFor(3 * DAY, HOUR);
    expect((await read()).state).toBe('closed');
  });
});

describe('a no of WeChat to an order that a ticket was handed out for', () => {
  it('does not make it fail: somebody may pay by that ticket', async () => {
    const { pay, clock, payments, id, read, settleFor } = await prepaid();
    clock.pass(2 * HOUR - MINUTE);
    payments.nextRefusal = 'PARAM_ERROR';
    await expect(pay()).rejects.toMatchObject({ code: 'payment-refused' });
    expect((await read()).state).toBe('closing');
    payments.payAt(id);
    await settleFor(HOUR);
    expect(await read()).toMatchObject({ state: 'paid', late: false });
  });

  it('closes it at WeChat where nobody did', async () => {
    const { pay, clock, payments, read, settleFor } = await prepaid();
    clock.pass(2 * HOUR - MINUTE);
    payments.nextRefusal = 'PARAM_ERROR';
    await expect(pay()).rejects.toMatchObject({ code: 'payment-refused' });
    await settleFor(HOUR);
    expect((await read()).state).toBe('closed');
    expect(payments.calls.close).toBe(1);
  });
});

describe('a number that WeChat has in other words', () => {
  it('is looked at and closed there, and never taken for a failure', async () => {
    const { pay, clock, read, answering, settleFor } = await prepaid();
    clock.pass(2 * HOUR - MINUTE);
    answering({ prepay: async () => ({ kind: 'conflict' }) });
    await expect(pay()).rejects.toMatchObject({ code: 'order-closed' });
    expect((await read()).state).toBe('closing');
    await settleFor(HOUR);
    expect((await read()).state).toBe('closed');
  });
});

describe('a ticket that outlives its order', () => {
  it('is handed out to the end, and WeChat is asked for no other', async () => {
    const { pay, clock, payments } = await prepaid(2 * HOUR);
    clock.pass(118 * MINUTE);
    await pay();
    expect(payments.calls.prepay).toBe(1);
  });
});

describe('an order of several days', () => {
  it('is looked at every day, and found paid', async () => {
    const { payments, id, read, settleFor } = await prepaid(5 * DAY);
    await settleFor(2 * HOUR);
    payments.payAt(id);
    await settleFor(25 * HOUR, HOUR);
    expect((await read()).state).toBe('paid');
  });

  it('is looked at again soon after somebody says that it is paid', async () => {
    const { sync, payments, id, read, settle, clock, settleFor } = await prepaid(5 * DAY);
    await settleFor(2 * HOUR);
    await sync.execute(await read());
    payments.payAt(id);
    clock.pass(15 * SECOND);
    await settle.execute();
    expect((await read()).state).toBe('paid');
  });

  it('is none of more than seven', async () => {
    await expect(prepaid(7 * DAY + 1)).rejects.toMatchObject({ code: 'time-expire-too-late' });
  });
});

describe('a doubtful notice of an order that is over', () => {
  it('has WeChat asked until it has answered', async () => {
    const { close, read, id, payments, notice, answering, real, settle, clock } = await prepaid();
    payments.payAt(id);
    answering({ query: async () => ({ kind: 'closed' }) });
    await close.execute(await read());
    expect((await read()).state).toBe('closed');
    answering({ query: async () => NOBODY_KNOWS });
    expect(await notice(payments.noticeOf(id, {}, 'weaker'))).toBe('downgraded');
    const failures: unknown[] = [];
    await settle.execute({ onFailure: (error) => failures.push(error) });
    expect(failures).toEqual([NOBODY_KNOWS.outage]);
    answering(real);
    clock.pass(30 * SECOND);
    await settle.execute();
    expect(await read()).toMatchObject({ state: 'paid', late: true });
  });

  it('leaves it alone again once WeChat has said that nothing was paid', async () => {
    const { close, read, id, payments, notice, settleFor } = await prepaid();
    await close.execute(await read());
    await notice(payments.noticeOf(id, {}, 'weaker'));
    const asked = payments.calls.query;
    await settleFor(DAY, HOUR);
    expect((await read()).watch.dueAt).toBeNull();
    expect(payments.calls.query).toBe(asked + 1);
  });
});

describe('a payment that does not fit', () => {
  it('is not asked about for ever more often than once a day', async () => {
    const { id, payments, read, settleFor } = await prepaid(2 * HOUR);
    payments.payAt(id, { total: 1 });
    await settleFor(10 * DAY, 10 * MINUTE);
    expect((await read()).state).toBe('closing');
    expect(payments.calls.query).toBeLessThan(40);
  });
});

describe('settling', () => {
  it('stops between two batches when it is told to', async () => {
    const scene = till(await openMemory());
    const alice = await scene.user('alice');
    for (let count = 0; count < 45; count += 1) await scene.inState('closing', alice);
    scene.clock.pass(HOUR);
    const stop = new AbortController();
    const close = scene.payments.close.bind(scene.payments);
    scene.payments.close = (order) => {
      stop.abort();
      return close(order);
    };
    expect(await scene.settle.execute({ signal: stop.signal })).toBe(20);
    expect(await scene.settle.execute()).toBe(25);
  });

  it('says whom WeChat would not tell about', async () => {
    const { settle, clock, payments, id } = await prepaid();
    clock.pass(MINUTE);
    payments.failNext('query');
    const failed: string[] = [];
    await settle.execute({ onFailure: (error, order) => failed.push(`${order.id} ${(error as Outage).code}`) });
    expect(failed).toEqual([`${id} wechat-timeout`]);
  });
});

describe('the same request for another order', () => {
  it('is not answered with the old one, however long after', async () => {
    const scene = till(await openMemory());
    const mark = { id: 'r1', outTradeNo: 'of-the-merchant' as never };
    const wish = (total: number) => ({
      description: 'a-b',
      amount: { total: fen(total), currency: 'CNY' as const },
      outTradeNo: mark.outTradeNo,
    });
    await scene.create.execute(wish(100), mark);
    expect(await scene.create.execute(wish(100), mark)).toMatchObject({ amount: { total: 100 } });
    await expect(scene.create.execute(wish(999), mark)).rejects.toMatchObject({ code: 'out-trade-no-taken' });
  });

  it('whose number of ours is taken and not to be seen yet is to try again', async () => {
    const persistence = await openMemory();
    const scene = till(persistence);
    const mark = { id: 'r1', outTradeNo: '0123456789abcdef' as never };
    const wish = { description: 'a-b', amount: { total: fen(1), currency: 'CNY' as const } };
    await scene.create.execute(wish, mark);
    persistence.orders.find = async () => undefined;
    await expect(scene.create.execute(wish, mark)).rejects.toMatchObject({ code: 'storage-contended' });
  });
});
