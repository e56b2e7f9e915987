import { type ExpressionBuilder, type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import type { Attempt, Delivery, DeliveryState, WebhookId } from '../../domain/webhook/delivery.ts';
import type { DeliveryQuery, Endpoint, WebhookRepository } from '../../domain/webhook/webhook-repository.ts';
import { inOneStep } from './append-events.ts';
import type { Schema, WebhookDeliveryRow } from './schema.ts';
import { pageOf, restoreInto, sizeOf } from './shelf.ts';

/** Written out, so that the databases see that the index over what waits is meant. */
const WAITING: RawBuilder<string> = sql.lit('waiting');

const ONLY = 'wexagon';

export class KyselyWebhookRepository implements WebhookRepository {
  readonly #db: Kysely<Schema>;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, reader = db) {
    this.#db = db;
    this.#reader = reader;
  }

  async endpoint(): Promise<Endpoint> {
    const row = await this.#reader
      .selectFrom('webhook_endpoints')
      .selectAll()
      .where('id', '=', ONLY)
      .executeTakeFirst();
    return {
      cursor: row?.cursor ?? '',
      disabledAt: row === undefined || row.disabled_at === null ? null : new Date(row.disabled_at),
    };
  }

  async setDisabled(disabledAt: Date | null): Promise<void> {
    const disabled = { disabled_at: disabledAt && disabledAt.getTime() };
    await this.#db
      .insertInto('webhook_endpoints')
      .values({ id: ONLY, cursor: '', ...disabled })
      .onConflict((known) => known.column('id').doUpdateSet(disabled))
      .execute();
  }

  async takeUp(deliveries: readonly Delivery[], cursor: string): Promise<void> {
    await inOneStep(this.#db, async (trx) => {
      for (const delivery of deliveries) await takeUpOne(trx, delivery);
      await trx
        .insertInto('webhook_endpoints')
        .values({ id: ONLY, cursor, disabled_at: null })
        .onConflict((known) =>
          known.column('id').doUpdateSet({ cursor }).where('webhook_endpoints.cursor', '<', cursor),
        )
        .execute();
    });
  }

  async due(now: Date, limit: number): Promise<Delivery[]> {
    const rows = await this.#reader
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('state', '=', WAITING)
      .where('due_at', '<=', now.getTime())
      .where(isFirst)
      .orderBy('due_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  claim(delivery: Delivery, until: Date): Promise<Delivery | undefined> {
    return update(this.#db, { ...delivery, dueAt: until });
  }

  async save(delivery: Delivery): Promise<Delivery | undefined> {
    return inOneStep(this.#db, async (trx) => {
      const saved = await update(trx, delivery);
      if (saved) await passOnTime(trx, saved);
      return saved;
    });
  }

  async find(id: WebhookId): Promise<Delivery | undefined> {
    const row = await this.#reader.selectFrom('webhook_deliveries').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }

  async list({ state, limit, after = '' }: DeliveryQuery): Promise<Delivery[]> {
    const rows = await this.#reader
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('id', '>', after)
      .$if(state !== undefined, (query) => query.where('state', '=', state!))
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async page(after: string, limit: number): Promise<Delivery[]> {
    return (await pageOf(this.#reader, 'webhook_deliveries', after, limit)).map(fromRow);
  }

  restore(deliveries: readonly Delivery[]): Promise<void> {
    return restoreInto(this.#db, 'webhook_deliveries', deliveries.map(toRow), 'id');
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'webhook_deliveries');
  }
}

/** What waits in an order has one time, whatever waits longest: a new one behind it takes that. */
async function takeUpOne(trx: Kysely<Schema>, delivery: Delivery): Promise<void> {
  const row = toRow(delivery);
  const dueAt = sql<number>`coalesce((${trx
    .selectFrom('webhook_deliveries')
    .select((of) => of.fn.max('due_at').as('due_at'))
    .where('order_id', '=', row.order_id)
    .where('state', '=', WAITING)}), ${row.due_at})`;
  await trx
    .insertInto('webhook_deliveries')
    .values({ ...row, due_at: dueAt })
    .onConflict((known) => known.column('id').doNothing())
    .execute();
}

async function update(db: Kysely<Schema>, delivery: Delivery): Promise<Delivery | undefined> {
  const { state, tries, attempts, due_at } = toRow(delivery);
  const { numUpdatedRows } = await db
    .updateTable('webhook_deliveries')
    .set({ state, tries, attempts, due_at, version: delivery.version + 1 })
    .where('id', '=', delivery.id)
    .where('version', '=', delivery.version)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 0n ? undefined : { ...delivery, version: delivery.version + 1 };
}

async function passOnTime(trx: Kysely<Schema>, { id, orderId, dueAt }: Delivery): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ due_at: dueAt.getTime() })
    .where('order_id', '=', orderId)
    .where('state', '=', WAITING)
    .where('id', '>', id)
    .execute();
}

const isFirst = (where: ExpressionBuilder<Schema, 'webhook_deliveries'>) =>
  where.not(
    where.exists(
      where
        .selectFrom('webhook_deliveries as earlier')
        .select('earlier.id')
        .whereRef('earlier.order_id', '=', 'webhook_deliveries.order_id')
        .where('earlier.state', '=', WAITING)
        .whereRef('earlier.id', '<', 'webhook_deliveries.id'),
    ),
  );

/** An attempt as it is kept: JSON has no times. */
type KeptAttempt = Omit<Attempt, 'at'> & { readonly at: number };

const toRow = (delivery: Delivery): Selectable<WebhookDeliveryRow> => ({
  id: delivery.id,
  order_id: delivery.orderId,
  sequence: delivery.sequence,
  type: delivery.type,
  happened_at: delivery.at.getTime(),
  state: delivery.state,
  tries: delivery.tries,
  attempts: JSON.stringify(delivery.attempts.map((attempt): KeptAttempt => ({ ...attempt, at: attempt.at.getTime() }))),
  due_at: delivery.dueAt.getTime(),
  version: delivery.version,
});

const fromRow = (row: Selectable<WebhookDeliveryRow>): Delivery => ({
  id: row.id as WebhookId,
  orderId: row.order_id,
  sequence: row.sequence,
  type: row.type as Delivery['type'],
  at: new Date(row.happened_at),
  state: row.state as DeliveryState,
  tries: row.tries,
  attempts: (JSON.parse(row.attempts) as KeptAttempt[]).map((attempt) => ({ ...attempt, at: new Date(attempt.at) })),
  dueAt: new Date(row.due_at),
  version: row.version,
});
