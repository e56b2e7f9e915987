import { z } from 'zod';
import type { ReadEvents } from '../../../application/read-events.ts';
import type { Handler } from '../context.ts';
import { withQuery } from '../json-body.ts';
import { EVENT_ID, eventId, eventJson, placeOf } from './event-json.ts';
import { limit } from './page-query.ts';

const eventsQuery = z.strictObject({
  after: z.string().regex(EVENT_ID, 'The id of an event.').transform(placeOf).optional(),
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
