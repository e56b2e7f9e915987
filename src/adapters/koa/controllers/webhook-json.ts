import type { Delivery } from '../../../domain/webhook/delivery.ts';
import type { WebhookJson } from '../answers/webhook.ts';

export const webhookJson = ({ id, type, orderId, sequence, at, state, dueAt, attempts }: Delivery): WebhookJson => ({
  id,
  type,
  out_trade_no: orderId,
  sequence,
  created_at: at.toISOString(),
  state,
  due_at: state === 'waiting' ? dueAt.toISOString() : null,
  attempts: attempts.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() })),
});
