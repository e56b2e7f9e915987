import type { LoggedEvent } from '../../../domain/order/event-log.ts';

/** An event's id as the world knows it: `evt_` and its place in the log. */
export const EVENT_ID = /^evt_\d{16}$/;

export const eventId = (place: string): string => `evt_${place}`;

export const placeOf = (id: string): string => id.slice('evt_'.length);

/** The notice that an event came from stays with us: it is proof, and holds what the merchant did not ask for. */
export function eventJson({ id, event }: LoggedEvent): object {
  const { type, ...data } = event.happening;
  return {
    id: eventId(id),
    type,
    out_trade_no: event.orderId,
    sequence: event.sequence,
    state: event.state,
    created_at: event.at.toISOString(),
    data: snakeCased(data),
  };
}

const snakeCased = (data: object): object =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
