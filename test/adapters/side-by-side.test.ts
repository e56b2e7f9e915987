import { describe, expect, it } from 'vitest';
import { SideBySide } from '../../src/adapters/wechat/side-by-side.ts';
import type { PaidOrder, PrepaidOrder, PrepayingOrder } from '../../src/domain/order/order.ts';
import { PAY_APIS, type PayApi } from '../../src/domain/order/pay-api.ts';
import type { PaymentGateway } from '../../src/domain/order/payment-gateway.ts';
import type { AbnormalRefund, OutRefundNo } from '../../src/domain/order/refund.ts';
import { FakePaymentGateway } from '../support/fake-payment-gateway.ts';
import { paidWithRefunds, stepsTo } from '../support/samples.ts';
import { TestClock } from '../support/test-clock.ts';

interface Called {
  readonly by: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A gateway that notes who was called, and answers that. */
function listening(by: string, called: Called[]): PaymentGateway {
  const fake = Object.assign(new FakePaymentGateway(new TestClock()), { api: by });
  return new Proxy(fake, {
    get(target, name: keyof PaymentGateway) {
      if (typeof target[name] !== 'function') return target[name];
      return (...args: unknown[]) => {
        called.push({ by, name, args });
        return by;
      };
    },
  });
}

const WISH = { type: 'MERCHANT_BANK_CARD' } as const;
const NAMED = ['named'] as unknown as readonly OutRefundNo[];

/** Every call about an order, for an order of that version. */
function calls(api: PayApi): Record<string, (gateway: PaymentGateway) => unknown> {
  const prepaying = stepsTo('prepaying', { api }).at(-1)!.order as PrepayingOrder;
  const prepaid = stepsTo('prepaid', { api }).at(-1)!.order as PrepaidOrder;
  const paid = paidWithRefunds(['abnormal'], { api }).at(-1)!.order as PaidOrder;
  const abnormal = paid.refunds[0] as AbnormalRefund;
  return {
    prepay: (gateway) => gateway.prepay(prepaying),
    query: (gateway) => gateway.query(prepaid),
    close: (gateway) => gateway.close(prepaid),
    paymentRequest: (gateway) => gateway.paymentRequest(prepaid),
    appRequest: (gateway) => gateway.appRequest(prepaid),
    mayRefund: (gateway) => gateway.mayRefund(paid),
    refund: (gateway) => gateway.refund(paid, abnormal),
    queryRefunds: (gateway) => gateway.queryRefunds(paid, NAMED),
    sendAbnormalRefund: (gateway) => gateway.sendAbnormalRefund(paid, abnormal, WISH),
  };
}

const NAMES = Object.keys(calls('v2'));

describe('two versions side by side', () => {
  it.each(NAMES.filter((name) => name !== 'sendAbnormalRefund'))(
    '%s goes where the order came from, and its answer comes back',
    (name) => {
      for (const current of PAY_APIS) {
        const called: Called[] = [];
        const byApi = { v2: listening('v2', called), v3: listening('v3', called) };
        const both = new SideBySide(byApi[current], byApi);
        for (const api of PAY_APIS) expect(calls(api)[name]!(both)).toBe(api);
        expect(called.map(({ by }) => by)).toEqual(PAY_APIS);
      }
    },
  );

  it('sendAbnormalRefund goes by version 3, whichever the order came by', () => {
    const byApi = { v2: listening('v2', []), v3: listening('v3', []) };
    for (const current of PAY_APIS)
      for (const api of PAY_APIS)
        expect(calls(api).sendAbnormalRefund!(new SideBySide(byApi[current], byApi))).toBe('v3');
    const v2 = listening('v2', []);
    expect(calls('v2').sendAbnormalRefund!(new SideBySide(v2, { v2 }))).toBe('v2');
  });

  it.each(NAMES)('%s goes the current way where the other one is gone', (name) => {
    const called: Called[] = [];
    const v3 = listening('v3', called);
    expect(calls('v2')[name]!(new SideBySide(v3, { v3 }))).toBe('v3');
    expect(calls('v2')[name]!(new SideBySide(v3, {}))).toBe('v3');
    expect(called).toHaveLength(2);
  });

  it.each(NAMES)('%s is handed on whole', (name) => {
    const [straight, roundabout]: [Called[], Called[]] = [[], []];
    const call = calls('v2')[name]!;
    call(listening('v2', straight));
    const v2 = listening('v2', roundabout);
    call(new SideBySide(v2, { v2 }));
    expect(roundabout).toEqual(straight);
    expect(straight[0]!.args.length).toBeGreaterThan(0);
  });

  it('takes new orders as the current one does', () => {
    const [v2, v3] = [new FakePaymentGateway(new TestClock()), new FakePaymentGateway(new TestClock())];
    v3.api = 'v3';
    v2.appAppid = null;
    for (const current of [v2, v3]) {
      const { merchant, api, appAppid } = new SideBySide(current, { v2, v3 });
      expect({ merchant, api, appAppid }).toEqual({
        merchant: current.merchant,
        api: current.api,
        appAppid: current.appAppid,
      });
    }
  });
});
