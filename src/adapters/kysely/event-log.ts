import type { Kysely, Selectable } from 'kysely';
import { type EventLog, type LoggedEvent, placeInLog } from '../../domain/order/event-log.ts';
import type { Happening, KeptNotice, OrderEvent } from '../../domain/order/order-event.ts';
import type { OrderState } from '../../domain/order/order.ts';
import { appendEvents, eventToRow, inOneStep, lockLog } from './append-events.ts';
import type { Flavour } from './flavour.ts';
import type { EventRow, Schema } from './schema.ts';
import { restoreInto, sizeOf } from './shelf.ts';

export class KyselyEventLog implements EventLog {
  readonly #db: Kysely<Schema>;
  readonly #flavour: Flavour;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, flavour: Flavour, reader = db) {
    this.#db = db;
    this.#flavour = flavour;
    this.#reader = reader;
  }

  async note(event: OrderEvent): Promise<void> {
    await inOneStep(this.#db, async (trx) => {
      await lockLog(trx, this.#flavour);
      const known = await trx.selectFrom('events').select('id').where('id', '=', event.id).executeTakeFirst();
      if (!known) await appendEvents(trx, this.#flavour, [event]);
    });
  }

  async page(after: string, limit: number): Promise<LoggedEvent[]> {
    const rows = await this.#reader
      .selectFrom('events')
      .selectAll()
      .where('position', '>', Number(after))
      .orderBy('position')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  restore(events: readonly LoggedEvent[]): Promise<void> {
    const rows = events.map(({ id, event }) => ({ ...eventToRow(event), position: Number(id) }));
    return restoreInto(this.#db, 'events', rows, 'position');
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'events');
  }
}

const fromRow = (row: Selectable<EventRow>): LoggedEvent => ({
  id: placeInLog(row.position),
  event: {
    id: row.id,
    orderId: row.order_id,
    sequence: row.sequence,
    version: row.version,
    at: new Date(row.happened_at),
    state: row.state as OrderState | null,
    happening: JSON.parse(row.happening) as Happening,
    notice: noticeOf(row),
  },
});

const noticeOf = ({ notice_headers: headers, notice_body: body }: Selectable<EventRow>): KeptNotice | null =>
  headers === null || body === null ? null : { headers: JSON.parse(headers) as KeptNotice['headers'], body };
