import { MINUTE } from '../../../domain/clock.ts';
import type { PaidOrder } from '../../../domain/order/order.ts';
import type {
  AbnormalRefundWish,
  RefundAnswer,
  RefundsAnswer,
  Unknown,
} from '../../../domain/order/payment-gateway.ts';
import type { RefundReport } from '../../../domain/order/refund-report.ts';
import {
  type AbnormalRefund,
  isOpenRefund,
  OUT_REFUND_NO_SHAPE,
  type OutRefundNo,
  type Refund,
} from '../../../domain/order/refund.ts';
import { misconfigured, unreadable } from '../pay-client/outages.ts';
import type { V3Answer } from './v3-answer.ts';
import { ABNORMAL_REFUND_CODES, REFUND_CODES, REFUND_QUERY_CODES, settledBy } from './v3-error-codes.ts';
import { need, UnreadableField } from '../protocol/unreadable-field.ts';
import { fenIn, fieldsIn, textIn, timeIn, type V3Fields } from './v3-fields.ts';
import { transactionIdIn } from './v3-trade.ts';
import type { V3Words } from './v3-request.ts';

const REFUNDS = '/v3/refund/domestic/refunds';
const WAITS = { slower: MINUTE, 'top-up': 10 * MINUTE } as const;

/** Everything comes from the order and the refund, so that saying it again is saying the very same. */
export const refundWords = ({ amount, payment }: PaidOrder, refund: Refund, notifyUrl: string): V3Words => ({
  method: 'POST',
  path: REFUNDS,
  body: {
    transaction_id: payment.transactionId,
    out_refund_no: refund.id,
    reason: refund.reason || undefined,
    notify_url: notifyUrl,
    amount: { refund: refund.amount, total: amount.total, currency: amount.currency },
  },
});

export const refundQueryWords = (id: OutRefundNo): V3Words => ({
  method: 'GET',
  path: `${REFUNDS}/${encodeURIComponent(id)}`,
});

/** `seal` is for what nobody else may read. */
export const abnormalRefundWords = (
  { id, refundId }: AbnormalRefund,
  wish: AbnormalRefundWish,
  seal: (text: string) => string,
): V3Words => ({
  method: 'POST',
  path: `${REFUNDS}/${encodeURIComponent(refundId ?? '')}/apply-abnormal-refund`,
  body: { out_refund_no: id, type: wish.type, ...(wish.type === 'USER_BANK_CARD' && cardOf(wish, seal)) },
});

type UserCard = Extract<AbnormalRefundWish, { readonly type: 'USER_BANK_CARD' }>;

const cardOf = ({ bankType, bankAccount, realName }: UserCard, seal: (text: string) => string) => ({
  bank_type: bankType,
  bank_account: seal(bankAccount),
  real_name: seal(realName),
});

/** Throws an Outage for what settles nothing. Answers look where WeChat says no and may have it all the same. */
export function readRefundAnswer(answer: V3Answer, order: PaidOrder, refund: Refund): RefundAnswer | Look {
  if (answer.kind === 'success') return { kind: 'accepted', refundId: acceptedIn(answer.fields, order, refund) };
  const { code: reason } = answer;
  const kind = settledBy(REFUND_CODES, answer);
  if (kind === 'slower' || kind === 'top-up') return { kind: 'later', reason, wait: WAITS[kind] };
  return { kind, reason };
}

export interface Look {
  readonly kind: 'look';
  readonly reason: string;
}

/** WeChat said no, and whether it has the refund is known now. */
export function judgedBy(
  known: RefundAnswer | { readonly kind: 'absent' },
  { reason }: Look,
  { looks }: Refund,
): RefundAnswer {
  if (known.kind !== 'absent') return known;
  // Of one that was asked for before, WeChat may not have heard yet of what it will have in a moment.
  return { kind: looks > 1 ? 'abnormal' : 'refused', reason };
}

export function readAbnormalAnswer(answer: V3Answer, order: PaidOrder, refund: AbnormalRefund): RefundAnswer {
  if (answer.kind === 'success') return { kind: 'accepted', refundId: acceptedIn(answer.fields, order, refund) };
  return { kind: settledBy(ABNORMAL_REFUND_CODES, answer), reason: answer.code };
}

/** Whether WeChat has the refund that we asked for. */
export function readWhetherTaken(
  answer: V3Answer,
  order: PaidOrder,
  refund: Refund,
): RefundAnswer | { readonly kind: 'absent' } {
  if (answer.kind === 'failure') return { kind: settledBy(REFUND_QUERY_CODES, answer) };
  if (isOfAnotherPayment(answer.fields, order, refund.id)) return { kind: 'absent' };
  return { kind: 'accepted', refundId: acceptedIn(answer.fields, order, refund) };
}

