import { describe, expect, it } from 'vitest';
import { openMemory } from '../../src/adapters/memory/open-memory.ts';
import { DAY, MINUTE } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import type { AbnormalRefundWish, RefundAnswer } from '../../src/domain/order/payment-gateway.ts';
import type { OutRefundNo } from '../../src/domain/order/refund.ts';
import { till } from '../support/till.ts';

const TO_MERCHANT = { type: 'MERCHANT_BANK_CARD' } as const;
const TO_PAYER = {
  type: 'USER_BANK_CARD',
  bankType: 'ICBC_DEBIT',
  bankAccount: '6222020200000000000',
  realName: '张三',
} as const;

/** A refund of 3 yuan that stands so, here and at WeChat. */
async function refunded(state: 'processing' | 'succeeded' | 'closed' | 'abnormal') {
  const scene = till(await openMemory());
  const { id } = await scene.inState('paid', await scene.user('alice'));
  const read = async () => (await scene.find.execute(id)) as PaidOrder;
  const { id: number } = await scene.refund.execute(await read(), { amount: fen(300) });
  scene.payments.settleRefundAt(number, state);
  await scene.notice(scene.payments.signedRefundNoticeOf(id, number));
  const send = async (wish: AbnormalRefundWish = TO_MERCHANT, asked: string = number) =>
    scene.sendAbnormalRefund.execute(await read(), asked as OutRefundNo, wish);
  const answering = (answer: RefundAnswer, then: () => void = () => {}) => {
    scene.payments.sendAbnormalRefund = async () => {
      then();
      return answer;
    };
  };
  return { ...scene, id, number, read, send, answering };
}

describe('an abnormal refund', () => {
  it.each([TO_MERCHANT, TO_PAYER])('is sent on to a $type, and succeeds when WeChat says so', async (wish) => {
    const { clock, number, payments, read, send, settle } = await refunded('abnormal');
    // For us it is abnormal until the money is there.
    expect(await send(wish)).toMatchObject({ id: number, state: 'abnormal' });
    expect(payments.calls.sendAbnormalRefund).toBe(1);
    payments.settleRefundAt(number, 'succeeded');
    clock.pass(DAY);
    await settle.execute();
    expect((await read()).refunds).toMatchObject([{ state: 'succeeded', amount: 300 }]);
  });

  it('is told of as WeChat says that it stands then', async () => {
    const { answering, number, payments, read, send } = await refunded('abnormal');
    const { refundId } = (await read()).refunds[0]!;
    answering({ kind: 'accepted', refundId: refundId! }, () => payments.settleRefundAt(number, 'succeeded'));
    expect(await send()).toMatchObject({ state: 'succeeded' });
    expect((await read()).refunds).toMatchObject([{ state: 'succeeded' }]);
  });

  it.each(['processing', 'succeeded', 'closed'] as const)('is none that is %s', async (state) => {
    const { payments, send } = await refunded(state);
    await expect(send()).rejects.toMatchObject({ code: 'refund-not-abnormal' });
    expect(payments.calls.sendAbnormalRefund).toBe(0);
  });

  it('is none that WeChat never took on: it has no number there', async () => {
    const { clock, payments, read, refund, send } = await refunded('succeeded');
    clock.pass(2 * MINUTE);
    payments.nextRefund = { kind: 'abnormal', reason: 'USER_ACCOUNT_ABNORMAL' };
    const { id, refundId, state } = await refund.execute(await read(), { amount: fen(100) });
    expect({ refundId, state }).toEqual({ refundId: null, state: 'abnormal' });
    await expect(send(TO_MERCHANT, id)).rejects.toMatchObject({ code: 'refund-not-abnormal' });
    expect(payments.calls.sendAbnormalRefund).toBe(0);
  });

  it('is none of another order', async () => {
    const { number, send, sendAbnormalRefund, ...scene } = await refunded('abnormal');
    await expect(send(TO_MERCHANT, 'another')).rejects.toMatchObject({ code: 'refund-not-found' });
    const unpaid = await scene.inState('prepaid', await scene.user('bob'));
    await expect(sendAbnormalRefund.execute(unpaid, number, TO_MERCHANT)).rejects.toMatchObject({
      code: 'refund-not-found',
    });
  });

  it.each(['refused', 'abnormal'] as const)('that WeChat does not send on (%s) stays as it is', async (kind) => {
    const { answering, read, send } = await refunded('abnormal');
    const before = await read();
    answering({ kind, reason: 'NOT_ENOUGH' });
    await expect(send()).rejects.toMatchObject({
      code: 'refund-refused',
      message: expect.stringContaining('NOT_ENOUGH'),
    });
    expect(await read()).toEqual(before);
  });

  it.each(['before', 'after'] as const)('may be sent on again when nobody knows (WeChat failed %s)', async (when) => {
    const { payments, read, send } = await refunded('abnormal');
    const before = await read();
    payments.failNext('sendAbnormalRefund', when);
    await expect(send()).rejects.toMatchObject({ code: 'wechat-timeout' });
    expect(await read()).toEqual(before);
  });

  it('is sent on by version 3 alone', async () => {
    const { payments, send } = await refunded('abnormal');
    payments.sendsAbnormalRefunds = false;
    await expect(send()).rejects.toMatchObject({ code: 'abnormal-refunds-off' });
  });
});
