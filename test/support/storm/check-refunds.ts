import type { OrderEvent } from '../../../src/domain/order/order-event.ts';
import type { Order } from '../../../src/domain/order/order.ts';
import type { Refund } from '../../../src/domain/order/refund.ts';
import type { Book } from './book.ts';
import type { Found } from './findings.ts';

export const refundsOf = (order: Order | undefined): readonly Refund[] =>
  order?.state === 'paid' ? order.refunds : [];

export function checkRefundPromises({ history, orders }: Book): Found[] {
  const lost = history.refunded.filter(({ outTradeNo, outRefundNo, amount }) => {
    const refunds = refundsOf(orders.get(outTradeNo));
    return !refunds.some((refund) => refund.id === outRefundNo && refund.amount === amount);
  });
  return lost.map(({ outTradeNo: about }) => ({ finding: 'promise broken', about }));
}

/** Those that nobody was told of have the mark as their reason; one without came from nobody, or lost its way. */
export function checkRefundMarks({ history, orders }: Book): Found[] {
  const kept = [...orders].flatMap(([outTradeNo, order]) =>
    refundsOf(order).map(({ id, reason }) => ({ outTradeNo, outRefundNo: id as string, mark: reason ?? 'none' })),
  );
  const numbers = Map.groupBy([...history.refunded, ...kept], ({ mark }) => mark);
  return [...numbers].flatMap(([mark, refunds]) => {
    const [, ...others] = new Set(refunds.map(({ outRefundNo }) => outRefundNo));
    const unwished = mark === 'none' ? refunds : others;
    return unwished.map((): Found => ({ finding: 'second refund', about: refunds[0]!.outTradeNo }));
  });
}

/** The most that was ever asked for and had not come to nothing. */
export function mostReserved(events: readonly OrderEvent[]): number {
  const reserved = new Map<string, number>();
  const sums = events.map(({ happening }) => {
    if (happening.type === 'refund.requested') reserved.set(happening.outRefundNo, happening.amount);
    if (happening.type === 'refund.closed') reserved.delete(happening.outRefundNo);
    return [...reserved.values()].reduce((sum, amount) => sum + amount, 0);
  });
  return Math.max(0, ...sums);
}

const ONCE: ReadonlySet<string> = new Set(['refund.requested', 'refund.succeeded']);

/** How many tidings of refunds there are too many; that one has to wait is told for every new reason. */
export function refundsToldTwice(events: readonly OrderEvent[]): number {
  const told = events.flatMap(({ happening }) =>
    'outRefundNo' in happening && ONCE.has(happening.type)
      ? [`${happening.type} ${happening.outRefundNo} ${happening.reason}`]
      : [],
  );
  return told.length - new Set(told).size;
}
