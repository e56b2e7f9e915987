import type { Brand } from '../brand.ts';
import type { Happening } from '../order/order-event.ts';

/** An event's id as the world knows it: the same however often and by whatever way somebody hears of the event. */
export type WebhookId = Brand<string, 'WebhookId'>;

export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Why there is no answer. */
export type WebhookFault =
  /** There was none in time, or it did not end. */
  | 'timeout'
  /** Nobody took the connection, or it broke. */
  | 'unreachable'
  /** The name leads to an address that is not to be called. */
  | 'forbidden-address'
  /** The certificate is not to be believed. */
  | 'untrusted-certificate'
  /** What came is not HTTP. */
  | 'unreadable';

/** One try, and what came of it: a status or a fault. What the receiver wrote is not kept. */
export interface Attempt {
  readonly at: Date;
  readonly status: number | null;
  readonly fault: WebhookFault | null;
  readonly milliseconds: number;
}

/** What the merchant's receiver is to be told, once it has said that it heard. The event itself stays in the log. */
export interface Delivery {
  readonly id: WebhookId;
  readonly orderId: string;
  /** Within its order. */
  readonly sequence: number;
  readonly type: Happening['type'];
  /** When it happened. */
  readonly at: Date;
  readonly state: DeliveryState;
  /** How often it was tried since it was taken up or replayed. */
  readonly tries: number;
  /** The last of all tries. */
  readonly attempts: readonly Attempt[];
  /** When it is tried next, as long as it waits; a claim moves it on. */
  readonly dueAt: Date;
  readonly version: number;
}
