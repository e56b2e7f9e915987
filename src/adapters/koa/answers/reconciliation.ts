import { z } from 'zod';
import { moment } from './moment.ts';

const difference = z
  .strictObject({
    kind: z.enum([
      'paid-there-only',
      'paid-here-only',
      'amount-differs',
      'unknown-order',
      'refund-there-only',
      'refund-here-only',
      'refund-amount-differs',
    ]),
    out_trade_no: z.string(),
    transaction_id: z.string().nullable(),
    out_refund_no: z.string().nullable(),
    there: z.int().nullable().describe('Fen at WeChat.'),
    here: z.int().nullable().describe('Fen here.'),
    healed: z.boolean().describe('It was put right while comparing.'),
  })
  .meta({ id: 'Difference' });

export type DifferenceJson = z.input<typeof difference>;

export const reconciliation = z
  .strictObject({
    date: z.string(),
    state: z.enum(['running', 'done', 'failed']).describe('`failed`: the bill was of no use.'),
    started_at: moment,
    finished_at: moment.nullable(),
    compared: z.int(),
    matched: z.int(),
    difference_count: z.int(),
    differences: z.array(difference),
  })
  .meta({ id: 'Reconciliation', description: "A day's trade bill against our orders (对账)." });

export type ReconciliationJson = z.input<typeof reconciliation>;
