import { describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import { requestRefund } from '../../src/domain/order/refund-steps.ts';
import type { OutRefundNo } from '../../src/domain/order/refund.ts';
import { orderText, refundText } from '../../src/main/commands/order-text.ts';
import { NOON, paidWithRefunds, sampleWish } from '../support/samples.ts';

const iso = (milliseconds: number): string => later(NOON, milliseconds).toISOString();

/** An order with a refund that WeChat was asked for two minutes after noon, and two more that were wished for then. */
function threeRefunds(): PaidOrder {
  const now = later(NOON, 2 * MINUTE);
  const paid = paidWithRefunds(['processing']).at(-1)!.order as PaidOrder;
  const wish = (id: string) => sampleWish({ id: id as OutRefundNo });
  return requestRefund(requestRefund(paid, wish('r-2'), now).order, wish('r-3'), now).order;
}

describe('a refund in an order as a person reads it', () => {
  it('that waits for its turn names its turn, and not when it was made', () => {
    const order = threeRefunds();
    expect(order.refunds[1]!.dueAt).toEqual(later(NOON, 2 * MINUTE));
    expect(refundText(order, order.refunds[1]!)).toBe(`r-2 ¥0.01 requested, next look ${iso(3 * MINUTE)}`);
  });

  it('that is behind another one names it', () => {
    const order = threeRefunds();
    expect(refundText(order, order.refunds[2]!)).toBe('r-3 ¥0.01 requested, waits for r-2');
  });

  it('that WeChat took on names the next look, and one that is over names none', () => {
    const [processing] = threeRefunds().refunds;
    expect(refundText(threeRefunds(), processing!)).toContain(`processing, next look ${iso(3 * MINUTE + SECOND)}`);
    const closed = paidWithRefunds(['closed']).at(-1)!.order as PaidOrder;
    expect(orderText(closed)).toMatch(/^refund +\S+ ¥0\.01 closed \(NOTENOUGH\)$/m);
  });
});
