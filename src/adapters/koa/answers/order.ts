import { z } from 'zod';
import { ORDER_STATES } from '../../../domain/order/order.ts';
import { moment } from './moment.ts';
import { refund } from './refund.ts';

const ownOrder = z.strictObject({
  out_trade_no: z.string().describe("The merchant's number of it (商户订单号). It never comes again."),
  state: z.enum(ORDER_STATES).describe('Only `paid` is paid, and paid never leaves.'),
  description: z.string(),
  amount: z.strictObject({ total: z.int().describe('In fen.'), currency: z.literal('CNY') }),
  payer: z
    .strictObject({ openid: z.string().optional(), user_id: z.string().optional() })
    .describe('`{}` while there is none.'),
  attach: z.string().optional(),
  late: z.boolean().describe('The money came after the order was closed or had failed.'),
  created_at: moment,
  time_expire: moment.describe('When it is closed by itself.'),
  transaction_id: z.string().optional().describe("WeChat's number of the payment (微信支付订单号)."),
  paid_at: moment.optional(),
  closed_at: moment.optional(),
  failed_at: moment.optional(),
  failure_reason: z.string().optional().describe("WeChat's code."),
  refunded_total: z.int().describe('Fen of the refunds that succeeded.'),
  refunds: z.array(refund).describe('The oldest first.'),
});

export const order = ownOrder.meta({ id: 'Order', description: 'An order as its payer sees it.' });

export type OrderJson = z.input<typeof order>;

export const merchantOrder = z
  .strictObject({
    ...ownOrder.shape,
    version: z
      .int()
      .describe('Grows with each change: what an event of this version or of an older one tells is in here.'),
    metadata: z.record(z.string(), z.string()).optional().describe('Notes that neither WeChat nor the payer sees.'),
  })
  .meta({ id: 'MerchantOrder', description: 'An order as the merchant sees it, with their own notes.' });

export type MerchantOrderJson = z.input<typeof merchantOrder>;

export const orderPage = z
  .strictObject({
    orders: z.array(merchantOrder),
    next_cursor: z.string().nullable().describe('Send it as `cursor` for the next page; null after the last.'),
  })
  .meta({ id: 'OrderPage' });
