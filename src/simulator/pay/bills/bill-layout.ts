import { clockTime } from '../clock-time.ts';
import type { MerchantNames } from '../v2-answer.ts';
import type { BillEntry, RefundEntry } from './bill-entry.ts';
import { RATE, yuan, yuanOfFee } from './yuan.ts';

export type BillType = 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND';

type Cell = (entry: BillEntry, names: MerchantNames) => string;
type Column = readonly [name: string, cell: Cell];

const ORDER: readonly Column[] = [
  ['交易时间', ({ at }) => clockTime(at)],
  ['公众账号ID', ({ appid }) => appid],
  ['商户号', (_entry, { mch_id }) => mch_id],
  ['特约商户号', () => '0'],
  ['设备号', ({ deviceInfo }) => deviceInfo],
  ['微信订单号', ({ transactionId }) => transactionId],
  ['商户订单号', ({ outTradeNo }) => outTradeNo],
  ['用户标识', ({ openid }) => openid],
  ['交易类型', ({ tradeType }) => tradeType],
  ['交易状态', ({ refund }) => (refund ? 'REFUND' : 'SUCCESS')],
  ['付款银行', () => 'OTHERS'],
  ['货币种类', () => 'CNY'],
  ['应结订单金额', ({ settled }) => yuan(settled)],
  ['代金券金额', ({ coupons }) => yuan(coupons)],
];

const ofRefund =
  (cell: (refund: RefundEntry, entry: BillEntry) => string, otherwise: string): Cell =>
  (entry) =>
    entry.refund ? cell(entry.refund, entry) : otherwise;

const REFUND_TIMES: readonly Column[] = [
  ['退款申请时间', ofRefund((_refund, { at }) => clockTime(at), '')],
  ['退款成功时间', ofRefund(({ succeededAt }) => (succeededAt ? clockTime(succeededAt) : ''), '')],
];

const REFUND: readonly Column[] = [
  ['微信退款单号', ofRefund(({ refundId }) => refundId, '0')],
  ['商户退款单号', ofRefund(({ outRefundNo }) => outRefundNo, '0')],
  ['退款金额', ofRefund(({ settled }) => yuan(settled), '0.00')],
  ['充值券退款金额', ofRefund(({ coupons }) => yuan(coupons), '0.00')],
  ['退款类型', ofRefund(() => 'ORIGINAL', '')],
  ['退款状态', ofRefund(({ state }) => state, '')],
];

const GOODS: readonly Column[] = [
  ['商品名称', ({ description }) => description],
  ['商户数据包', ({ attach }) => attach],
  ['手续费', ({ fee }) => yuanOfFee(fee)],
  ['费率', () => RATE],
  ['订单金额', ({ total }) => yuan(total)],
];

const ASKED: Column = ['申请退款金额', ofRefund(({ asked }) => yuan(asked), '0.00')];
const REMARK: Column = ['费率备注', () => ''];

const REFUNDS = [...ORDER, ...REFUND_TIMES, ...REFUND, ...GOODS, ASKED, REMARK];

/** What the layouts have in their columns, in their order. */
export const LAYOUTS: Readonly<Record<BillType, readonly Column[]>> = {
  ALL: [...ORDER, ...REFUND, ...GOODS, ASKED, REMARK],
  SUCCESS: [...ORDER, ...GOODS, REMARK],
  REFUND: REFUNDS,
  RECHARGE_REFUND: REFUNDS,
};

/** What a bill of this type is about. */
export const BELONGS: Readonly<Record<BillType, (entry: BillEntry) => boolean>> = {
  ALL: () => true,
  SUCCESS: ({ refund }) => !refund,
  REFUND: ({ refund }) => refund !== undefined,
  RECHARGE_REFUND: ({ refund }) => refund?.account === 'REFUND_SOURCE_RECHARGE_FUNDS',
};
