import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { OrderEvent } from '../../domain/order/order-event.ts';
import type { Flavour } from './flavour.ts';
import type { EventRow, Schema } from './schema.ts';

/**
 * A step in which an order and its events are written, or nothing is.
 * Each of its statements sees what is committed by then: places in the log are counted on from there.
 */
export const inOneStep = <Result>(
  db: Kysely<Schema>,
  step: (trx: Transaction<Schema>) => Promise<Result>,
): Promise<Result> => db.transaction().setIsolationLevel('read committed').execute(step);

/** From here to the end of the step nobody else writes events. */
export async function lockLog(trx: Transaction<Schema>, { logLock }: Flavour): Promise<void> {
  await logLock?.execute(trx);
}

/** Writes the events behind all others. It is the last thing in a step, for others wait meanwhile. */
export async function appendEvents(
  trx: Transaction<Schema>,
  flavour: Flavour,
  events: readonly OrderEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await lockLog(trx, flavour);
  const rows = events.map((event, index) => ({ ...eventToRow(event), position: behindTheLast(index + 1) }));
  await trx.insertInto('events').values(rows).execute();
}

const behindTheLast = (places: number) => sql<number>`(select coalesce(max(position), 0) from events) + ${places}`;

export const eventToRow = ({ happening, notice, ...event }: OrderEvent): Omit<Selectable<EventRow>, 'position'> => ({
  id: event.id,
  order_id: event.orderId,
  sequence: event.sequence,
  version: event.version,
  type: happening.type,
  happened_at: event.at.getTime(),
  state: event.state,
  happening: JSON.stringify(happening),
  notice_headers: notice && JSON.stringify(notice.headers),
  notice_body: notice && notice.body,
});
