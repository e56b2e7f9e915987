import type { Selectable } from 'kysely';
import type { AccountId, AppId, OpenId } from '../../domain/account/account.ts';
import type { AnomalyKey } from '../../domain/order/anomaly.ts';
import { fen } from '../../domain/order/fen.ts';
import type { MchId, Order, OrderState, Payer, Payment, Prepay, Ticket } from '../../domain/order/order.ts';
import type { OutTradeNo } from '../../domain/order/out-trade-no.ts';
import type { PayApi } from '../../domain/order/pay-api.ts';
import type { TradeType } from '../../domain/order/trade-type.ts';
import { refundsFromJson } from './refund-row.ts';
import type { OrderRow } from './schema.ts';

type Row = Selectable<OrderRow>;

/** A row with the order's refunds in it. */
type WholeRow = Row & { readonly refunds: string | null };

export const toRow = (order: Order): Row => ({ ...termsToRow(order), ...progressToRow(order) });

const termsToRow = (order: Order) => ({
  id: order.id,
  mchid: order.mchid,
  description: order.description,
  total: order.amount.total,
  currency: order.amount.currency,
  attach: order.attach,
  metadata: order.metadata && JSON.stringify(order.metadata),
  request_id: order.requestId,
  created_at: order.createdAt.getTime(),
  time_expire: order.timeExpire.getTime(),
});

/** All that a save may change: what the state before had and this one has not is emptied. */
export const progressToRow = (order: Order) => ({
  ...NOTHING_YET,
  ...stateToRow(order),
  state: order.state,
  api: order.api,
  appid: order.appid,
  payer_openid: order.payer?.openid ?? null,
  payer_account_id: order.payer?.accountId ?? null,
  due_at: order.watch.dueAt && order.watch.dueAt.getTime(),
  looks: order.watch.looks,
  looked_at: order.watch.lookedAt && order.watch.lookedAt.getTime(),
  anomalies: JSON.stringify(order.anomalies),
  sequence: order.sequence,
  version: order.version,
});

const NOTHING_YET = {
  client_ip: null,
  asked_trade_type: null,
  began_at: null,
  prepay_id: null,
  ticket_expires_at: null,
  transaction_id: null,
  paid_at: null,
  paid_by: null,
  payer_total: null,
  trade_type: null,
  bank_type: null,
  late: null,
  closed_at: null,
  failed_at: null,
  reason: null,
};

const stateToRow = (order: Order) => ({
  ...('prepay' in order ? prepayToRow(order.prepay) : {}),
  ...('ticket' in order && order.ticket ? ticketToRow(order.ticket) : {}),
  ...('payment' in order ? { ...paymentToRow(order.payment), late: Number(order.late) } : {}),
  ...('closedAt' in order ? { closed_at: order.closedAt.getTime() } : {}),
  ...('failedAt' in order ? { failed_at: order.failedAt.getTime(), reason: order.reason } : {}),
});

const prepayToRow = ({ tradeType, clientIp, beganAt }: Prepay) => ({
  asked_trade_type: tradeType,
  client_ip: clientIp,
  began_at: beganAt.getTime(),
});

/** The column is older than tickets of other kinds. */
const ticketToRow = ({ pass, expiresAt }: Ticket) => ({
  prepay_id: pass,
  ticket_expires_at: expiresAt.getTime(),
});

const paymentToRow = (payment: Payment) => ({
  transaction_id: payment.transactionId,
  paid_at: payment.paidAt.getTime(),
  paid_by: payment.payer,
  payer_total: payment.payerTotal,
  trade_type: payment.tradeType,
  bank_type: payment.bankType,
});

export const fromRow = (row: WholeRow): Order => MAKERS[row.state as OrderState](row);

/** Every column that a state has is there in a row of that state: we wrote it. */
const MAKERS: { readonly [State in OrderState]: (row: WholeRow) => Order } = {
  created: (row) => ({ ...keptOf(row), state: 'created' }),
  prepaying: (row) => ({ ...openOf(row), ticket: ticketOf(row), state: 'prepaying' }),
  prepaid: (row) => ({ ...openOf(row), ticket: ticketOf(row)!, state: 'prepaid' }),
  closing: (row) => ({ ...openOf(row), ticket: ticketOf(row), state: 'closing' }),
  closed: (row) => ({ ...keptOf(row), closedAt: new Date(row.closed_at!), state: 'closed' }),
  failed: (row) => ({ ...keptOf(row), failedAt: new Date(row.failed_at!), reason: row.reason!, state: 'failed' }),
  paid: (row) => ({
    ...keptOf(row),
    payment: paymentOf(row),
    late: row.late === 1,
    refunds: refundsFromJson(row.refunds),
    state: 'paid',
  }),
};

const openOf = (row: Row) => ({ ...keptOf(row), prepay: prepayOf(row) });

const keptOf = (row: Row) => ({
  id: row.id as OutTradeNo,
  appid: row.appid as AppId,
  mchid: row.mchid as MchId,
  api: row.api as PayApi,
  description: row.description,
  amount: { total: fen(row.total), currency: row.currency as 'CNY' },
  attach: row.attach,
  metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, string>),
  createdAt: new Date(row.created_at),
  timeExpire: new Date(row.time_expire),
  requestId: row.request_id,
  payer: payerOf(row),
  watch: { dueAt: timeOf(row.due_at), looks: row.looks, lookedAt: timeOf(row.looked_at) },
  anomalies: JSON.parse(row.anomalies) as AnomalyKey[],
  sequence: row.sequence,
  version: row.version,
});

const payerOf = ({ payer_openid, payer_account_id }: Row): Payer | null =>
  payer_openid === null ? null : { openid: payer_openid as OpenId, accountId: payer_account_id as AccountId | null };

const prepayOf = ({ asked_trade_type, client_ip, began_at }: Row): Prepay => ({
  tradeType: (asked_trade_type ?? 'JSAPI') as TradeType,
  clientIp: client_ip!,
  beganAt: new Date(began_at!),
});

const ticketOf = ({ prepay_id, ticket_expires_at }: Row): Ticket | null =>
  prepay_id === null ? null : { pass: prepay_id, expiresAt: new Date(ticket_expires_at!) };

const paymentOf = (row: Row): Payment => ({
  transactionId: row.transaction_id!,
  paidAt: new Date(row.paid_at!),
  payer: row.paid_by as OpenId | null,
  payerTotal: row.payer_total,
  tradeType: row.trade_type,
  bankType: row.bank_type,
});

const timeOf = (time: number | null): Date | null => (time === null ? null : new Date(time));
