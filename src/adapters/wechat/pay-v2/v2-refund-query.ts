import type { RefundsAnswer, Unknown } from '../../../domain/order/payment-gateway.ts';
import type { RefundReport } from '../../../domain/order/refund-report.ts';
import { OUT_REFUND_NO_SHAPE, type OutRefundNo } from '../../../domain/order/refund.ts';
import { unreadable } from '../pay-client/outages.ts';
import { readDashedTime } from '../protocol/compact-time.ts';
import { readFen } from '../protocol/fen-text.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import { need, UnreadableField } from '../protocol/unreadable-field.ts';
import { textOf } from './v2-report.ts';

/** Some of the refunds of an order. */
export interface RefundPage {
  readonly kind: 'page';
  readonly reports: readonly RefundReport[];
  /** How many there are in all, where WeChat says so. */
  readonly total: number | undefined;
}

type PageAnswer = RefundPage | { readonly kind: 'absent' } | Unknown;

const PAGE = 10;

/**
 * Turns the pages until all refunds are there. WeChat says how many there are; where it does not, a page that is
 * not full is the last. Less than it said is not an answer.
 */
export async function allRefunds(turnTo: (offset: number) => Promise<PageAnswer>): Promise<RefundsAnswer> {
  const found = new Map<string, RefundReport>();
  let total: number | undefined;
  for (let offset = 0; ;) {
    const page = await turnTo(offset);
    if (page.kind === 'unknown') return page;
    const { reports, total: said } = page.kind === 'page' ? page : NOTHING;
    const before = found.size;
    for (const report of reports) found.set(report.outRefundNo, report);
    offset += reports.length;
    total = said ?? total;
    const isStuck = found.size === before;
    if (isStuck || !isMoreBehind(total, found.size, reports.length)) return refundsIn(found, total);
  }
}

const NOTHING: Omit<RefundPage, 'kind'> = { reports: [], total: undefined };

const isMoreBehind = (total: number | undefined, found: number, read: number): boolean =>
  total === undefined ? read >= PAGE : found < total;

function refundsIn(found: ReadonlyMap<string, RefundReport>, total = 0): RefundsAnswer {
  if (found.size < total) return { kind: 'unknown', outage: unreadable('refunds are missing', { isPassing: false }) };
  return found.size === 0 ? { kind: 'absent' } : { kind: 'refunds', reports: [...found.values()] };
}

/** Throws an Outage for what cannot be. */
export function readRefundPage(fields: V2Fields, outTradeNo: string): RefundPage {
  if ((fields.get('out_trade_no') ?? outTradeNo) !== outTradeNo) throw unreadable('another out_trade_no');
  try {
    return readPage(fields);
  } catch (error) {
    throw error instanceof UnreadableField ? unreadable(error.message) : error;
  }
}

function readPage(fields: V2Fields): RefundPage {
  const indices = indicesIn(fields);
  const reports = indices.map((index) => readRefund(fields, index));
  if (need('refund_count', readFen(fields.get('refund_count'))) !== reports.length)
    throw new UnreadableField('refund_count');
  const total = textOf(fields, 'total_refund_count');
  const isTotalSaid = total !== null;
  return {
    kind: 'page',
    reports,
    total: isTotalSaid ? need('total_refund_count', readFen(total)) : undefined,
  };
}

/** Every index that a refund or a part of one stands under; `coupon_refund_fee_0_1` and its kin are about coupons. */
const indicesIn = (fields: V2Fields): string[] => {
  const named = [...fields.keys()].map((name) => INDEXED.exec(name)?.[1]);
  return [...new Set(named.filter((index) => index !== undefined))];
};

const INDEXED = /^(?:out_refund_no|refund_id|refund_fee|refund_status)_(\d+)$/;

function readRefund(fields: V2Fields, index: string): RefundReport {
  const text = (name: string) => fields.get(`${name}_${index}`);
  const state = need('refund_status', stateOf(text('refund_status')));
  return {
    outRefundNo: need('out_refund_no', outRefundNoOf(text('out_refund_no'))),
    refundId: need('refund_id', refundIdIn(text('refund_id'))),
    amount: need('refund_fee', readFen(text('refund_fee'))),
    state,
    succeededAt: state === 'succeeded' ? timeOf(text('refund_success_time')) : null,
  };
}

/** What nobody has heard of yet says nothing of where the money is. */
const stateOf = (status = ''): RefundReport['state'] | undefined =>
  Object.hasOwn(STATES, status) ? STATES[status] : undefined;

const STATES: Readonly<Record<string, RefundReport['state']>> = {
  SUCCESS: 'succeeded',
  REFUNDCLOSE: 'closed',
  PROCESSING: 'processing',
  CHANGE: 'abnormal',
};

const outRefundNoOf = (text = ''): OutRefundNo | undefined =>
  OUT_REFUND_NO_SHAPE.test(text) ? (text as OutRefundNo) : undefined;

/** WeChat leaves it out, or sends it empty. */
const timeOf = (text: string | undefined): Date | null =>
  text ? need('refund_success_time', readDashedTime(text)) : null;

/** WeChat's number of a refund. */
export const refundIdIn = (text = ''): string | undefined => (/^[0-9A-Za-z]{1,32}$/.test(text) ? text : undefined);
