import type { Kysely, Selectable } from 'kysely';
import type { Day } from '../../domain/statement/day.ts';
import type { ReconciliationRepository } from '../../domain/statement/reconciliation-repository.ts';
import type { Difference, Reconciliation } from '../../domain/statement/reconciliation.ts';
import type { ReconciliationRow, Schema } from './schema.ts';
import { pageOf, restoreInto, sizeOf } from './shelf.ts';

export class KyselyReconciliationRepository implements ReconciliationRepository {
  readonly #db: Kysely<Schema>;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, reader = db) {
    this.#db = db;
    this.#reader = reader;
  }

  async begin(reconciliation: Reconciliation): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('reconciliations')
      .values(toRow(reconciliation))
      .onConflict((taken) => taken.column('id').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  async find(day: Day): Promise<Reconciliation | undefined> {
    const row = await this.#reader.selectFrom('reconciliations').selectAll().where('id', '=', day).executeTakeFirst();
    return row && fromRow(row);
  }

  async save(reconciliation: Reconciliation): Promise<boolean> {
    const { id, version, ...row } = toRow(reconciliation);
    const { numUpdatedRows } = await this.#db
      .updateTable('reconciliations')
      .set({ ...row, version: version + 1 })
      .where('id', '=', id)
      .where('version', '=', version)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async page(after: string, limit: number): Promise<Reconciliation[]> {
    return (await pageOf(this.#reader, 'reconciliations', after, limit)).map(fromRow);
  }

  restore(reconciliations: readonly Reconciliation[]): Promise<void> {
    return restoreInto(this.#db, 'reconciliations', reconciliations.map(toRow), 'id');
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'reconciliations');
  }
}

const toRow = (reconciliation: Reconciliation): Selectable<ReconciliationRow> => ({
  id: reconciliation.id,
  state: reconciliation.state,
  started_at: reconciliation.startedAt.getTime(),
  finished_at: reconciliation.finishedAt && reconciliation.finishedAt.getTime(),
  locked_until: reconciliation.lockedUntil.getTime(),
  matched: reconciliation.matched,
  compared: reconciliation.compared,
  differences: JSON.stringify(reconciliation.differences),
  difference_count: reconciliation.differenceCount,
  failures: reconciliation.failures,
  version: reconciliation.version,
});

const fromRow = (row: Selectable<ReconciliationRow>): Reconciliation => ({
  id: row.id as Day,
  state: row.state as Reconciliation['state'],
  startedAt: new Date(row.started_at),
  finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
  lockedUntil: new Date(row.locked_until),
  matched: row.matched,
  compared: row.compared,
  differences: JSON.parse(row.differences) as Difference[],
  differenceCount: row.difference_count,
  failures: row.failures,
  version: row.version,
});
