import { fundBill, tradeBill } from '../../answers/bill.ts';
import { comments } from '../../answers/comment.ts';
import { reconciliation } from '../../answers/reconciliation.ts';
import { COMMENT, MOVEMENT, RECONCILIATION, TRADE } from '../examples.ts';
import { answers, type Operation, STORAGE, type Told, WECHAT } from '../operation.ts';

const SUMS = { 总交易单数: '1', 订单总金额: '18.00' };
const BILL_FAULTS = [
  'bill-gone',
  'bill-not-ready',
  'certificate-missing',
  'payments-off',
  'storage-unavailable',
  ...WECHAT,
] as const;
const WHOLE = 'An answer that breaks off before its end is none.';

/** The same bill as a file, for who asks with `accept: text/csv`. */
const orFile = ({ content = {}, ...told }: Told): Told => ({
  ...told,
  content: {
    ...content,
    'text/csv': {
      schema: { type: 'string' },
      example: '﻿交易时间,公众账号ID,…\n`2026-11-21 12:00:00,`wx4f4bc4dec97d474b,…\n',
    },
  },
});

export const STATEMENTS: Readonly<Record<string, Operation>> = {
  'GET /v1/merchant/bills/trade': {
    id: 'readTradeBill',
    tag: 'statements',
    summary: "Read a day's trade bill (交易账单)",
    description: WHOLE,
    answers: [
      orFile(
        answers(
          tradeBill,
          { date: '2026-11-21', type: 'ALL', rows: [TRADE], totals: { count: 1, sums: SUMS } },
          "The rows and their sums, or WeChat's own file.",
        ),
      ),
    ],
    refuses: ['bill-type-off', ...BILL_FAULTS],
  },
  'GET /v1/merchant/bills/fund-flow': {
    id: 'readFundFlow',
    tag: 'statements',
    summary: "Read a day's bill of money (资金账单)",
    description: WHOLE,
    answers: [
      orFile(
        answers(
          fundBill,
          { date: '2026-11-21', account: 'BASIC', rows: [MOVEMENT], totals: { count: 1, sums: { 收入金额: '18.00' } } },
          "The rows and their sums, or WeChat's own file.",
        ),
      ),
    ],
    refuses: BILL_FAULTS,
  },
  'GET /v1/merchant/reconciliations/{day}': {
    id: 'readReconciliation',
    tag: 'statements',
    summary: "Read how a day's bill compares with the orders (对账)",
    answers: [answers(reconciliation, RECONCILIATION, 'The comparison.')],
    refuses: ['reconciliation-not-found', ...STORAGE],
  },
  'GET /v1/merchant/comments': {
    id: 'readComments',
    tag: 'statements',
    summary: 'Read what payers said about their orders (订单评价)',
    answers: [answers(comments, { comments: [COMMENT] }, 'The comments.')],
    refuses: ['certificate-missing', 'comments-off', 'payments-off', ...WECHAT],
  },
};
