import { z } from 'zod';
import type { ReadEvents } from '../../../application/read-events.ts';
import type { LoggedEvent } from '../../../domain/order/event-log.ts';
import type { Handler } from '../context.ts';
import { withQuery } from '../json-body.ts';
import { limit } from './page-query.ts';

const eventsQuery = z.strictObject({
  after: z
    .string()
    .regex(/^evt_\d{16}$/, 'The id of an event.')
    .transform((id) => id.slice('evt_'.length))
    .optional(),
  limit: limit({ most: 500, usual: 100 }),
});

/**
 * `GET /v1/merchant/events?after=&limit=` -> `{events, next_after}`, in the order in which they were written.
 * Whoever goes on behind `next_after` misses none.
 */
export function readEvents(read: ReadEvents): Handler {
  return withQuery(eventsQuery, async (ctx, { after, limit: most }) => {
    const logged = await read.execute(after ?? '', most);
    const last = logged.at(-1)?.id ?? after;
    ctx.body = { events: logged.map(eventJson), next_after: last === undefined ? null : eventId(last) };
  });
}

const eventId = (place: string): string => `evt_${place}`;

/** The notice that an event came from stays with us: it is proof, and holds what the merchant did not ask for. */
function eventJson({ id, event }: LoggedEvent): object {
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
