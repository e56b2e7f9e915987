import { eventId, type LoggedEvent } from '../../../domain/order/event-log.ts';
import type { EventJson } from '../answers/event.ts';

/** The notice that an event came from stays with us: it is proof, and holds what the merchant did not ask for. */
export function eventJson({ id, event }: LoggedEvent): EventJson {
  const { type, ...data } = event.happening;
  return {
    id: eventId(id),
    type,
    out_trade_no: event.orderId,
    sequence: event.sequence,
    version: event.version,
    state: event.state,
    created_at: event.at.toISOString(),
    data: snakeCased(data),
  };
}

const snakeCased = (data: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
