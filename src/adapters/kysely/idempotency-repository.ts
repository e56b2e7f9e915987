import type { Kysely, Selectable } from 'kysely';
import type { IdempotencyRepository } from '../../domain/idempotency/idempotency-repository.ts';
import type { KeptAnswer, KeyedRequest } from '../../domain/idempotency/keyed-request.ts';
import type { IdempotencyKeyRow, Schema } from './schema.ts';
import { pageOf, restoreInto, sizeOf } from './shelf.ts';

export class KyselyIdempotencyRepository implements IdempotencyRepository {
  readonly #db: Kysely<Schema>;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, reader = db) {
    this.#db = db;
    this.#reader = reader;
  }

  /** One that was in the way and is gone when it is looked for was removed for its age. */
  async begin(request: KeyedRequest): Promise<KeyedRequest | undefined> {
    for (;;) {
      if (await this.#insert(request)) return undefined;
      const kept = await this.#find(request.id);
      if (kept) return kept;
    }
  }

  async relock({ id, lockedUntil: held }: KeyedRequest, lockedUntil: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('idempotency_keys')
      .set({ locked_until: lockedUntil.getTime() })
      .where('id', '=', id)
      .where('locked_until', '=', held.getTime())
      .where('status', 'is', null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async finish({ id, lockedUntil }: KeyedRequest, { status, body }: KeptAnswer): Promise<void> {
    await this.#db
      .updateTable('idempotency_keys')
      .set({ status, body })
      .where('id', '=', id)
      .where('locked_until', '=', lockedUntil.getTime())
      .execute();
  }

  async removeOlderThan(time: Date, limit: number): Promise<number> {
    const old = this.#db
      .selectFrom('idempotency_keys')
      .select('id')
      .where('created_at', '<', time.getTime())
      .limit(limit);
    const { numDeletedRows } = await this.#db
      .deleteFrom('idempotency_keys')
      .where('id', 'in', old)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async page(after: string, limit: number): Promise<KeyedRequest[]> {
    return (await pageOf(this.#reader, 'idempotency_keys', after, limit)).map(fromRow);
  }

  restore(requests: readonly KeyedRequest[]): Promise<void> {
    return restoreInto(this.#db, 'idempotency_keys', requests.map(toRow), 'id');
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'idempotency_keys');
  }

  async #insert(request: KeyedRequest): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('idempotency_keys')
      .values(toRow(request))
      .onConflict((taken) => taken.column('id').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  async #find(id: string): Promise<KeyedRequest | undefined> {
    const row = await this.#reader.selectFrom('idempotency_keys').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }
}

const toRow = (request: KeyedRequest): Selectable<IdempotencyKeyRow> => ({
  id: request.id,
  digest: request.digest,
  subject: request.subject,
  created_at: request.createdAt.getTime(),
  locked_until: request.lockedUntil.getTime(),
  status: request.answer?.status ?? null,
  body: request.answer?.body ?? null,
});

const fromRow = (row: Selectable<IdempotencyKeyRow>): KeyedRequest => ({
  id: row.id,
  digest: row.digest,
  subject: row.subject,
  createdAt: new Date(row.created_at),
  lockedUntil: new Date(row.locked_until),
  answer: row.status === null || row.body === null ? null : { status: row.status, body: row.body },
});
