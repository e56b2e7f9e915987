import type { OrderDocument, WaitingEvent } from './order-schema.ts';

/** The events that wait in these orders, as they were written. */
export const waitingIn = (orders: readonly OrderDocument[]): WaitingEvent[] =>
  orders.flatMap(({ events }) => bySequence(events)).toSorted((one, other) => one.writtenAt - other.writtenAt);

/** None is older than the one before it, even if the clock of the one who wrote it says so. */
function bySequence(events: OrderDocument['events']): WaitingEvent[] {
  let latest = 0;
  return Object.values(events)
    .toSorted((one, other) => one.sequence - other.sequence)
    .map((event) => {
      latest = Math.max(latest, event.writtenAt);
      return { ...event, writtenAt: latest };
    });
}
