import type { OutRefundNo, RefundState } from './refund.ts';

/** What WeChat says about a refund when it is asked. */
export interface RefundReport {
  readonly outRefundNo: OutRefundNo;
  readonly refundId: string;
  /** In fen. */
  readonly amount: number;
  readonly state: Exclude<RefundState, 'requested'>;
  /** Null where WeChat does not say, and where it has not succeeded. */
  readonly succeededAt: Date | null;
}
