import { z } from 'zod';
import { REFUND_STATES } from '../../../domain/order/refund.ts';
import { moment } from './moment.ts';

export const refund = z
  .strictObject({
    out_refund_no: z.string().describe("The merchant's number of it (商户退款单号)."),
    state: z.enum(REFUND_STATES).describe('`abnormal`: a person has to act. `closed`: it came to nothing.'),
    amount: z.int().describe('In fen.'),
    reason: z.string().optional().describe('For the payer to read.'),
    origin: z
      .enum(['merchant', 'late-payment', 'outside'])
      .describe("Who wanted it; `outside` was made at WeChat Pay's console."),
    refund_id: z.string().optional().describe("WeChat's number of it (微信退款单号), once there is one."),
    trouble: z.string().optional().describe("WeChat's code for why it is not further, or came to nothing."),
    created_at: moment,
    succeeded_at: moment.optional(),
    closed_at: moment.optional(),
  })
  .meta({ id: 'Refund' });

export type RefundJson = z.input<typeof refund>;