/** A yes to something else is none, and neither is one to another amount under the same number. */
function acceptedIn(fields: V3Fields, order: PaidOrder, refund: Refund): string {
  insistOnRefund(fields, order, refund.id);
  if (fenIn(fieldsIn(fields, 'amount'), 'refund') !== refund.amount) throw misconfigured('another amount.refund');
  const refundId = refundIdIn(fields);
  if (refundId === undefined) throw unreadable('no refund_id');
  return refundId;
}

function insistOnRefund(fields: V3Fields, { id, payment }: PaidOrder, outRefundNo: OutRefundNo): void {
  const isAbout = (name: string, ours: string) => (textIn(fields, name) ?? ours) === ours;
  if (textIn(fields, 'out_refund_no') !== outRefundNo) throw another('out_refund_no');
  if (!isAbout('out_trade_no', id)) throw another('out_trade_no');
  if (!isAbout('transaction_id', payment.transactionId)) throw another('transaction_id');
}

/** WeChat signed that this number is a refund of another payment: of this one there is none, and never will be. */
function isOfAnotherPayment(fields: V3Fields, { payment }: PaidOrder, outRefundNo: OutRefundNo): boolean {
  const transactionId = transactionIdIn(fields);
  return (
    textIn(fields, 'out_refund_no') === outRefundNo && transactionId !== null && transactionId !== payment.transactionId
  );
}

const another = (name: string) => unreadable(`another ${name}`, { isPassing: false });

/** Version 3 lists no refunds: those that WeChat may have and has not said the last word about, and those that are named. */
export const numbersOf = ({ refunds }: PaidOrder, named: readonly OutRefundNo[]): ReadonlySet<OutRefundNo> =>
  new Set([...refunds.filter(mayBeThere).map(({ id }) => id), ...named]);

const mayBeThere = (refund: Refund): boolean =>
  isOpenRefund(refund) && (refund.state !== 'requested' || refund.askedAt !== null);

type OneAnswer = { readonly kind: 'refund'; readonly report: RefundReport } | { readonly kind: 'absent' } | Unknown;

/** One after the other; what is not known of one is not known of the order. */
export async function refundsOf(
  numbers: Iterable<OutRefundNo>,
  ask: (id: OutRefundNo) => Promise<OneAnswer>,
): Promise<RefundsAnswer> {
  const reports: RefundReport[] = [];
  for (const id of numbers) {
    const answer = await ask(id);
    if (answer.kind === 'unknown') return answer;
    if (answer.kind === 'refund') reports.push(answer.report);
  }
  return reports.length === 0 ? { kind: 'absent' } : { kind: 'refunds', reports };
}

/** Throws an Outage for what cannot be. */
export function readOne(answer: V3Answer, order: PaidOrder, id: OutRefundNo): Exclude<OneAnswer, Unknown> {
  if (answer.kind === 'failure') return { kind: settledBy(REFUND_QUERY_CODES, answer) };
  if (isOfAnotherPayment(answer.fields, order, id)) return { kind: 'absent' };
  insistOnRefund(answer.fields, order, id);
  try {
    return { kind: 'refund', report: readRefund(answer.fields, 'status') };
  } catch (error) {
    throw error instanceof UnreadableField ? unreadable(error.message) : error;
  }
}

/** What an answer or a notice says of a refund; the two have another name for how it stands. */
export function readRefund(fields: V3Fields, status: 'status' | 'refund_status'): RefundReport {
  const state = need(status, stateOf(textIn(fields, status) ?? ''));
  return {
    outRefundNo: need('out_refund_no', outRefundNoIn(fields)),
    refundId: need('refund_id', refundIdIn(fields)),
    amount: need('amount.refund', fenIn(fieldsIn(fields, 'amount'), 'refund')),
    state,
    succeededAt: state === 'succeeded' ? succeededIn(fields) : null,
  };
}

/** What nobody has heard of yet says nothing of where the money is. */
const stateOf = (status: string): RefundReport['state'] | undefined =>
  Object.hasOwn(STATES, status) ? STATES[status] : undefined;

const STATES: Readonly<Record<string, RefundReport['state']>> = {
  SUCCESS: 'succeeded',
  CLOSED: 'closed',
  PROCESSING: 'processing',
  ABNORMAL: 'abnormal',
};

export function outRefundNoIn(fields: V3Fields): OutRefundNo | undefined {
  const text = textIn(fields, 'out_refund_no') ?? '';
  return OUT_REFUND_NO_SHAPE.test(text) ? (text as OutRefundNo) : undefined;
}

/** WeChat leaves it out, or sends it empty. */
const succeededIn = (fields: V3Fields): Date | null =>
  textIn(fields, 'success_time') === null ? null : need('success_time', timeIn(fields, 'success_time'));

/** WeChat's number of a refund. */
function refundIdIn(fields: V3Fields): string | undefined {
  const text = textIn(fields, 'refund_id') ?? '';
  return /^[0-9A-Za-z]{1,32}$/.test(text) ? text : undefined;
}
