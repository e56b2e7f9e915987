import type { Order } from '../../domain/order/order.ts';
import { turnOf } from '../../domain/order/refund-steps.ts';
import type { Refund } from '../../domain/order/refund.ts';

/** An order as a person wants to read it. */
export function orderText(order: Order): string {
  const lines: Line[] = [
    ['order', `${order.id} (${order.state}${order.state === 'paid' && order.late ? ', late' : ''})`],
    ['description', order.description],
    ['total', yuan(order.amount.total)],
    ['payer', order.payer ? `${order.payer.openid} ${order.payer.accountId ?? ''}`.trim() : 'nobody yet'],
    ['created', order.createdAt.toISOString()],
    ['expires', order.timeExpire.toISOString()],
    ...endLines(order),
    ['next look', order.watch.dueAt?.toISOString() ?? 'none'],
    ['anomalies', order.anomalies.join(', ') || undefined],
    ...(order.state === 'paid' ? order.refunds : []).map((refund): Line => ['refund', refundText(order, refund)]),
  ];
  return lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(13)}${text}`])).join('\n');
}

type Line = [name: string, text: string | undefined];

function endLines(order: Order): Line[] {
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

export function refundText(order: Order, refund: Refund): string {
  const { id, state, amount, trouble } = refund;
  return `${id} ${yuan(amount)} ${state}${trouble === null ? '' : ` (${trouble})`}${nextText(order, refund)}`;
}

/** WeChat hears of one refund of an order after the other, a minute between them. */
function nextText(order: Order, { id, state, dueAt }: Refund): string {
  const turn = order.state === 'paid' && state === 'requested' ? turnOf(order) : undefined;
  if (turn && turn.refund.id !== id) return `, waits for ${turn.refund.id}`;
  const next = turn?.at ?? dueAt;
  return next ? `, next look ${next.toISOString()}` : '';
}

export const yuan = (fen: number): string => `¥${(fen / 100).toFixed(2)}`;
