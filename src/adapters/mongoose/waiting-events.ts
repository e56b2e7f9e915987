import type { OrderEvent } from '../../domain/order/order-event.ts';
import type { OrderDocument } from './order-schema.ts';

interface FoundEvent extends OrderEvent {
  readonly writtenAt: number;
}

/** The events that wait in these orders, as they were written. */
export const waitingIn = (orders: readonly OrderDocument[]): FoundEvent[] =>
  orders.flatMap(({ events }) => bySequence(events)).toSorted((one, other) => one.writtenAt - other.writtenAt);

/** None is older than the one before it, even if the clock of the one who wrote it says so. */
function bySequence(events: OrderDocument['events']): FoundEvent[] {
  let latest = 0;
  return Object.values(events)
    .toSorted((one, other) => one.sequence - other.sequence)
    .map((event) => {
      latest = Math.max(latest, event.writtenAt);
      return { ...event, version: event.version ?? null, writtenAt: latest };
    });
}
