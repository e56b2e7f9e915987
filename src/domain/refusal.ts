/** Every reason for which Wexagon says no. The codes are stable: clients decide by them. */
export type RefusalCode =
  | 'login-code-invalid'
  | 'login-code-used'
  | 'login-user-blocked'
  | 'login-too-often'
  | 'not-authenticated'
  | 'session-not-found'
  | 'session-key-stale'
  | 'too-many-requests'
  | 'order-not-found'
  | 'out-trade-no-taken'
  | 'order-paid'
  | 'order-closed'
  | 'order-failed'
  | 'order-expired'
  | 'time-expire-too-soon'
  | 'time-expire-too-late'
  | 'payer-unknown'
  | 'payment-refused'
  | 'refund-not-found'
  | 'out-refund-no-taken'
  | 'order-not-paid'
  | 'refund-too-much'
  | 'too-many-refunds'
  | 'refund-too-late'
  | 'refund-not-possible'
  | 'refund-refused'
  | 'refund-not-abnormal'
  | 'abnormal-refunds-off'
  | 'trade-type-conflict'
  | 'trade-type-unavailable'
  | 'comments-off'
  | 'bill-type-off'
  | 'bill-not-ready'
  | 'bill-gone'
  | 'certificate-missing'
  | 'reconciliation-not-found'
  | 'payments-off'
  | 'idempotency-key-reused'
  | 'idempotency-key-in-flight'
  | 'webhook-not-found'
  | 'webhooks-off';

/** How a refusal or an outage came about, and when it is worth coming again. */
export interface Circumstances {
  /** The private reason: for the log, never for the caller. */
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
}

/**
 * A "no" that is somebody's to act on: its message is a sentence a person can use.
 * The private reason rides in `cause` and is never shown.
 */
export abstract class Refusal extends Error {
  abstract readonly code: RefusalCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, { cause, retryAfterSeconds }: Circumstances = {}) {
    super(message, { cause });
    this.name = new.target.name;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
