import { paymentGatewayContract, type PaymentGatewayHarness } from '../contracts/payment-gateway.contract.ts';
import { describeOn } from '../support/backends.ts';
import { FakePaymentGateway } from '../support/fake-payment-gateway.ts';
import { stepsTo } from '../support/samples.ts';
import { realPayV2 } from '../support/simulated-wechat-pay.ts';
import { TestClock } from '../support/test-clock.ts';
import { MINUTE } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { PrepayingOrder } from '../../src/domain/order/order.ts';

async function fakeGateway(): Promise<PaymentGatewayHarness> {
  const gateway = new FakePaymentGateway(new TestClock());
  const failed = new Set<string>();
  const outage = new Outage('wechat-unreadable', 'WeChat Pay gave an answer that cannot be read.');
  return {
    gateway,
    order: async () => stepsTo('prepaying').at(-1)!.order as PrepayingOrder,
    pay: async (request) => void gateway.payWith(request),
    failPayment: async ({ id }) => void failed.add(id),
    breakDown: async (call, when) => gateway.failNext(call, when, { times: Infinity }),
    forgeAnswers: async (call) => gateway.failNext(call, 'before', { times: Infinity, outage }),
    heal: async () => gateway.heal(),
    refuse: async () => {
      gateway.nextRefusal = 'NOAUTH';
    },
    countOrders: async () => gateway.size,
    noticeOf: async ({ id }, seal) => (failed.has(id) ? gateway.failedNoticeOf(id) : gateway.noticeOf(id, {}, seal)),
    denyRefund: async (kind) => {
      gateway.nextRefund = DENIALS[kind];
    },
    settleRefund: async (outRefundNo, state) => gateway.settleRefundAt(outRefundNo, state),
    refundAtConsole: async ({ id }, amount) => gateway.refundAtConsole(id, amount),
    countRefunds: async () => gateway.refundCount,
    refundNoticeOf: async ({ id }, outRefundNo, seal) => gateway.refundNoticeOf(id, outRefundNo, seal),
    isYes: ({ status }) => status === 200,
  };
}

const DENIALS = {
  refused: { kind: 'refused', reason: 'PARAM_ERROR' },
  abnormal: { kind: 'abnormal', reason: 'USER_ACCOUNT_ABNORMAL' },
  later: { kind: 'later', reason: 'NOTENOUGH', wait: 10 * MINUTE },
} as const;

const GATEWAYS = [
  { name: 'fake', server: 'Maps of this process', open: fakeGateway },
  { name: 'wechat-v2', server: 'HTTP to our own simulator', open: realPayV2 },
];

describeOn('PaymentGateway', GATEWAYS, ({ open }) => paymentGatewayContract(open));
