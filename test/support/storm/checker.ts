import type { OrderEvent } from '../../../src/domain/order/order-event.ts';
import type { Order } from '../../../src/domain/order/order.ts';
import { type Refund, refundedTotal, type RefundState } from '../../../src/domain/order/refund.ts';

/** What the outside was told, and so has a right to. */
export interface History {
  /** Orders that a merchant was told are made, by the key of the request where it had one. */
  readonly made: readonly { readonly outTradeNo: string; readonly total: number; readonly key: string | undefined }[];
  /** Orders that a merchant was told are closed. */
  readonly closed: readonly string[];
  /** Notices that were answered SUCCESS, and when, in the servers' time. */
  readonly acknowledged: readonly { readonly outTradeNo: string; readonly at: number }[];
  /** Refunds that a merchant was told are on their way, with the mark of the wish, which is their reason. */
  readonly refunded: readonly ToldRefund[];
}

interface ToldRefund {
  readonly outTradeNo: string;
  readonly outRefundNo: string;
  readonly amount: number;
  readonly mark: string;
}

/** One trade as WeChat has it: the truth. */
export interface TrueTrade {
  readonly out_trade_no: string;
  readonly total_fee: number;
  readonly openid: string;
  readonly trade_state: string;
  readonly transaction_id?: string;
  readonly refunded_total: number;
  readonly refunds: readonly TrueRefund[];
}

interface TrueRefund {
  readonly out_refund_no: string;
  readonly refund_id: string;
  readonly amount: number;
  readonly state: string;
}

/** What we have in the end. */
export interface Kept {
  readonly orders: readonly Order[];
  readonly events: readonly OrderEvent[];
}

export const FINDINGS = [
  /** Answered SUCCESS while nothing was written, and never written on that word: lost, or found again by a look. */
  'acknowledged but lost',
  /** Answered SUCCESS while nothing was written, and written later. */
  'acknowledged too early',
  /** More than one effect of one payment. */
  'doubled',
  'paid without event',
  'event without paid',
  /** Another total, payer or payment than what was ordered or what WeChat has. */
  'wrong amount',
  /** A merchant was told that it is made, closed or paid back, and it is not. */
  'promise broken',
  /** Two orders of one request. */
  'second order',
  /** Two refunds of one wish, here or at WeChat. */
  'second refund',
  /** Events of an order that are not 1, 2, 3 … to its last. */
  'gap in events',
  /** Another state than WeChat's. */
  'differing',
] as const;

export type Finding = (typeof FINDINGS)[number];

export interface Found {
  readonly finding: Finding;
  readonly outTradeNo: string;
}

/** Everything that is wrong: of a storm that was survived, nothing. */
export function check(history: History, trades: readonly TrueTrade[], kept: Kept): Found[] {
  const book: Book = {
    history,
    trades: new Map(trades.map((trade) => [trade.out_trade_no, trade])),
    orders: new Map(kept.orders.map((order) => [order.id as string, order])),
    events: Map.groupBy(kept.events, ({ orderId }) => orderId),
  };
  return [
    ...checkAcknowledged(book),
    ...checkPromises(book),
    ...checkKeys(book),
    ...checkRefundPromises(book),
    ...checkRefundMarks(book),
    ...[...book.orders.values()].flatMap((order) => checkOrder(order, book)),
    ...trades.filter(({ out_trade_no: id }) => !book.orders.has(id)).map(({ out_trade_no: id }) => differing(id)),
  ];
}

/** How often each thing was found. */
export const countsOf = (found: readonly Found[]): Record<Finding, number> =>
  Object.fromEntries(
    FINDINGS.map((finding) => [finding, found.filter((one) => one.finding === finding).length]),
  ) as Record<Finding, number>;

interface Book {
  readonly history: History;
  readonly trades: ReadonlyMap<string, TrueTrade>;
  readonly orders: ReadonlyMap<string, Order>;
  readonly events: ReadonlyMap<string, readonly OrderEvent[]>;
}

const differing = (outTradeNo: string): Found => ({ finding: 'differing', outTradeNo });

const paymentsIn = (outTradeNo: string, { events }: Book): OrderEvent[] =>
  (events.get(outTradeNo) ?? []).filter(({ happening }) => happening.type === 'order.paid');

/** At the moment of the SUCCESS the payment has to be written: whatever is written later did not stand behind it. */
function checkAcknowledged(book: Book): Found[] {
  return book.history.acknowledged.flatMap(({ outTradeNo, at }): Found[] => {
    const payments = paymentsIn(outTradeNo, book);
    if (payments.some((event) => event.at.getTime() <= at)) return [];
    const isLate = payments.some(({ notice }) => notice !== null);
    return [{ finding: isLate ? 'acknowledged too early' : 'acknowledged but lost', outTradeNo }];
  });
}

function checkPromises({ history, orders }: Book): Found[] {
  const unmade = history.made.filter(({ outTradeNo, total }) => orders.get(outTradeNo)?.amount.total !== total);
  const isShut = (order: Order | undefined) => order?.state === 'closed' || (order?.state === 'paid' && order.late);
  const open = history.closed.filter((outTradeNo) => !isShut(orders.get(outTradeNo)));
  return [...unmade.map(({ outTradeNo }) => outTradeNo), ...open].map((outTradeNo) => ({
    finding: 'promise broken',
    outTradeNo,
  }));
}

