import type { CreatedOrder, Order, OrderState, Prepay, Ticket } from '../../domain/order/order.ts';
import type { Refund } from '../../domain/order/refund.ts';
import type { OrderDocument, RefundDocument } from './order-schema.ts';

/** The terms never do, but for the appid. */
const CHANGING = [
  'state',
  'api',
  'appid',
  'payer',
  'watch',
  'anomalies',
  'sequence',
  'version',
  'prepay',
  'ticket',
  'closedAt',
  'failedAt',
  'reason',
  'payment',
  'late',
  'refunds',
] as const satisfies readonly (keyof OrderDocument)[];

export const whatChanges = (document: OrderDocument): object =>
  Object.fromEntries(CHANGING.map((name) => [name, document[name]]));

/** What only some states have. */
const OWN = {
  created: [],
  prepaying: ['prepay', 'ticket'],
  prepaid: ['prepay', 'ticket'],
  closing: ['prepay', 'ticket'],
  closed: ['closedAt'],
  failed: ['failedAt', 'reason'],
  paid: ['payment', 'late', 'refunds'],
} as const satisfies {
  readonly [State in OrderState]: readonly Exclude<keyof Extract<Order, { state: State }>, keyof CreatedOrder>[];
};

const NONE = {
  prepay: null,
  closedAt: null,
  failedAt: null,
  reason: null,
  payment: null,
  late: null,
} as const;

export const toDocument = ({ id, metadata, anomalies, ...order }: Order): OrderDocument => ({
  ...NONE,
  ...order,
  _id: id,
  metadata: metadata && Object.entries(metadata),
  ticket: 'ticket' in order ? ticketToDocument(order.ticket) : null,
  refunds: order.state === 'paid' ? order.refunds.map(refundToDocument) : null,
  anomalies: [...anomalies],
  events: {},
  unfiled: false,
});

export const fromDocument = (document: OrderDocument): Order => {
  const all = {
    ...document,
    prepay: prepayOf(document),
    ticket: ticketOf(document),
    refunds: refundsOf(document),
  };
  const own = OWN[document.state].map((name) => [name, all[name]]);
  return { ...whatAllHave(document), ...Object.fromEntries(own) } as Order;
};

/** What is missing in older orders is what there was before it could be anything else. */
const whatAllHave = (document: OrderDocument) => ({
  id: document._id,
  appid: document.appid,
  mchid: document.mchid,
  description: document.description,
  amount: document.amount,
  attach: document.attach,
  metadata: document.metadata && Object.fromEntries(document.metadata),
  createdAt: document.createdAt,
  timeExpire: document.timeExpire,
  requestId: document.requestId,
  api: document.api ?? 'v2',
  payer: document.payer,
  watch: document.watch,
  anomalies: document.anomalies,
  sequence: document.sequence,
  version: document.version,
  state: document.state,
});

const prepayOf = ({ prepay }: OrderDocument): Prepay | null => prepay && { tradeType: 'JSAPI', ...prepay };

const ticketToDocument = (ticket: Ticket | null) => ticket && { prepayId: ticket.pass, expiresAt: ticket.expiresAt };

const ticketOf = ({ ticket }: OrderDocument): Ticket | null =>
  ticket && { pass: ticket.prepayId, expiresAt: ticket.expiresAt };

const refundToDocument = (refund: Refund): RefundDocument => ({ succeededAt: null, closedAt: null, ...refund });

const refundsOf = ({ refunds }: OrderDocument) =>
  refunds?.map(({ succeededAt, closedAt, ...refund }) => ({
    ...refund,
    ...(refund.state === 'succeeded' && { succeededAt }),
    ...(refund.state === 'closed' && { closedAt }),
  }));
