import type { Shelf } from '../shelf.ts';
import type { OrderEvent } from './order-event.ts';

/** An event at its place in the log. */
export interface LoggedEvent {
  /** Its place, in 16 digits. */
  readonly id: string;
  readonly event: OrderEvent;
}

export const placeInLog = (position: number): string => String(position).padStart(16, '0');

/**
 * Everything that happened, in the order in which it was written.
 * Whoever goes on behind the last event they read misses none, however many are being written meanwhile.
 * Holds the events of one order by their sequence.
 */
export interface EventLog extends Shelf<LoggedEvent> {
  /**
   * Writes an event of no order that we keep.
   * Writes an event of the same id only once.
   */
  note(event: OrderEvent): Promise<void>;
}