/** The key is told by the answers, and noted on the order for those that nobody was told of. */
function checkKeys({ history, orders }: Book): Found[] {
  const told = history.made.flatMap(({ key, outTradeNo }) => (key === undefined ? [] : [{ key, outTradeNo }]));
  const noted = [...orders].flatMap(([outTradeNo, { metadata }]) =>
    metadata?.key === undefined ? [] : [{ key: metadata.key, outTradeNo }],
  );
  const numbers = Map.groupBy([...told, ...noted], ({ key }) => key).values();
  return [...numbers].flatMap((one) => {
    const [, ...others] = new Set(one.map(({ outTradeNo }) => outTradeNo));
    return others.map((outTradeNo) => ({ finding: 'second order' as const, outTradeNo }));
  });
}

function checkRefundPromises({ history, orders }: Book): Found[] {
  const lost = history.refunded.filter(({ outTradeNo, outRefundNo, amount }) => {
    const refunds = refundsOf(orders.get(outTradeNo));
    return !refunds.some((refund) => refund.id === outRefundNo && refund.amount === amount);
  });
  return lost.map(({ outTradeNo }) => ({ finding: 'promise broken', outTradeNo }));
}

/** Those that nobody was told of have the mark as their reason; one without came from nobody, or lost its way. */
function checkRefundMarks({ history, orders }: Book): Found[] {
  const kept = [...orders].flatMap(([outTradeNo, order]) =>
    refundsOf(order).map(({ id, reason }) => ({ outTradeNo, outRefundNo: id as string, mark: reason ?? 'none' })),
  );
  const numbers = Map.groupBy([...history.refunded, ...kept], ({ mark }) => mark);
  return [...numbers].flatMap(([mark, refunds]) => {
    const [, ...others] = new Set(refunds.map(({ outRefundNo }) => outRefundNo));
    const unwished = mark === 'none' ? refunds : others;
    return unwished.map(() => ({ finding: 'second refund' as const, outTradeNo: refunds[0]!.outTradeNo }));
  });
}

const refundsOf = (order: Order | undefined): readonly Refund[] => (order?.state === 'paid' ? order.refunds : []);

const ONCE: ReadonlySet<string> = new Set(['refund.requested', 'refund.succeeded']);

/** How many tidings of refunds there are too many; that one has to wait is told for every new reason. */
function refundsToldTwice(events: readonly OrderEvent[]): number {
  const told = events.flatMap(({ happening }) =>
    'outRefundNo' in happening && ONCE.has(happening.type)
      ? [`${happening.type} ${happening.outRefundNo} ${happening.reason}`]
      : [],
  );
  return told.length - new Set(told).size;
}

function checkOrder(order: Order, book: Book): Found[] {
  const outTradeNo = order.id;
  const payments = paymentsIn(outTradeNo, book).length;
  const trade = book.trades.get(outTradeNo);
  const isPaid = order.state === 'paid';
  const wrong: Partial<Record<Finding, boolean>> = {
    'paid without event': isPaid && payments === 0,
    'event without paid': !isPaid && payments > 0,
    'wrong amount': trade !== undefined && !isTheSame(order, trade),
    'gap in events': hasGap(order, book.events.get(outTradeNo) ?? []),
    differing: !agrees(order, trade) || !agreeOnRefunds(order, trade),
  };
  const tooMany = Math.max(0, payments - 1) + refundsToldTwice(book.events.get(outTradeNo) ?? []);
  const doubles = Array.from({ length: tooMany }, () => ({ finding: 'doubled' as const, outTradeNo }));
  const found = FINDINGS.filter((finding) => wrong[finding]).map((finding) => ({ finding, outTradeNo }));
  return [...doubles, ...found];
}

function isTheSame(order: Order, trade: TrueTrade): boolean {
  if (order.amount.total !== trade.total_fee || order.payer?.openid !== trade.openid) return false;
  return order.state !== 'paid' || order.payment.transactionId === trade.transaction_id;
}

function hasGap({ sequence }: Order, events: readonly OrderEvent[]): boolean {
  const places = events.map((event) => event.sequence).toSorted((one, other) => one - other);
  return places.length !== sequence || places.some((place, n) => place !== n + 1);
}

/** What WeChat has never heard of was never put to it; nothing half done is left. */
function agrees({ state }: Order, trade: TrueTrade | undefined): boolean {
  if (!trade) return state === 'created' || state === 'closed';
  if (PAID.has(trade.trade_state)) return state === 'paid';
  return state === (trade.trade_state === 'CLOSED' ? 'closed' : 'prepaid');
}

/** A trade that was refunded stays paid. */
const PAID: ReadonlySet<string> = new Set(['SUCCESS', 'REFUND']);

/** The same refunds, under the same numbers, as far; and so the same sum. */
function agreeOnRefunds(order: Order, trade: TrueTrade | undefined): boolean {
  const here = refundsOf(order).map(({ id, refundId, amount, state }) => [id, refundId, amount, state].join(' '));
  const there = (trade?.refunds ?? []).map(({ out_refund_no, refund_id, amount, state }) =>
    [out_refund_no, refund_id, amount, STATES[state]].join(' '),
  );
  if (refundedTotal(refundsOf(order)) !== (trade?.refunded_total ?? 0)) return false;
  return here.toSorted().join() === there.toSorted().join();
}

const STATES: Readonly<Record<string, RefundState>> = {
  PROCESSING: 'processing',
  SUCCESS: 'succeeded',
  CHANGE: 'abnormal',
  REFUNDCLOSE: 'closed',
};
