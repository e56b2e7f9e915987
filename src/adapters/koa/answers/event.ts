import { z } from 'zod';
import { ORDER_STATES } from '../../../domain/order/order.ts';
import type { Happening } from '../../../domain/order/order-event.ts';
import { moment } from './moment.ts';

const TYPES = [
  'order.created',
  'order.prepaying',
  'order.prepaid',
  'order.closing',
  'order.closed',
  'order.failed',
  'order.paid',
  'payment.failed',
  'refund.requested',
  'refund.processing',
  'refund.succeeded',
  'refund.closed',
  'refund.abnormal',
  'anomaly.raised',
] as const satisfies readonly Happening['type'][];

const event = z
  .strictObject({
    id: z.string().describe('Its place in the log: greater means later.'),
    type: z.enum(TYPES),
    out_trade_no: z.string(),
    sequence: z.int().describe('1, 2, 3 … within its order; 0 where there is none of ours.'),
    version: z
      .int()
      .nullable()
      .describe(
        'Of the order, since this event. Null where there is no order of ours, and in events from before they had one.',
      ),
    state: z.enum(ORDER_STATES).nullable().describe('In which the event left the order.'),
    created_at: moment,
    data: z
      .record(z.string(), z.unknown())
      .describe(
        '`order.paid`: {transaction_id, late}. `order.failed`, `payment.failed`: {reason}. `refund.…`: {out_refund_no, amount, reason}. `anomaly.raised`: {kind, transaction_id, refund_id?}. Else {}.',
      ),
  })
  .meta({ id: 'Event' });

export type EventJson = z.input<typeof event>;

export const eventPage = z
  .strictObject({
    events: z.array(event),
    next_after: z.string().nullable().describe('Send it as `after` to go on behind these.'),
  })
  .meta({ id: 'EventPage' });
