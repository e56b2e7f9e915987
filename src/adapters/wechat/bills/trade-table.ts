import type { BillTotals, TradeRow } from '../../../domain/statement/bill.ts';
import { type BillCells, type BillSummary, UnreadableBill } from '../protocol/bill-csv.ts';
import { YuanSum } from '../protocol/yuan.ts';
import { type BillTable, compared, fenIn, needPlace, placeOf, timeIn, unitsIn } from './bill-table.ts';

/** Which column each sum is of; the later ones are those of the layout before 2018. */
const SUMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    应结订单总金额: '应结订单金额',
    退款总金额: '退款金额',
    充值券退款总金额: '充值券退款金额',
    手续费总金额: '手续费',
    订单总金额: '订单金额',
    申请退款总金额: '申请退款金额',
    总交易额: '总金额',
    总退款金额: '退款金额',
    总代金券或立减优惠退款金额: '代金券或立减优惠退款金额',
    总企业红包退款金额: '企业红包退款金额',
  }),
);

const COUNT = '总交易单数';

/** 交易账单: payments and refunds, in whichever of its layouts. */
export class TradeTable implements BillTable<TradeRow> {
  readonly #places: ReturnType<typeof placesIn>;
  readonly #sums: readonly { readonly column: string; readonly place: number; readonly sum: YuanSum }[];
  #count = 0;

  constructor(columns: readonly string[]) {
    this.#places = placesIn(columns);
    const summed = [...new Set(SUMS.values())].filter((column) => columns.includes(column));
    this.#sums = summed.map((column) => ({ column, place: columns.indexOf(column), sum: new YuanSum() }));
  }

  row(cells: BillCells): TradeRow {
    this.#count += 1;
    for (const { place, sum } of this.#sums) sum.add(unitsIn(cells[place]!));
    return rowOf(cells, this.#places);
  }

  /** Of a column that the layout does not have, WeChat's sum is nothing. */
  totals(summary: BillSummary): BillTotals {
    const sums: Record<string, string> = {};
    compared(summary, COUNT, { count: this.#count });
    for (const name of summary.keys()) {
      const column = SUMS.get(name);
      const units = this.#sums.find((own) => own.column === column)?.sum.total ?? 0n;
      if (column !== undefined) sums[name] = compared(summary, name, { units });
    }
    if (Object.keys(sums).length === 0) throw new UnreadableBill('no sums');
    return { count: this.#count, sums };
  }
}

function placesIn(columns: readonly string[]) {
  const need = (...names: readonly string[]) => needPlace(columns, ...names);
  const find = (...names: readonly string[]) => placeOf(columns, ...names);
  return {
    at: need('交易时间'),
    appid: need('公众账号ID'),
    mchid: need('商户号'),
    transactionId: need('微信订单号'),
    outTradeNo: need('商户订单号'),
    openid: need('用户标识'),
    tradeType: need('交易类型'),
    tradeState: need('交易状态'),
    currency: need('货币种类'),
    settlementTotal: need('应结订单金额', '总金额'),
    fee: need('手续费'),
    total: find('订单金额'),
    refundId: find('微信退款单号'),
    outRefundNo: find('商户退款单号'),
    refundAmount: columns.includes('申请退款金额') ? need('申请退款金额') : find('退款金额'),
    refundState: find('退款状态'),
    description: find('商品名称'),
    attach: find('商户数据包'),
  };
}

/** A column that is not there gives an empty cell. */
function rowOf(cells: BillCells, places: ReturnType<typeof placesIn>): TradeRow {
  const cell = (place: number): string => cells[place] ?? '';
  const refundId = numberIn(cell(places.refundId));
  const total = cell(places.total);
  return {
    at: timeIn(cell(places.at)),
    appid: cell(places.appid),
    mchid: cell(places.mchid),
    transactionId: cell(places.transactionId),
    outTradeNo: cell(places.outTradeNo),
    openid: cell(places.openid),
    tradeType: cell(places.tradeType),
    tradeState: cell(places.tradeState),
    currency: cell(places.currency),
    total: total === '' || refundId !== null ? null : fenIn(total),
    settlementTotal: fenIn(cell(places.settlementTotal)),
    refundId,
    outRefundNo: numberIn(cell(places.outRefundNo)),
    refundAmount: refundId === null ? null : fenIn(cell(places.refundAmount)),
    refundState: cell(places.refundState) || null,
    description: cell(places.description),
    attach: cell(places.attach),
    fee: BigInt(unitsIn(cell(places.fee))),
  };
}

/** Where there is no refund, its numbers are `0`. */
const numberIn = (cell: string): string | null => (cell === '' || cell === '0' ? null : cell);
