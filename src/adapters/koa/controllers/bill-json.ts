import type { BillTotals, FundRow, TradeRow } from '../../../domain/statement/bill.ts';
import type { MovementJson, TotalsJson, TradeJson } from '../answers/bill.ts';

const UNITS_PER_YUAN = 100_000n;

/** Amounts are in fen; a fee is finer than that, and is an exact decimal of yuan. */
export const tradeJson = (row: TradeRow): TradeJson => ({
  trade_time: row.at.toISOString(),
  appid: row.appid,
  mchid: row.mchid,
  transaction_id: row.transactionId,
  out_trade_no: row.outTradeNo,
  openid: row.openid,
  trade_type: row.tradeType,
  trade_state: row.tradeState,
  currency: row.currency,
  total: row.total,
  settlement_total: row.settlementTotal,
  refund_id: row.refundId,
  out_refund_no: row.outRefundNo,
  refund_amount: row.refundAmount,
  refund_state: row.refundState,
  description: row.description,
  attach: row.attach,
  fee: feeText(row.fee),
});

export const fundJson = (row: FundRow): MovementJson => ({
  booked_at: row.at.toISOString(),
  transaction_id: row.transactionId,
  flow_id: row.flowId,
  business_name: row.businessName,
  business_type: row.businessType,
  direction: row.direction,
  amount: row.amount,
  balance: row.balance,
  applicant: row.applicant,
  note: row.note,
  voucher_no: row.voucherNo,
});

export const totalsJson = ({ count, sums }: BillTotals): TotalsJson => ({ totals: { count, sums } });

/** Of five places, as WeChat writes it. */
function feeText(fee: bigint): string {
  const size = fee < 0n ? -fee : fee;
  const part = String(size % UNITS_PER_YUAN).padStart(5, '0');
  return `${fee < 0n ? '-' : ''}${size / UNITS_PER_YUAN}.${part}`;
}
