import type { Kysely, Selectable } from 'kysely';
import type { AccountId } from '../../domain/account/account.ts';
import type { SessionRepository } from '../../domain/session/session-repository.ts';
import type { Session, SessionId } from '../../domain/session/session.ts';
import type { TokenDigest } from '../../domain/session/token-issuer.ts';
import type { Schema, SessionRow } from './schema.ts';
import { pageOf, restoreInto, sizeOf } from './shelf.ts';

export class KyselySessionRepository implements SessionRepository {
  readonly #db: Kysely<Schema>;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, reader = db) {
    this.#db = db;
    this.#reader = reader;
  }

  async add(session: Session): Promise<void> {
    await this.#db.insertInto('sessions').values(toRow(session)).execute();
  }

  async findByDigest(digest: TokenDigest): Promise<Session | undefined> {
    const row = await this.#reader
      .selectFrom('sessions')
      .selectAll()
      .where('token_digest', '=', digest)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  async list(accountId: AccountId): Promise<Session[]> {
    const rows = await this.#reader
      .selectFrom('sessions')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
    return rows.map(fromRow);
  }

  async touch(session: Session): Promise<void> {
    const { id, last_seen_at, idle_expires_at } = toRow(session);
    await this.#db
      .updateTable('sessions')
      .set({ last_seen_at, idle_expires_at })
      .where('id', '=', id)
      .where('last_seen_at', '<', last_seen_at)
      .execute();
  }

  async revoke(accountId: AccountId, id: SessionId): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('id', '=', id)
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }

  async revokeAll(accountId: AccountId): Promise<void> {
    await this.#db.deleteFrom('sessions').where('account_id', '=', accountId).execute();
  }

  /** One statement sees one state of the table: a session that begins meanwhile is not in it and is not harmed. */
  async keepLatest(accountId: AccountId): Promise<void> {
    const latest = this.#db
      .selectFrom('sessions')
      .select('id')
      .where('account_id', '=', accountId)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1);
    await this.#db.deleteFrom('sessions').where('account_id', '=', accountId).where('id', '!=', latest).execute();
  }

  /** Asks once more whether each is over: one may have been used since it was found. */
  async removeExpired(now: Date, limit: number): Promise<number> {
    const over = this.#db
      .selectFrom('sessions')
      .select('id')
      .where('idle_expires_at', '<=', now.getTime())
      .limit(limit);
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('id', 'in', over)
      .where('idle_expires_at', '<=', now.getTime())
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async page(after: string, limit: number): Promise<Session[]> {
    return (await pageOf(this.#reader, 'sessions', after, limit)).map(fromRow);
  }

  restore(sessions: readonly Session[]): Promise<void> {
    return restoreInto(this.#db, 'sessions', sessions.map(toRow), 'id');
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'sessions');
  }
}

const toRow = (session: Session): Selectable<SessionRow> => ({
  id: session.id,
  account_id: session.accountId,
  token_digest: session.tokenDigest,
  device: session.device,
  created_at: session.createdAt.getTime(),
  last_seen_at: session.lastSeenAt.getTime(),
  expires_at: session.expiresAt.getTime(),
  idle_expires_at: session.idleExpiresAt.getTime(),
});

const fromRow = (row: Selectable<SessionRow>): Session => ({
  id: row.id as SessionId,
  accountId: row.account_id as AccountId,
  tokenDigest: row.token_digest as TokenDigest,
  device: row.device,
  createdAt: new Date(row.created_at),
  lastSeenAt: new Date(row.last_seen_at),
  expiresAt: new Date(row.expires_at),
  idleExpiresAt: new Date(row.idle_expires_at),
});
