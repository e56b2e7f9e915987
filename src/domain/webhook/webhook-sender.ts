import type { LoggedEvent } from '../order/event-log.ts';
import type { WebhookFault } from './delivery.ts';

/** What came of telling the receiver. */
export type Sent =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: number | null }
  | { readonly kind: 'failed'; readonly fault: WebhookFault }
  /** We broke it off ourselves, and nobody knows whether it was heard. */
  | { readonly kind: 'cut' };

/** The way to the merchant's receiver. */
export interface WebhookSender {
  /** Tells the event once and waits for the answer, for at most half of a claim; it never throws for the receiver's sake. */
  send(event: LoggedEvent, now: Date, signal: AbortSignal | undefined): Promise<Sent>;
}
