import type { Order } from '../../domain/order/order.ts';
import type { Refund } from '../../domain/order/refund.ts';

/** An order as a person wants to read it. */
export function orderText(order: Order): string {
  const lines: [string, string | undefined][] = [
    ['order', `${order.id} (${order.state}${order.state === 'paid' && order.late ? ', late' : ''})`],
    ['description', order.description],
    ['total', yuan(order.amount.total)],
    ['payer', order.payer ? `${order.payer.openid} ${order.payer.accountId ?? ''}`.trim() : 'nobody yet'],
    ['created', order.createdAt.toISOString()],
    ['expires', order.timeExpire.toISOString()],
    ...endLines(order),
    ['next look', order.watch.dueAt?.toISOString() ?? 'none'],
    ['anomalies', order.anomalies.join(', ') || undefined],
    ...(order.state === 'paid' ? order.refunds.map((refund): [string, string] => ['refund', refundText(refund)]) : []),
  ];
  return lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(13)}${text}`])).join('\n');
}

function endLines(order: Order): [string, string][] {
  if (order.state === 'paid') {
    const { transactionId, paidAt } = order.payment;
    return [
      ['paid', paidAt.toISOString()],
      ['transaction', transactionId],
    ];
  }
  if (order.state === 'closed') return [['closed', order.closedAt.toISOString()]];
  return order.state === 'failed' ? [['failed', `${order.failedAt.toISOString()} ${order.reason}`]] : [];
}

export function refundText(refund: Refund): string {
  const { id, state, amount, trouble, dueAt } = refund;
  const next = dueAt ? `, next look ${dueAt.toISOString()}` : '';
  return `${id} ${yuan(amount)} ${state}${trouble === null ? '' : ` (${trouble})`}${next}`;
}

export const yuan = (fen: number): string => `¥${(fen / 100).toFixed(2)}`;
