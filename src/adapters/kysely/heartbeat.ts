import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** Whether a storage can be written to is only known once it was: a full disk reads as well as an empty one. */
export async function beat(db: Kysely<Schema>): Promise<void> {
  const beat_at = Date.now();
  await db
    .insertInto('heartbeats')
    .values({ id: 'wexagon', beat_at })
    .onConflict((known) => known.column('id').doUpdateSet({ beat_at }))
    .execute();
}
