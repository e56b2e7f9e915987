import { type CallOptions, type Http, httpTo, type MerchantOptions } from './http.ts';
import type {
  AbnormalRefundWish,
  Comment,
  Event,
  FundFlowBill,
  MerchantOrder,
  OrderWish,
  PayElsewhereWish,
  PaymentPass,
  Reconciliation,
  RefundWish,
  ReplayRange,
  TradeBill,
  WebhookDelivery,
} from './merchant-types.ts';
import type { OrderState, Refund } from './types.ts';

export interface KeyedOptions extends CallOptions {
  /** A name of your own for this wish, to be kept before it is sent. Without one, a call is still done once. */
  readonly idempotencyKey?: string | undefined;
}

export interface ListOptions extends CallOptions {
  readonly state?: OrderState | undefined;
  /** How many to fetch at once. */
  readonly limit?: number | undefined;
}

export interface WebhooksOptions extends CallOptions {
  readonly state?: WebhookDelivery['state'] | undefined;
  readonly limit?: number | undefined;
}

export interface EventsOptions extends CallOptions {
  /** The id of the last event that was dealt with; from the beginning, without. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  /** Goes on for ever, and hears of each event as it is written. */
  readonly follow?: boolean | undefined;
}

export interface TradeBillOptions extends CallOptions {
  readonly type?: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND' | undefined;
}

export interface FundFlowOptions extends CallOptions {
  readonly account?: 'BASIC' | 'OPERATION' | 'FEES' | undefined;
}

export type MerchantClient = ReturnType<typeof createMerchantClient>;

/** Speaks to Wexagon from a merchant's backend. Never ship its key in a mini program. */
export function createMerchantClient(options: MerchantOptions) {
  const http = httpTo(options);
  return {
    orders: ordersOf(http),
    refunds: refundsOf(http),
    bills: billsOf(http),
    reconciliations: {
      get: (day: string, options: CallOptions = {}): Promise<Reconciliation> =>
        http.get(`/v1/merchant/reconciliations/${encodeURIComponent(day)}`, options),
    },
    /** What payers said from `begin` to `end`. */
    async comments(begin: Date, end: Date, { signal }: CallOptions = {}): Promise<readonly Comment[]> {
      const query = { begin: begin.toISOString(), end: end.toISOString() };
      const { comments } = await http.get<{ comments: readonly Comment[] }>('/v1/merchant/comments', { query, signal });
      return comments;
    },
    webhooks: webhooksOf(http),
    /** Every event behind `after`, in the order in which they were written. Keep the `id` of the last one you dealt with. */
    events: (options: EventsOptions = {}): AsyncGenerator<Event, void> => eventsOf(http, options),
  };
}

const orderPath = (number: string, rest = ''): string => `/v1/merchant/orders/${encodeURIComponent(number)}${rest}`;

/** Sent again after trouble on the way with the same key, a wish is granted once. */
const keyed = ({ idempotencyKey = crypto.randomUUID(), signal }: KeyedOptions) => ({ idempotencyKey, signal });

const ordersOf = (http: Http) => ({
  create: (wish: OrderWish, options: KeyedOptions = {}): Promise<MerchantOrder> =>
    http.post('/v1/merchant/orders', { body: wish, ...keyed(options) }),
  get: (number: string, options: CallOptions = {}): Promise<MerchantOrder> => http.get(orderPath(number), options),
  /** The newest first, page after page. */
  list: (options: ListOptions = {}): AsyncGenerator<MerchantOrder, void> => listOf(http, options),
  /** Closing what is closed is no fault, so no key is needed to close again. */
  close: (number: string, { idempotencyKey, signal }: KeyedOptions = {}): Promise<MerchantOrder> =>
    http.post(orderPath(number, '/close'), { signal, ...(idempotencyKey !== undefined && { idempotencyKey }) }),
  /** Has WeChat asked. Never kept under a key, or it would answer how things once were. */
  sync: (number: string, options: CallOptions = {}): Promise<MerchantOrder> =>
    http.post(orderPath(number, '/sync'), options),
  /** What to pay with outside the mini program; asked again, it is the same as long as it lives. */
  pay: (number: string, wish: PayElsewhereWish, { signal }: CallOptions = {}): Promise<PaymentPass> =>
    http.post(orderPath(number, '/pay'), { body: wish, signal }),
});

