import { expect } from 'vitest';
import type { Acknowledgement, NoticeReader, RawNotice } from '../../src/domain/order/notice-reader.ts';
import { pay as paidBy, takeTicket } from '../../src/domain/order/order-steps.ts';
import type { PaidOrder, PrepaidOrder, PrepayingOrder } from '../../src/domain/order/order.ts';
import type {
  AppPaymentRequest,
  PaymentGateway,
  PaymentRequest,
  RefundsAnswer,
} from '../../src/domain/order/payment-gateway.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { RefundReport } from '../../src/domain/order/refund-report.ts';
import { askedFor, requestRefund } from '../../src/domain/order/refund-steps.ts';
import type { AbnormalRefund, OutRefundNo, Refund, RequestedRefund } from '../../src/domain/order/refund.ts';
import type { TradeType } from '../../src/domain/order/trade-type.ts';

export type GatewayCall = 'prepay' | 'query' | 'close' | 'refund' | 'queryRefunds' | 'sendAbnormalRefund';

/** How a notice is signed or sealed. */
export type NoticeSeal = 'right' | 'none' | 'foreign';

/** A gateway with its reader, and a hand on the WeChat behind them. */
export interface PaymentGatewayHarness {
  readonly gateway: PaymentGateway;
  readonly reader: NoticeReader;
  /** An order of ¥8.88 that WeChat has not heard of, and that can be paid for two hours. */
  readonly order: (tradeType?: TradeType) => Promise<PrepayingOrder>;
  /** The payer's phone is given this and pays; rejects where the phone would refuse it. */
  readonly pay: (request: PaymentRequest) => Promise<void>;
  /** Somebody pays by what was shown to them, or in an app; rejects where WeChat would refuse it. */
  readonly payElsewhere: (pass: string | AppPaymentRequest) => Promise<void>;
  /** The payer's bank says no. */
  readonly failPayment: (order: PrepayingOrder) => Promise<void>;
  /** WeChat gives no usable answer from now on, and acts all the same, or does not. */
  readonly breakDown: (call: GatewayCall, when: 'before' | 'after') => Promise<void>;
  /** What WeChat answers from now on is not signed by WeChat. */
  readonly forgeAnswers: (call: GatewayCall) => Promise<void>;
  readonly heal: () => Promise<void>;
  /** The next order is definitely not taken, for the reason NOAUTH. */
  readonly refuse: () => Promise<void>;
  /** How many orders WeChat has. */
  readonly countOrders: () => Promise<number>;
  /** The same without the merchant's certificate, where that is possible. */
  readonly uncertified: PaymentGateway | null;
  /** The next refund is not made, for that kind of reason. */
  readonly denyRefund: (kind: 'refused' | 'abnormal' | 'later') => Promise<void>;
  /** What becomes of a refund at WeChat. */
  readonly settleRefund: (outRefundNo: string, state: 'succeeded' | 'closed' | 'abnormal') => Promise<void>;
  /** Somebody refunds so much at WeChat's console; answers the number of that refund. */
  readonly refundAtConsole: (order: PaidOrder, amount: number) => Promise<string>;
  /** How many refunds WeChat has. */
  readonly countRefunds: () => Promise<number>;
  /** WeChat's notice about an order that was paid. */
  readonly noticeOf: (order: PrepayingOrder, seal?: NoticeSeal) => Promise<RawNotice>;
  readonly refundNoticeOf: (order: PaidOrder, outRefundNo: string, seal?: NoticeSeal) => Promise<RawNotice>;
  /** Whether a notice of a refund is signed, and so is to be believed. */
  readonly signsRefundNotices: boolean;
  /** What came with nothing against it but that it is no notice. */
  readonly noNotices: () => Promise<readonly RawNotice[]>;
  /** Whether WeChat takes it for a yes. */
  readonly isYes: (acknowledgement: Acknowledgement) => boolean;
}

type Open = () => Promise<PaymentGatewayHarness>;

/** An order that has a ticket. */
export async function prepaidIn(
  open: Open,
  tradeType?: TradeType,
): Promise<PaymentGatewayHarness & { wanted: PrepayingOrder; prepaid: PrepaidOrder }> {
  const harness = await open();
  const wanted = await harness.order(tradeType);
  return { ...harness, wanted, prepaid: await prepaidBy(harness.gateway, wanted) };
}

export async function prepaidBy(gateway: PaymentGateway, wanted: PrepayingOrder): Promise<PrepaidOrder> {
  const answer = await gateway.prepay(wanted);
  if (answer.kind !== 'ready') throw new Error(`prepay answered ${answer.kind}`);
  return takeTicket(wanted, answer.ticket, wanted.prepay.beganAt).order;
}

export async function paidIn(open: Open): Promise<PaymentGatewayHarness & { wanted: PrepayingOrder }> {
  const harness = await prepaidIn(open);
  await harness.pay(harness.gateway.paymentRequest(harness.prepaid));
  return harness;
}

/** An order of ours that is paid, with a refund of ¥1.08 that WeChat is to hear of now. */
export async function refundableIn(open: Open): Promise<PaymentGatewayHarness & { bought: PaidOrder; wish: Refund }> {
  const harness = await paidIn(open);
  const answer = await harness.gateway.query(harness.wanted);
  if (answer.kind !== 'paid') throw new Error(`query answered ${answer.kind}`);
  const paid = paidBy(harness.wanted, answer.report, { now: answer.report.paidAt }).order;
  const id = `R${paid.id.slice(0, 24)}-|*@` as OutRefundNo;
  const made = { id, amount: fen(108), reason: '商品已售完', origin: 'merchant', requestId: null } as const;
  const now = paid.payment.paidAt;
  const wished = requestRefund(paid, made, now).order;
  const bought = askedFor(wished, wished.refunds.at(-1) as RequestedRefund, now);
  return { ...harness, bought, wish: bought.refunds.at(-1)! };
}

/** One that WeChat is working on. */
export async function refundingIn(open: Open) {
  const harness = await refundableIn(open);
  const answer = await harness.gateway.refund(harness.bought, harness.wish);
  if (answer.kind !== 'accepted') throw new Error(`refund answered ${answer.kind}`);
  return { ...harness, refundId: answer.refundId };
}

/** One whose money could not get where it should. */
export async function abnormalIn(open: Open) {
  const harness = await refundingIn(open);
  const { refundId, wish, settleRefund } = harness;
  await settleRefund(wish.id, 'abnormal');
  return { ...harness, abnormal: { ...wish, state: 'abnormal', refundId } as AbnormalRefund };
}

export const UNKNOWN = { kind: 'unknown', outage: expect.objectContaining({ name: 'Outage' }) as object };

export function reportsIn(answer: RefundsAnswer): readonly RefundReport[] {
  if (answer.kind !== 'refunds') throw new Error(`queryRefunds answered ${answer.kind}`);
  return answer.reports;
}
