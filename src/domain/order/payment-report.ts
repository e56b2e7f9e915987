import type { Anomaly, AnomalyKind } from './anomaly.ts';
import type { Order, Payment } from './order.ts';

/** What WeChat says about a payment, in a notice or when it is asked. True of WeChat, and of our order only once compared. */
export interface PaymentReport extends Payment {
  readonly appid: string;
  readonly mchid: string;
  readonly outTradeNo: string;
  /** In fen: the order's whole amount, coupons included. */
  readonly total: number;
  readonly currency: string;
}

const COMPARISONS: readonly [AnomalyKind, (order: Order, report: PaymentReport) => boolean][] = [
  ['order-mismatch', (order, report) => report.outTradeNo === order.id],
  ['appid-mismatch', (order, report) => report.appid === order.appid],
  ['mchid-mismatch', (order, report) => report.mchid === order.mchid],
  ['amount-mismatch', (order, report) => report.total === order.amount.total],
  ['currency-mismatch', (order, report) => report.currency === order.amount.currency],
  ['payer-mismatch', ({ payer }, report) => !payer || !report.payer || report.payer === payer.openid],
];

/** Everything in which the report is not about what was agreed; a good signature alone proves nothing about an order. */
export function mismatches(order: Order, report: PaymentReport): Anomaly[] {
  const { transactionId } = report;
  return COMPARISONS.filter(([, agrees]) => !agrees(order, report)).map(([kind]) => ({ kind, transactionId }));
}

export const paymentOf = (report: PaymentReport): Payment => ({
  transactionId: report.transactionId,
  paidAt: report.paidAt,
  payer: report.payer,
  payerTotal: report.payerTotal,
  tradeType: report.tradeType,
  bankType: report.bankType,
});
