import { MINUTE } from '../../src/domain/clock.ts';
import type { PrepayingOrder } from '../../src/domain/order/order.ts';
import { Outage } from '../../src/domain/outage.ts';
import { abnormalRefundsContract, noAbnormalRefundsContract } from '../contracts/abnormal-refunds.contract.ts';
import { noticeReaderContract } from '../contracts/notice-reader.contract.ts';
import { paymentGatewayContract } from '../contracts/payment-gateway.contract.ts';
import type { PaymentGatewayHarness } from '../contracts/payment-gateway-harness.ts';
import { describeOn } from '../support/backends.ts';
import { FakePaymentGateway } from '../support/fake-payment-gateway.ts';
import { stepsTo } from '../support/samples.ts';
import { realPayV2, realPayV3 } from '../support/real-pay.ts';
import { TestClock } from '../support/test-clock.ts';

/** It signs notices of refunds and tells of no refund that it is not asked for: as version 3 does. */
async function fakeGateway(): Promise<PaymentGatewayHarness> {
  const clock = new TestClock();
  const gateway = new FakePaymentGateway(clock);
  gateway.listsRefunds = false;
  const outage = new Outage('wechat-unreadable', 'WeChat Pay gave an answer that cannot be read.');
  return {
    gateway,
    reader: gateway,
    order: async (tradeType = 'JSAPI') => stepsTo('prepaying', { tradeType }).at(-1)!.order as PrepayingOrder,
    pay: async (request) => void gateway.payWith(request),
    payElsewhere: async (pass) => void (typeof pass === 'string' ? gateway.payByUrl(pass) : gateway.payInApp(pass)),
    failPayment: async () => {},
    breakDown: async (call, when) => gateway.failNext(call, when, { times: Infinity }),
    forgeAnswers: async (call) => gateway.failNext(call, 'before', { times: Infinity, outage }),
    heal: async () => gateway.heal(),
    refuse: async () => {
      gateway.nextRefusal = 'NOAUTH';
    },
    countOrders: async () => gateway.size,
    uncertified: uncertified(clock),
    denyRefund: async (kind) => {
      gateway.nextRefund = DENIALS[kind];
    },
    settleRefund: async (outRefundNo, state) => gateway.settleRefundAt(outRefundNo, state),
    refundAtConsole: async ({ id }, amount) => gateway.refundAtConsole(id, amount),
    countRefunds: async () => gateway.refundCount,
    noticeOf: async ({ id }, seal) => gateway.noticeOf(id, {}, seal),
    refundNoticeOf: async ({ id }, outRefundNo, seal) => gateway.signedRefundNoticeOf(id, outRefundNo, {}, seal),
    signsRefundNotices: true,
    noNotices: async () => ['', 'no notice', '<xml>'].map((body) => ({ headers: [], body: Buffer.from(body) })),
    isYes: ({ status }) => status === 200,
  };
}

function uncertified(clock: TestClock): FakePaymentGateway {
  const gateway = new FakePaymentGateway(clock);
  gateway.isCertified = false;
  return gateway;
}

const DENIALS = {
  refused: { kind: 'refused', reason: 'PARAM_ERROR' },
  abnormal: { kind: 'abnormal', reason: 'USER_ACCOUNT_ABNORMAL' },
  later: { kind: 'later', reason: 'NOTENOUGH', wait: 10 * MINUTE },
} as const;

const OVER_HTTP = 'HTTP to our own simulator';

const GATEWAYS = [
  { name: 'fake', server: 'Maps of this process', open: fakeGateway, abnormalRefunds: abnormalRefundsContract },
  { name: 'wechat-v2', server: OVER_HTTP, open: realPayV2, abnormalRefunds: noAbnormalRefundsContract },
  { name: 'wechat-v3', server: OVER_HTTP, open: () => realPayV3(), abnormalRefunds: abnormalRefundsContract },
];

/** While WeChat moves a merchant from certificates to its public key, it signs with both. */
const MOVING = { name: 'wechat-v3-certificates', server: OVER_HTTP, open: () => realPayV3('certificate') };

describeOn('PaymentGateway', GATEWAYS, ({ open, abnormalRefunds }) => {
  paymentGatewayContract(open);
  abnormalRefunds(open);
});

describeOn('NoticeReader', [...GATEWAYS, MOVING], ({ open }) => noticeReaderContract(open));
