import { writeYuan } from '../../src/adapters/wechat/protocol/yuan.ts';
import { later, HOUR } from '../../src/domain/clock.ts';
import type { FundRow, TradeRow } from '../../src/domain/statement/bill.ts';
import bills from '../vectors/bills.json' with { type: 'json' };

/** The text of a published bill. */
export const billVector = (name: string): string =>
  (bills.vectors as { name: string; inputs: { text?: string } }[]).find((vector) => vector.name === name)!.inputs.text!;

export const OFFICIAL = billVector('official-php-bill-all-45-rows');

/** A bill of money of one row, which WeChat's page shows with the sums of another. */
export const FUNDS = billVector('official-doc-fundflow').replace(/资金流水总笔数[^]*$/, (heading) =>
  heading.replace(/\n[^]*/, '\n`1.0,`0,`0.00,`1.0,`0.02\n'),
);

const yuan = (fen: number | null): string => writeYuan(BigInt(fen ?? 0) * 1_000n);
const sumOf = <Row>(rows: readonly Row[], of: (row: Row) => number | null): string =>
  yuan(rows.reduce((sum, row) => sum + (of(row) ?? 0), 0));
export const clockOf = (time: Date): string =>
  later(time, 8 * HOUR)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');

const table = (heading: string, rows: readonly (readonly string[])[]): string =>
  [heading, ...rows.map((cells) => cells.map((cell) => `\`${cell}`).join(',')), ''].join('\r\n');

const TRADES =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const TRADE_SUMS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

const tradeCells = (row: TradeRow): string[] =>
  [
    [clockOf(row.at), row.appid, row.mchid, '0', '', row.transactionId, row.outTradeNo, row.openid, row.tradeType],
    [row.tradeState, 'OTHERS', row.currency, yuan(row.settlementTotal), '0.00', row.refundId ?? '0'],
    [row.outRefundNo ?? '0', yuan(row.refundAmount), '0.00', '', row.refundState ?? '', row.description, row.attach],
    [writeYuan(row.fee), '0.60%', yuan(row.total), yuan(row.refundAmount), ''],
  ].flat();

/** A trade bill as WeChat writes it. */
export function tradeText(rows: readonly TradeRow[]): string {
  const refunds = sumOf(rows, (row) => row.refundAmount);
  const fee = writeYuan(rows.reduce((sum, row) => sum + row.fee, 0n));
  const settled = sumOf(rows, (row) => row.settlementTotal);
  const sums = [`${rows.length}.0`, settled, refunds, '0.0', fee, sumOf(rows, (row) => row.total), refunds];
  return table(TRADES, rows.map(tradeCells)) + table(TRADE_SUMS, [sums]);
}

const FLOWS =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号';
const FLOW_SUMS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

const flowCells = (row: FundRow): string[] =>
  [
    [clockOf(row.at), row.transactionId, row.flowId, row.businessName, row.businessType],
    [row.direction === 'in' ? '收入' : '支出', yuan(row.amount), yuan(row.balance), row.applicant, row.note],
    [row.voucherNo],
  ].flat();

/** A bill of money as WeChat writes it. */
export function flowText(rows: readonly FundRow[]): string {
  const [income, outgo] = (['in', 'out'] as const).map((way) => rows.filter(({ direction }) => direction === way));
  const sums = [income!, outgo!].flatMap((some) => [`${some.length}.0`, sumOf(some, ({ amount }) => amount)]);
  return table(FLOWS, rows.map(flowCells)) + table(FLOW_SUMS, [[`${rows.length}.0`, ...sums]]);
}
