import { merchantOrder, orderPage } from '../../answers/order.ts';
import { pass } from '../../answers/payment.ts';
import { refund } from '../../answers/refund.ts';
import { CLOSED_ORDER, MERCHANT_ORDER, NEW_ORDER, REFUND } from '../examples.ts';
import { answers, type Operation, STORAGE, WECHAT } from '../operation.ts';

const CODE = {
  trade_type: 'NATIVE',
  code_url: 'weixin://wxpay/bizpayurl?pr=h-NQjZe5cXRB',
  expires_at: '2026-11-22T16:44:22.370Z',
};

export const ORDERS: Readonly<Record<string, Operation>> = {
  'POST /v1/merchant/orders': {
    id: 'createOrder',
    tag: 'orders',
    summary: 'Make an order',
    example: {
      out_trade_no: 'pickup-1',
      description: 'Cafe-Latte',
      amount: { total: 1_800 },
      metadata: { table: '7' },
    },
    answers: [answers(merchantOrder, NEW_ORDER, 'The order, written down.', 201)],
    refuses: [
      'out-trade-no-taken',
      'payer-unknown',
      'payments-off',
      'time-expire-too-late',
      'time-expire-too-soon',
      ...STORAGE,
    ],
  },
  'GET /v1/merchant/orders': {
    id: 'listOrders',
    tag: 'orders',
    summary: 'List orders, the newest first',
    answers: [answers(orderPage, { orders: [MERCHANT_ORDER], next_cursor: null }, 'A page.')],
    refuses: STORAGE,
  },
  'GET /v1/merchant/orders/{out_trade_no}': {
    id: 'readOrder',
    tag: 'orders',
    summary: 'Read an order',
    answers: [answers(merchantOrder, MERCHANT_ORDER, 'The order.')],
    refuses: ['order-not-found', ...STORAGE],
  },
  'POST /v1/merchant/orders/{out_trade_no}/pay': {
    id: 'payElsewhere',
    tag: 'orders',
    summary: 'Have an order paid by a code, in a browser or in an app',
    description: 'Give it no `Idempotency-Key`, or you are told an old code again.',
    example: { trade_type: 'NATIVE' },
    answers: [answers(pass, CODE, 'What it is paid with.')],
    refuses: [
      'order-not-found',
      'order-paid',
      'order-closed',
      'order-failed',
      'order-expired',
      'trade-type-conflict',
      'trade-type-unavailable',
      'payment-refused',
      'payments-off',
      ...WECHAT,
      ...STORAGE,
    ],
  },
  'POST /v1/merchant/orders/{out_trade_no}/close': {
    id: 'closeOrder',
    tag: 'orders',
    summary: 'Close an order that nobody shall pay any more',
    answers: [
      answers(
        merchantOrder,
        CLOSED_ORDER,
        '`closed`, or `closing` where WeChat cannot say yet: it is finished without you.',
      ),
    ],
    refuses: ['order-not-found', 'order-paid', 'payments-off', ...WECHAT, ...STORAGE],
  },
  'POST /v1/merchant/orders/{out_trade_no}/sync': {
    id: 'syncOrder',
    tag: 'orders',
    summary: 'Have WeChat asked how the order stands',
    description: 'WeChat is asked at most once in 3 seconds for one order. Give it no `Idempotency-Key`.',
    answers: [answers(merchantOrder, MERCHANT_ORDER, 'The order.')],
    refuses: ['order-not-found', 'payments-off', ...WECHAT, ...STORAGE],
  },
};

export const REFUNDS: Readonly<Record<string, Operation>> = {
  'POST /v1/merchant/orders/{out_trade_no}/refunds': {
    id: 'refundOrder',
    tag: 'refunds',
    summary: 'Pay back a part of an order, or all of it (申请退款)',
    example: { amount: 1_000, reason: 'Out of milk', out_refund_no: 'pickup-1-back' },
    answers: [answers(refund, REFUND, 'The refund, written down; `state` says how far it is.', 201)],
    refuses: [
      'order-not-found',
      'order-not-paid',
      'out-refund-no-taken',
      'payments-off',
      'refund-not-possible',
      'refund-too-late',
      'refund-too-much',
      'too-many-refunds',
      ...STORAGE,
    ],
  },
  'GET /v1/merchant/orders/{out_trade_no}/refunds/{out_refund_no}': {
    id: 'readRefund',
    tag: 'refunds',
    summary: 'Read a refund',
    answers: [answers(refund, REFUND, 'The refund.')],
    refuses: ['order-not-found', 'refund-not-found', ...STORAGE],
  },
  'POST /v1/merchant/orders/{out_trade_no}/refunds/{out_refund_no}/abnormal': {
    id: 'sendAbnormalRefund',
    tag: 'refunds',
    summary: 'Have the money of an abnormal refund sent to a bank card (发起异常退款)',
    example: { type: 'MERCHANT_BANK_CARD' },
    answers: [answers(refund, { ...REFUND, state: 'processing', succeeded_at: undefined }, 'The refund, under way.')],
    refuses: [
      'abnormal-refunds-off',
      'order-not-found',
      'payments-off',
      'refund-not-abnormal',
      'refund-not-found',
      'refund-refused',
      ...WECHAT,
      ...STORAGE,
    ],
  },
};
