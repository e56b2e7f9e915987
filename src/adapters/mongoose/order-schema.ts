import { Schema } from 'mongoose';
import type { OrderEvent } from '../../domain/order/order-event.ts';
import type { Amount, OrderState, Payer, Payment, Prepay, Watch } from '../../domain/order/order.ts';
import type { PayApi } from '../../domain/order/pay-api.ts';
import type { RefundOrigin, RefundState } from '../../domain/order/refund.ts';
import type { TradeType } from '../../domain/order/trade-type.ts';
import { NUMBER, part, STRICTLY, TEXT, TIME } from './strict-schema.ts';

/** An order as it lies in the collection `orders`. What its state does not have is null. */
export interface OrderDocument {
  /** The out_trade_no. */
  _id: string;
  appid: string;
  mchid: string;
  description: string;
  amount: Amount;
  attach: string | null;
  /** Pairs, for a name may have dots and dollars in it. */
  metadata: [name: string, value: string][] | null;
  createdAt: Date;
  timeExpire: Date;
  requestId: string | null;
  /** Not in orders from before there was more than v2. */
  api?: PayApi;
  payer: Payer | null;
  watch: Watch;
  anomalies: string[];
  sequence: number;
  version: number;
  state: OrderState;
  prepay: PrepayDocument | null;
  ticket: TicketDocument | null;
  closedAt: Date | null;
  failedAt: Date | null;
  reason: string | null;
  payment: Payment | null;
  late: boolean | null;
  refunds: RefundDocument[] | null;
  /** By their sequence: those that may not be in the log yet. */
  events: Record<string, WaitingEvent>;
  /** Whether there are any. */
  unfiled: boolean;
}

export interface PrepayDocument extends Omit<Prepay, 'tradeType'> {
  /** Not in orders from before there was more than JSAPI. */
  tradeType?: TradeType;
}

export interface TicketDocument {
  /** Its pass: the name is older than tickets of other kinds. */
  prepayId: string;
  expiresAt: Date;
}

/** A refund as it lies in its order. What its state does not have is null. */
export interface RefundDocument {
  /** The out_refund_no. */
  id: string;
  amount: number;
  reason: string | null;
  origin: RefundOrigin;
  createdAt: Date;
  requestId: string | null;
  refundId: string | null;
  askedAt: Date | null;
  dueAt: Date | null;
  looks: number;
  trouble: string | null;
  state: RefundState;
  succeededAt: Date | null;
  closedAt: Date | null;
}

/** An event that waits in its order for somebody to file it. */
export interface WaitingEvent extends Omit<OrderEvent, 'version'> {
  /** Not in events from before they had one. */
  readonly version?: number | null;
  readonly writtenAt: number;
}

const refundSchema = new Schema<RefundDocument>(
  {
    id: TEXT,
    amount: NUMBER,
    reason: String,
    origin: TEXT,
    createdAt: TIME,
    requestId: String,
    refundId: String,
    askedAt: Date,
    dueAt: Date,
    looks: NUMBER,
    trouble: String,
    state: TEXT,
    succeededAt: Date,
    closedAt: Date,
  },
  { ...STRICTLY, _id: false },
);

/**
 * In a sharded cluster this collection stays on one shard: what is not in the shard key cannot be unique there, and one
 * payment must not pay two orders.
 */
export const orderSchema = new Schema<OrderDocument>(
  {
    _id: TEXT,
    appid: TEXT,
    mchid: TEXT,
    description: String,
    amount: { total: NUMBER, currency: TEXT },
    attach: String,
    metadata: Schema.Types.Mixed,
    createdAt: TIME,
    timeExpire: TIME,
    requestId: String,
    api: String,
    payer: part({ openid: TEXT, accountId: String }),
    watch: { dueAt: Date, looks: NUMBER, lookedAt: Date },
    anomalies: [String],
    sequence: NUMBER,
    version: NUMBER,
    state: TEXT,
    prepay: part({ tradeType: String, clientIp: TEXT, beganAt: TIME }),
    ticket: part({ prepayId: TEXT, expiresAt: TIME }),
    closedAt: Date,
    failedAt: Date,
    reason: String,
    payment: part({
      transactionId: TEXT,
      paidAt: TIME,
      payer: String,
      payerTotal: Number,
      tradeType: String,
      bankType: String,
    }),
    late: Boolean,
    refunds: { type: [refundSchema], default: null },
    events: { type: Schema.Types.Mixed, required: true },
    unfiled: { type: Boolean, required: true },
  },
  { ...STRICTLY, collection: 'orders' },
)
  .index(
    { 'payment.transactionId': 1 },
    { unique: true, partialFilterExpression: { 'payment.transactionId': { $type: 'string' } } },
  )
  .index({ 'payment.paidAt': 1, _id: 1 }, { partialFilterExpression: { state: 'paid' } })
  .index({ 'refunds.succeededAt': 1 }, { sparse: true })
  .index({ 'watch.dueAt': 1 })
  .index({ createdAt: -1, _id: -1 })
  .index({ state: 1, createdAt: -1, _id: -1 })
  .index({ unfiled: 1 }, { partialFilterExpression: { unfiled: true } });
