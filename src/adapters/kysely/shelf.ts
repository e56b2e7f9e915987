import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Schema } from './schema.ts';

type Row<Table extends keyof Schema> = Selectable<Schema[Table]> & { readonly id: string };

/** The rows behind an id, by their ids. */
export async function pageOf<Table extends keyof Schema>(
  db: Kysely<Schema>,
  table: Table,
  after: string,
  limit: number,
): Promise<Row<Table>[]> {
  const page = sql<Row<Table>>`select * from ${sql.table(table)} where id > ${after} order by id limit ${limit}`;
  return (await page.execute(db)).rows;
}

/** Puts rows in the place of those with the same ids, or what they are known by, all of them or none. */
export async function restoreInto<Table extends keyof Schema>(
  db: Kysely<Schema>,
  table: Table,
  rows: readonly Selectable<Schema[Table]>[],
  key: keyof Schema[Table] & string,
): Promise<void> {
  if (rows.length === 0) return;
  await db.transaction().execute((trx) => putRows(trx, table, rows, key));
}

/** The same, as a part of more. */
export async function putRows<Table extends keyof Schema>(
  trx: Transaction<Schema>,
  table: Table,
  rows: readonly Selectable<Schema[Table]>[],
  key: keyof Schema[Table] & string,
): Promise<void> {
  const keys = rows.map((row) => row[key as keyof typeof row]);
  await sql`delete from ${sql.table(table)} where ${sql.ref(key)} in (${sql.join(keys)})`.execute(trx);
  await trx
    .insertInto(table)
    .values(rows as never)
    .execute();
}

export async function sizeOf(db: Kysely<Schema>, table: keyof Schema): Promise<number> {
  const { rows } = await sql<{ size: number }>`select count(*) as size from ${sql.table(table)}`.execute(db);
  return rows[0]?.size ?? 0;
}
