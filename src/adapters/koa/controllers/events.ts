import { z } from 'zod';
import type { ReadEvents } from '../../../application/read-events.ts';
import type { WaitForEvents } from '../../../application/wait-for-events.ts';
import { EVENT_ID, eventId, placeOf } from '../../../domain/order/event-log.ts';
import type { Context, Handler } from '../context.ts';
import { withQuery } from '../json-body.ts';
import { eventJson } from './event-json.ts';
import { limit } from './page-query.ts';

const LONGEST_WAIT = 30;

const eventsQuery = z.strictObject({
  after: z.string().regex(EVENT_ID, 'The id of an event.').transform(placeOf).optional(),
  limit: limit({ most: 500, usual: 100 }),
  wait: z
    .string()
    .regex(/^\d{1,2}$/, `A whole number of seconds from 0 to ${LONGEST_WAIT}.`)
    .transform(Number)
    .refine((seconds) => seconds <= LONGEST_WAIT, `A whole number of seconds from 0 to ${LONGEST_WAIT}.`)
    .optional()
    .describe('Where there are none yet: for how many seconds to wait for the next, 30 at most.'),
});

interface Needs {
  readonly readEvents: ReadEvents;
  readonly waitForEvents: WaitForEvents;
}

/**
 * `GET /v1/merchant/events?after=&limit=&wait=` -> `{events, next_after}`, in the order in which they were written.
 * Whoever goes on behind `next_after` misses none.
 */
export function readEvents({ readEvents: read, waitForEvents: wait }: Needs): Handler {
  return withQuery(eventsQuery, async (ctx, { after = '', limit: most, wait: seconds }) => {
    const logged =
      seconds === undefined
        ? await read.execute(after, most)
        : await wait.execute({ after, limit: most, seconds, signal: goneSignal(ctx) });
    const last = logged.at(-1)?.id ?? after;
    ctx.body = { events: logged.map(eventJson), next_after: last === '' ? null : eventId(last) };
  });
}

/** Nobody waits for a client that has left. */
function goneSignal({ res }: Context): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return gone.signal;
}
