import type { BillTotals, FundRow } from '../../../domain/statement/bill.ts';
import { type BillCells, type BillSummary, UnreadableBill } from '../protocol/bill-csv.ts';
import { UNITS_PER_YUAN, YuanSum } from '../protocol/yuan.ts';
import { type BillTable, compared, fenIn, needPlace, timeIn } from './bill-table.ts';

const DIRECTIONS = new Map<string, FundRow['direction']>([
  ['收入', 'in'],
  ['支出', 'out'],
]);

/** 资金账单: everything that an account gained and lost. */
export class FundTable implements BillTable<FundRow> {
  readonly #places: ReturnType<typeof placesIn>;
  readonly #in = new Flow();
  readonly #out = new Flow();

  constructor(columns: readonly string[]) {
    this.#places = placesIn(columns);
  }

  row(cells: BillCells): FundRow {
    const row = rowOf(cells, this.#places);
    (row.direction === 'in' ? this.#in : this.#out).add(row.amount);
    return row;
  }

  totals(summary: BillSummary): BillTotals {
    const count = this.#in.count + this.#out.count;
    compared(summary, '资金流水总笔数', { count });
    const sums = {
      收入笔数: compared(summary, '收入笔数', { count: this.#in.count }),
      收入金额: compared(summary, '收入金额', { units: this.#in.sum.total }),
      支出笔数: compared(summary, '支出笔数', { count: this.#out.count }),
      支出金额: compared(summary, '支出金额', { units: this.#out.sum.total }),
    };
    return { count, sums };
  }
}

const UNITS_PER_FEN = UNITS_PER_YUAN / 100;

class Flow {
  readonly sum = new YuanSum();
  count = 0;

  add(fen: number): void {
    this.count += 1;
    this.sum.add(fen * UNITS_PER_FEN);
  }
}

function placesIn(columns: readonly string[]) {
  const need = (...names: readonly string[]) => needPlace(columns, ...names);
  return {
    at: need('记账时间'),
    transactionId: need('微信支付业务单号'),
    flowId: need('资金流水单号'),
    businessName: need('业务名称'),
    businessType: need('业务类型'),
    direction: need('收支类型'),
    amount: need('收支金额(元)', '收支金额（元）', '收支金额'),
    balance: need('账户结余(元)', '账户结余（元）', '账户结余'),
    applicant: need('资金变更提交申请人'),
    note: need('备注'),
    voucherNo: need('业务凭证号'),
  };
}

function rowOf(cells: BillCells, places: ReturnType<typeof placesIn>): FundRow {
  const cell = (place: number): string => cells[place]!;
  const direction = DIRECTIONS.get(cell(places.direction));
  if (!direction) throw new UnreadableBill('neither in nor out');
  return {
    at: timeIn(cell(places.at)),
    transactionId: cell(places.transactionId),
    flowId: cell(places.flowId),
    businessName: cell(places.businessName),
    businessType: cell(places.businessType),
    direction,
    amount: fenIn(cell(places.amount)),
    balance: fenIn(cell(places.balance)),
    applicant: cell(places.applicant),
    note: cell(places.note),
    voucherNo: cell(places.voucherNo),
  };
}