async function* listOf(http: Http, { state, limit, signal }: ListOptions): AsyncGenerator<MerchantOrder, void> {
  type Page = { readonly orders: readonly MerchantOrder[]; readonly next_cursor: string | null };
  let cursor: string | undefined;
  do {
    const page: Page = await http.get('/v1/merchant/orders', { query: { state, limit, cursor }, signal });
    yield* page.orders;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

const refundsOf = (http: Http) => ({
  create: (number: string, wish: RefundWish, options: KeyedOptions = {}): Promise<Refund> =>
    http.post(orderPath(number, '/refunds'), { body: wish, ...keyed(options) }),
  get: (number: string, refund: string, options: CallOptions = {}): Promise<Refund> =>
    http.get(refundPath(number, refund), options),
  /** Has the money of an abnormal refund sent to a bank card. */
  sendAbnormal: (
    number: string,
    refund: string,
    wish: AbnormalRefundWish,
    options: KeyedOptions = {},
  ): Promise<Refund> => http.post(refundPath(number, refund, '/abnormal'), { body: wish, ...keyed(options) }),
});

const refundPath = (number: string, refund: string, rest = ''): string =>
  orderPath(number, `/refunds/${encodeURIComponent(refund)}${rest}`);

const TRADES = '/v1/merchant/bills/trade';
const FUNDS = '/v1/merchant/bills/fund-flow';

/** Bills of a day, like 2026-11-21; as files they are CSV that a spreadsheet can open safely. */
const billsOf = (http: Http) => ({
  trade: (date: string, { type, signal }: TradeBillOptions = {}): Promise<TradeBill> =>
    http.get(TRADES, { query: { date, type }, signal }),
  tradeFile: (date: string, { type, signal }: TradeBillOptions = {}): Promise<ReadableStream<Uint8Array>> =>
    http.file(TRADES, { query: { date, type }, signal }),
  fundFlow: (date: string, { account, signal }: FundFlowOptions = {}): Promise<FundFlowBill> =>
    http.get(FUNDS, { query: { date, account }, signal }),
  fundFlowFile: (date: string, { account, signal }: FundFlowOptions = {}): Promise<ReadableStream<Uint8Array>> =>
    http.file(FUNDS, { query: { date, account }, signal }),
});

const WEBHOOKS = '/v1/merchant/webhooks';

/** What the receiver of webhooks was told and is to be told, by the ids of events. */
const webhooksOf = (http: Http) => ({
  list: (options: WebhooksOptions = {}): AsyncGenerator<WebhookDelivery, void> => webhookList(http, options),
  get: (id: string, options: CallOptions = {}): Promise<WebhookDelivery> =>
    http.get(`${WEBHOOKS}/${encodeURIComponent(id)}`, options),
  /** Has one told again, whatever became of it before. */
  replay: (id: string, options: KeyedOptions = {}): Promise<WebhookDelivery> =>
    http.post(`${WEBHOOKS}/${encodeURIComponent(id)}/replay`, keyed(options)),
  replayRange: (range: ReplayRange, options: CallOptions = {}): Promise<number> => replayRange(http, range, options),
  /** Tells a receiver again that had answered 410. */
  enable: async (options: KeyedOptions = {}): Promise<void> => {
    await http.post(`${WEBHOOKS}/enable`, keyed(options));
  },
});

async function* webhookList(
  http: Http,
  { state, limit, signal }: WebhooksOptions,
): AsyncGenerator<WebhookDelivery, void> {
  type Page = { readonly webhooks: readonly WebhookDelivery[]; readonly next_after: string | null };
  let after: string | undefined;
  do {
    const page: Page = await http.get(WEBHOOKS, { query: { state, limit, after }, signal });
    yield* page.webhooks;
    after = page.next_after ?? undefined;
  } while (after !== undefined);
}

/** The server does some hundreds at a time; answers how many there were. */
async function replayRange(http: Http, range: ReplayRange, { signal }: CallOptions): Promise<number> {
  type Done = { readonly replayed: number; readonly next_from: string | null };
  let count = 0;
  let from: string | null = range.from;
  while (from !== null) {
    const done: Done = await http.post(`${WEBHOOKS}/replay`, { body: { ...range, from }, ...keyed({ signal }) });
    count += done.replayed;
    from = done.next_from;
  }
  return count;
}

/** How many seconds the server may keep a question for which there is nothing yet. */
const LONG_POLL = 30;

async function* eventsOf(http: Http, { after, limit, follow, signal }: EventsOptions): AsyncGenerator<Event, void> {
  type Page = { readonly events: readonly Event[]; readonly next_after: string | null };
  const patience = follow ? { wait: LONG_POLL } : {};
  // Who follows goes on when a server that was away is there again.
  const forEver = follow ? { longer: LONG_POLL * 1_000, retries: Infinity } : {};
  let last = after;
  for (;;) {
    const asked = { query: { after: last, limit, ...patience }, signal, ...forEver };
    const { events, next_after }: Page = await http.get('/v1/merchant/events', asked);
    yield* events;
    if (events.length === 0 && !follow) return;
    last = next_after ?? last;
  }
}
