import { createHash } from 'node:crypto';
import { worth } from '../coupon.ts';
import { clockTime } from '../clock-time.ts';
import { type Refund, settledFee } from '../refund.ts';
import type { PaidTrade } from '../trade.ts';
import { header, heading, row } from './csv.ts';
import { type Day, dateOf, isIn } from './day.ts';
import { feeOn, yuan } from './yuan.ts';

/** Money that came to the merchant's basic account or left it. */
interface Flow {
  readonly at: Date;
  readonly business: '交易' | '扣除交易手续费' | '退款';
  readonly isIncome: boolean;
  /** Fen. */
  readonly amount: number;
  /** WeChat's number of what it was for, and the merchant's. */
  readonly reason: string;
  readonly voucher: string;
  readonly remark: string;
}

const COLUMNS = [
  '记账时间',
  '微信支付业务单号',
  '资金流水单号',
  '业务名称',
  '业务类型',
  '收支类型',
  '收支金额(元)',
  '账户结余(元)',
  '资金变更提交申请人',
  '备注',
  '业务凭证号',
];

const SUMMARY = ['资金流水总笔数', '收入笔数', '收入金额', '支出笔数', '支出金额'];

/** All that has moved until now. */
export function* flowsOf(trades: Iterable<PaidTrade>, now: number): Generator<Flow> {
  for (const trade of trades)
    for (const flow of [...paymentFlows(trade), ...trade.refunds.flatMap(refundFlows)])
      if (flow.amount > 0 && flow.at.getTime() < now) yield flow;
}

/** The file of a day's money, line by line. */
export function* fundFlowBill(day: Day, flows: () => Iterable<Flow>, mchid: string): Generator<string> {
  let balance = openingOf(day, flows());
  const incomes = { count: 0, fen: 0 };
  const expenses = { count: 0, fen: 0 };
  yield header(COLUMNS);
  for (const flow of flows()) {
    if (!isIn(day, flow.at)) continue;
    const side = flow.isIncome ? incomes : expenses;
    side.count += 1;
    side.fen += flow.amount;
    balance += signed(flow);
    yield row(cellsOf(flow, balance, mchid));
  }
  yield heading(SUMMARY);
  const { count, fen } = incomes;
  yield row([decimal(count + expenses.count), decimal(count), yuan(fen), decimal(expenses.count), yuan(expenses.fen)]);
}

function paymentFlows({ terms, payment }: PaidTrade): readonly Flow[] {
  const settled = terms.total - worth(payment.coupons, 'NO_CASH');
  const common = { at: payment.at, reason: payment.transactionId, voucher: terms.outTradeNo };
  const fee = feeOn(settled);
  const remark = `结算总金额 ${yuan(settled)} 元;含手续费 ${yuan(fee)} 元`;
  return [
    { ...common, business: '交易', isIncome: true, amount: settled, remark },
    { ...common, business: '扣除交易手续费', isIncome: false, amount: fee, remark },
  ];
}

/** The fee comes back, so a refund costs that much less. */
function refundFlows(refund: Refund): readonly Flow[] {
  if (!refund.succeededAt) return [];
  const settled = settledFee(refund);
  return [
    {
      at: refund.succeededAt,
      business: '退款',
      isIncome: false,
      amount: settled - feeOn(settled),
      reason: refund.refundId,
      voucher: refund.terms.outRefundNo,
      remark: refund.terms.reason ?? '',
    },
  ];
}

function openingOf(day: Day, flows: Iterable<Flow>): number {
  let opening = 0;
  for (const flow of flows) if (flow.at.getTime() < day.start) opening += signed(flow);
  return opening;
}

const signed = ({ isIncome, amount }: Flow): number => (isIncome ? amount : -amount);

const cellsOf = (flow: Flow, balance: number, mchid: string): readonly string[] => [
  clockTime(flow.at),
  flow.reason,
  numberOf(flow, mchid),
  flow.business,
  flow.business,
  flow.isIncome ? '收入' : '支出',
  yuan(flow.amount),
  yuan(balance),
  'system',
  flow.remark,
  flow.voucher,
];

/** The same whenever the file is fetched. */
function numberOf({ at, business, reason }: Flow, mchid: string): string {
  const digest = createHash('sha1').update(`${business} ${reason}`).digest();
  return `${mchid}${dateOf(at)}${String(digest.readUIntBE(0, 6)).padStart(15, '0')}`;
}

/** WeChat writes these counts as `20.0`. */
const decimal = (count: number): string => `${count}.0`;
