/** What should not be and has to be seen by a person. */
export type AnomalyKind =
  /** A payment's total is not the order's. */
  | 'amount-mismatch'
  | 'currency-mismatch'
  | 'appid-mismatch'
  | 'mchid-mismatch'
  /** Somebody else paid than the one who was to. */
  | 'payer-mismatch'
  /** An answer about one order named another. */
  | 'order-mismatch'
  /** A second payment of an order that is paid. */
  | 'second-payment'
  /** A payment that has paid another order already. */
  | 'transaction-taken'
  /** WeChat refunded another amount than was asked for. */
  | 'refund-mismatch'
  /** A refund that nobody asked for here: it was made at WeChat Pay's console. */
  | 'refund-outside'
  /** A refund that had come to nothing here went through at WeChat after all. */
  | 'refund-revived'
  /** More was refunded at WeChat than was paid. */
  | 'refunded-too-much'
  /** Paid here, and in no bill around that day. */
  | 'missing-in-bill'
  /** A refund succeeded here and is in no bill around that day. */
  | 'refund-missing-in-bill'
  /** A bill has a payment or a refund that WeChat does not confirm when it is asked. */
  | 'bill-mismatch'
  /** Money for an order that was closed or had failed. */
  | 'late-payment'
  /** A notice for an order that we do not have. */
  | 'unknown-order'
  /** A notice with the right key and a field that cannot be. */
  | 'unreadable-notice'
  /** A notice with the right key, signed by another algorithm than ours. */
  | 'downgraded-notice';

/** What is told once: an anomaly and the payment or refund it is about, or a payment that failed and why. */
export type AnomalyKey = `${AnomalyKind | 'payment-failed'}:${string}`;

export interface Anomaly {
  readonly kind: AnomalyKind;
  /** WeChat's number of the payment, where there is one. */
  readonly transactionId: string | null;
  /** WeChat's number of the refund (微信退款单号), where it is about one. */
  readonly refundId?: string;
}

export const anomalyKey = ({ kind, transactionId, refundId }: Anomaly): AnomalyKey =>
  `${kind}:${refundId ?? transactionId ?? ''}`;
