import type { AccountJson, DjangoAccountJson } from '../answers/account.ts';
import type { MovementJson, TradeJson } from '../answers/bill.ts';
import type { EventJson } from '../answers/event.ts';
import type { MerchantOrderJson, OrderJson } from '../answers/order.ts';
import type { ReconciliationJson } from '../answers/reconciliation.ts';
import type { RefundJson } from '../answers/refund.ts';
import type { SessionJson } from '../answers/session.ts';
import type { WebhookJson } from '../answers/webhook.ts';

export const TOKEN = 'mpt_LPozDB9XlIfbYyuvZ0aUkzHzQrRmJ9V0pW3xNn2cQeT1kK8fZ';
export const USER_ID = '19b94bf8-f61d-4329-817c-de8cc801f42e';
const OPENID = 'oSnIU8b1KUaonMnGqmOyRiqvsUKm';
const TRANSACTION_ID = '4200901592372026112200000001';
const NUMBER = 'pickup-1';

export const ACCOUNT: AccountJson = {
  user_id: USER_ID,
  openid: OPENID,
  unionid: 'umd2wtbDnxUPoZqs73jmvISwZgVp',
  profile: {
    nickName: 'alice',
    avatarUrl: 'https://cdn.example.com/alice.png',
    gender: 0,
    city: null,
    province: null,
    country: null,
  },
  created_at: '2026-11-22T08:54:56.334Z',
  linked_user_ids: [],
};

export const OLDER_ACCOUNT: DjangoAccountJson = {
  id: USER_ID,
  nickName: 'alice',
  avatarUrl: 'https://cdn.example.com/alice.png',
  gender: '0',
  city: null,
  province: null,
  country: null,
  user: USER_ID,
};

export const SESSION: SessionJson = {
  id: '78c1ca54-0d9b-4edb-a805-340482a34503',
  device: 'MicroMessenger/8.0.50',
  created_at: '2026-11-22T09:00:48.060Z',
  last_seen_at: '2026-11-22T09:00:48.060Z',
  expires_at: '2026-12-22T09:00:48.060Z',
  idle_expires_at: '2026-11-29T09:00:48.060Z',
  current: true,
};

/** Bytes that nobody can open: what is really sealed is as long as this. */
export const USER_DATA = {
  encryptedData: 'CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS',
  iv: 'r7BXXKkLb8qrSNn05n0qiA==',
};

export const REFUND: RefundJson = {
  out_refund_no: 'pickup-1-back',
  state: 'succeeded',
  amount: 1_000,
  reason: 'Out of milk',
  origin: 'merchant',
  refund_id: '50300806542026112300000001',
  created_at: '2026-11-22T12:00:00.000Z',
  succeeded_at: '2026-11-22T12:00:03.000Z',
};

export const ORDER: OrderJson = {
  out_trade_no: NUMBER,
  state: 'paid',
  description: 'Cafe-Latte',
  amount: { total: 1_800, currency: 'CNY' },
  payer: { openid: OPENID, user_id: USER_ID },
  late: false,
  created_at: '2026-11-22T11:36:46.404Z',
  time_expire: '2026-11-22T13:36:46.404Z',
  transaction_id: TRANSACTION_ID,
  paid_at: '2026-11-22T11:37:15.000Z',
  refunded_total: 1_000,
  refunds: [REFUND],
};

export const MERCHANT_ORDER: MerchantOrderJson = { ...ORDER, version: 10, metadata: { table: '7' } };

const { transaction_id: _number, paid_at: _time, ...unpaid } = MERCHANT_ORDER;

export const NEW_ORDER: MerchantOrderJson = {
  ...unpaid,
  state: 'created',
  payer: {},
  refunded_total: 0,
  refunds: [],
  version: 1,
};

export const CLOSED_ORDER: MerchantOrderJson = {
  ...NEW_ORDER,
  state: 'closed',
  closed_at: '2026-11-22T12:00:00.000Z',
  version: 2,
};

export const PAYMENT_REQUEST = {
  timeStamp: '1795347406',
  nonceStr: 'd100bfb6b0304f28bda081920e9b6fbe',
  package: 'prepay_id=wx2026112219364699ded0a04e60864f1eca',
  signType: 'HMAC-SHA256',
  paySign: '8660E69C2CE80B4C1CBF69A4E0A4D9B2D6AF93F1CDBC43B33A35AF0F0E1B77C0',
};

export const EVENT: EventJson = {
  id: 'evt_0000000000000004',
  type: 'order.paid',
  out_trade_no: NUMBER,
  sequence: 4,
  version: 4,
  state: 'paid',
  created_at: '2026-11-22T11:37:15.402Z',
  data: { transaction_id: TRANSACTION_ID, late: false },
};

export const WEBHOOK: WebhookJson = {
  id: EVENT.id,
  type: EVENT.type,
  out_trade_no: NUMBER,
  sequence: 4,
  created_at: EVENT.created_at,
  state: 'delivered',
  due_at: null,
  attempts: [
    { at: '2026-11-22T11:37:16.001Z', status: null, fault: 'timeout', milliseconds: 15_003 },
    { at: '2026-11-22T11:37:36.214Z', status: 204, fault: null, milliseconds: 31 },
  ],
};

export const TRADE: TradeJson = {
  trade_time: '2026-11-21T04:00:00.000Z',
  appid: 'wx4f4bc4dec97d474b',
  mchid: '1900000109',
  transaction_id: TRANSACTION_ID,
  out_trade_no: NUMBER,
  openid: OPENID,
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  currency: 'CNY',
  total: 1_800,
  settlement_total: 1_800,
  refund_id: null,
  out_refund_no: null,
  refund_amount: null,
  refund_state: null,
  description: 'Cafe-Latte',
  attach: '',
  fee: '0.10800',
};

export const MOVEMENT: MovementJson = {
  booked_at: '2026-11-21T04:00:00.000Z',
  transaction_id: TRANSACTION_ID,
  flow_id: '1900009231201802015884652186',
  business_name: '交易',
  business_type: '交易',
  direction: 'in',
  amount: 1_800,
  balance: 88_800,
  applicant: 'system',
  note: '',
  voucher_no: TRANSACTION_ID,
};

export const RECONCILIATION: ReconciliationJson = {
  date: '2026-11-21',
  state: 'done',
  started_at: '2026-11-22T02:15:00.000Z',
  finished_at: '2026-11-22T02:15:02.000Z',
  compared: 12,
  matched: 11,
  difference_count: 1,
  differences: [
    {
      kind: 'paid-there-only',
      out_trade_no: NUMBER,
      transaction_id: TRANSACTION_ID,
      out_refund_no: null,
      there: 1_800,
      here: null,
      healed: true,
    },
  ],
};

export const COMMENT = {
  created_at: '2026-11-22T05:00:00.000Z',
  transaction_id: TRANSACTION_ID,
  stars: 5,
  comment: '好喝',
};
