import type { ColumnType } from 'kysely';

/** Times are whole milliseconds since 1970, so that every database keeps and compares them alike. */
export interface AccountRow {
  id: ColumnType<string, string, never>;
  appid: ColumnType<string, string, never>;
  openid: ColumnType<string, string, never>;
  unionid: string | null;
  /** JSON of a Profile. */
  profile: string;
  session_key_id: string;
  session_key_box: string;
  created_at: ColumnType<number, number, never>;
  version: number;
}

export interface SessionRow {
  id: ColumnType<string, string, never>;
  account_id: ColumnType<string, string, never>;
  token_digest: ColumnType<string, string, never>;
  device: ColumnType<string | null, string | null, never>;
  created_at: ColumnType<number, number, never>;
  last_seen_at: number;
  expires_at: ColumnType<number, number, never>;
  idle_expires_at: number;
}

/** What was agreed on never changes but for the appid; the rest is of the state, and null where a state has none of it. */
export interface OrderRow {
  id: ColumnType<string, string, never>;
  state: string;
  appid: string;
  mchid: ColumnType<string, string, never>;
  description: ColumnType<string, string, never>;
  total: ColumnType<number, number, never>;
  currency: ColumnType<string, string, never>;
  attach: ColumnType<string | null, string | null, never>;
  /** JSON of texts by their names. */
  metadata: ColumnType<string | null, string | null, never>;
  request_id: ColumnType<string | null, string | null, never>;
  created_at: ColumnType<number, number, never>;
  time_expire: ColumnType<number, number, never>;
  api: string;
  payer_openid: string | null;
  payer_account_id: string | null;
  due_at: number | null;
  looks: number;
  looked_at: number | null;
  /** Null in an open order from before there was more than JSAPI. */
  asked_trade_type: string | null;
  client_ip: string | null;
  began_at: number | null;
  prepay_id: string | null;
  ticket_expires_at: number | null;
  transaction_id: string | null;
  paid_at: number | null;
  paid_by: string | null;
  payer_total: number | null;
  trade_type: string | null;
  bank_type: string | null;
  /** 1 or 0. */
  late: number | null;
  closed_at: number | null;
  failed_at: number | null;
  reason: string | null;
  /** JSON of what has been told. */
  anomalies: string;
  sequence: number;
  version: number;
}

/** Written with its order. What only some states have is null in the others. */
export interface RefundRow {
  out_refund_no: string;
  order_id: string;
  /** 0, 1, 2 … within its order. */
  place: number;
  amount: number;
  reason: string | null;
  origin: string;
  created_at: number;
  request_id: string | null;
  state: string;
  refund_id: string | null;
  asked_at: number | null;
  due_at: number | null;
  looks: number;
  trouble: string | null;
  succeeded_at: number | null;
  closed_at: number | null;
}

/** An event is never changed. */
export interface EventRow {
  position: number;
  id: string;
  order_id: string;
  sequence: number;
  /** Null in events from before they had one. */
  version: number | null;
  type: string;
  happened_at: number;
  state: string | null;
  /** JSON of a Happening. */
  happening: string;
  /** JSON of names and values in their order. */
  notice_headers: string | null;
  notice_body: string | null;
}

export interface IdempotencyKeyRow {
  id: ColumnType<string, string, never>;
  digest: ColumnType<string, string, never>;
  subject: ColumnType<string, string, never>;
  created_at: ColumnType<number, number, never>;
  locked_until: number;
  status: number | null;
  body: string | null;
}

export interface ReconciliationRow {
  /** The day. */
  id: ColumnType<string, string, never>;
  state: string;
  started_at: number;
  finished_at: number | null;
  locked_until: number;
  matched: number;
  compared: number;
  /** JSON of a list of Difference. */
  differences: string;
  difference_count: number;
  failures: number;
  version: number;
}

export interface PlatformCertificateRow {
  mchid: ColumnType<string, string, never>;
  fetched_at: number;
  /** JSON of a list of texts. */
  sealed: string;
}

export interface WebhookDeliveryRow {
  id: ColumnType<string, string, never>;
  order_id: ColumnType<string, string, never>;
  sequence: ColumnType<number, number, never>;
  type: ColumnType<string, string, never>;
  happened_at: ColumnType<number, number, never>;
  state: string;
  tries: number;
  /** JSON of a list of attempts. */
  attempts: string;
  due_at: number;
  version: number;
}

/** One row: there is one receiver. */
export interface WebhookEndpointRow {
  id: ColumnType<string, string, never>;
  cursor: string;
  disabled_at: number | null;
}

/** One row that is written to see whether anything can be. */
export interface HeartbeatRow {
  id: string;
  beat_at: number;
}

export interface Schema {
  heartbeats: HeartbeatRow;
  accounts: AccountRow;
  sessions: SessionRow;
  orders: OrderRow;
  refunds: RefundRow;
  events: EventRow;
  idempotency_keys: IdempotencyKeyRow;
  reconciliations: ReconciliationRow;
  platform_certificates: PlatformCertificateRow;
  webhook_deliveries: WebhookDeliveryRow;
  webhook_endpoints: WebhookEndpointRow;
}
