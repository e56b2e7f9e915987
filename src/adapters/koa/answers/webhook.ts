import { z } from 'zod';
import { DELIVERY_STATES } from '../../../domain/webhook/delivery.ts';
import { moment } from './moment.ts';

const attempt = z
  .strictObject({
    at: moment,
    status: z.int().nullable().describe('What the receiver answered; null where it did not.'),
    fault: z
      .enum(['timeout', 'unreachable', 'forbidden-address', 'untrusted-certificate', 'unreadable'])
      .nullable()
      .describe('Why there is no answer.'),
    milliseconds: z.int(),
  })
  .meta({ id: 'WebhookAttempt' });

export const webhook = z
  .strictObject({
    id: z.string().describe('The id of its event, and the `webhook-id` it is sent with.'),
    type: z.string().describe('The type of its event.'),
    out_trade_no: z.string(),
    sequence: z.int(),
    created_at: moment.describe('When its event happened.'),
    state: z.enum(DELIVERY_STATES).describe('`dead`: it was tried for three days, and is not any more.'),
    due_at: moment.nullable().describe('When it is tried next; null where it is not.'),
    attempts: z.array(attempt).describe('The last twenty.'),
  })
  .meta({ id: 'Webhook' });

export type WebhookJson = z.input<typeof webhook>;

export const webhookPage = z
  .strictObject({
    webhooks: z.array(webhook),
    next_after: z.string().nullable().describe('Send it as `after` for the next page.'),
    disabled_at: moment.nullable().describe('Since when nothing is sent, because the receiver answered 410.'),
  })
  .meta({ id: 'WebhookPage' });

export const replayedWebhooks = z
  .strictObject({
    replayed: z.int(),
    next_from: z.string().nullable().describe('Send it as `from` to go on; null where the range is done.'),
  })
  .meta({ id: 'ReplayedWebhooks' });

export const enabledWebhooks = z.strictObject({ disabled_at: z.null() }).meta({ id: 'EnabledWebhooks' });
