import type { Shelf } from '../shelf.ts';
import type { Delivery, DeliveryState, WebhookId } from './delivery.ts';

/** The merchant's receiver, as far as it is kept. */
export interface Endpoint {
  /** The last place of the event log that was taken up; empty before the first. */
  readonly cursor: string;
  /** Since when nothing is sent, because the receiver said that it is gone; null while all is well. */
  readonly disabledAt: Date | null;
}

export interface DeliveryQuery {
  readonly state?: DeliveryState | undefined;
  readonly limit: number;
  /** The id of the last one of the page before. */
  readonly after?: string | undefined;
}

/** Keeps what the merchant's receiver is to be told. Those of one order go one behind the other, by their ids. */
export interface WebhookRepository extends Shelf<Delivery> {
  /** Answers how far the log is taken up, and since when nothing is sent. */
  endpoint(): Promise<Endpoint>;

  /** Keeps since when nothing is sent, or null. */
  setDisabled(disabledAt: Date | null): Promise<void>;

  /**
   * Keeps the deliveries that are new, and leaves the others as they are.
   * Moves the cursor on with them, and never back.
   * Gives a new one the time of what waits before it in its order.
   */
  takeUp(deliveries: readonly Delivery[], cursor: string): Promise<void>;

  /**
   * Answers at most `limit` deliveries that wait and whose time has come, those first that wait longest.
   * Answers only the first that waits of each order.
   */
  due(now: Date, limit: number): Promise<Delivery[]>;

  /**
   * Moves the time of a delivery on and answers it with its next version.
   * Answers undefined, and changes nothing, when the version is no longer the one that was read.
   * Of many claims at once over one version, exactly one goes through.
   */
  claim(delivery: Delivery, until: Date): Promise<Delivery | undefined>;

  /**
   * Saves a delivery and answers it with its next version.
   * Gives its time to those that wait behind it in its order.
   * Answers undefined, and changes nothing, when the version is no longer the one that was read.
   */
  save(delivery: Delivery): Promise<Delivery | undefined>;

  /** Answers the delivery as it was saved last, or undefined when there is none of that id. */
  find(id: WebhookId): Promise<Delivery | undefined>;

  /**
   * Answers at most `limit` deliveries with ids behind `after`, by their ids.
   * Answers only deliveries of the state, where one is given.
   */
  list(query: DeliveryQuery): Promise<Delivery[]>;
}
