import { z } from 'zod';
import { moment } from './moment.ts';

const written = z.string().nullable();
const fen = z.int().nullable();

const trade = z
  .strictObject({
    trade_time: moment,
    appid: z.string(),
    mchid: z.string(),
    transaction_id: z.string(),
    out_trade_no: z.string(),
    openid: z.string(),
    trade_type: z.string(),
    trade_state: z.string(),
    currency: z.string(),
    total: fen,
    settlement_total: z.int(),
    refund_id: written,
    out_refund_no: written,
    refund_amount: fen,
    refund_state: written,
    description: z.string(),
    attach: z.string(),
    fee: z.string().describe('Yuan, with five places.'),
  })
  .meta({ id: 'Trade', description: 'A line of a trade bill: a payment or a refund. Amounts are fen.' });

export type TradeJson = z.input<typeof trade>;

const movement = z
  .strictObject({
    booked_at: moment,
    transaction_id: z.string(),
    flow_id: z.string(),
    business_name: z.string(),
    business_type: z.string(),
    direction: z.enum(['in', 'out']),
    amount: z.int(),
    balance: z.int(),
    applicant: z.string(),
    note: z.string(),
    voucher_no: z.string(),
  })
  .meta({ id: 'Movement', description: 'A line of a bill of money. Amounts are fen.' });

export type MovementJson = z.input<typeof movement>;

const totals = z
  .strictObject({
    count: z.int(),
    sums: z.record(z.string(), z.string()).describe("WeChat's names of its sums, in yuan."),
  })
  .meta({ id: 'BillTotals', description: 'Compared with the rows before they are written.' });

export type TotalsJson = { readonly totals: z.input<typeof totals> };

export const tradeBill = z
  .strictObject({ date: z.string(), type: z.string(), rows: z.array(trade), totals })
  .meta({ id: 'TradeBill' });

export const fundBill = z
  .strictObject({ date: z.string(), account: z.string(), rows: z.array(movement), totals })
  .meta({ id: 'FundFlowBill' });
