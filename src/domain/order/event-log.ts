import type { Shelf } from '../shelf.ts';
import type { OrderEvent } from './order-event.ts';

/** An event at its place in the log. */
export interface LoggedEvent {
  /** Its place, in 16 digits. */
  readonly id: string;
  readonly event: OrderEvent;
}

export const placeInLog = (position: number): string => String(position).padStart(16, '0');

/** An event's id as the world knows it: `evt_` and its place in the log. */
export const EVENT_ID = /^evt_\d{16}$/;

export const eventId = (place: string): string => `evt_${place}`;

export const placeOf = (id: string): string => id.slice('evt_'.length);

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
