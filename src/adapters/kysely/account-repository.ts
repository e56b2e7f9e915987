import type { Kysely, Selectable } from 'kysely';
import { type AccountRepository, StaleAccount } from '../../domain/account/account-repository.ts';
import type { Account, AccountId, AppId, OpenId, UnionId } from '../../domain/account/account.ts';
import type { Profile } from '../../domain/account/profile.ts';
import type { AccountRow, Schema } from './schema.ts';
import { pageOf, restoreInto, sizeOf } from './shelf.ts';

export class KyselyAccountRepository implements AccountRepository {
  readonly #db: Kysely<Schema>;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, reader = db) {
    this.#db = db;
    this.#reader = reader;
  }

  /** Looks first: nearly every login is of somebody known, and a look costs no durable write. */
  async register(account: Account): Promise<Account> {
    return (await this.#findByOwner(account)) ?? (await this.#insert(account)) ?? this.#theWinnerOver(account);
  }

  async find(id: AccountId): Promise<Account | undefined> {
    const row = await this.#reader.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }

  async findByUnionid(unionid: UnionId): Promise<AccountId[]> {
    const rows = await this.#reader
      .selectFrom('accounts')
      .select('id')
      .where('unionid', '=', unionid)
      .orderBy('created_at')
      .execute();
    return rows.map((row) => row.id as AccountId);
  }

  async save(account: Account): Promise<Account> {
    const { unionid, profile, session_key_id, session_key_box } = toRow(account);
    const row = await this.#db
      .updateTable('accounts')
      .set({ unionid, profile, session_key_id, session_key_box, version: account.version + 1 })
      .where('id', '=', account.id)
      .where('version', '=', account.version)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new StaleAccount();
    return fromRow(row);
  }

  /** From one id to the next along the index, for there are few ids and may be millions of accounts. */
  async sessionKeyIds(): Promise<string[]> {
    const ids: string[] = [];
    for (let next = await this.#sessionKeyIdAfter(''); next !== null; next = await this.#sessionKeyIdAfter(next)) {
      ids.push(next);
    }
    return ids;
  }

  async findSealedUnderKey(keyId: string): Promise<Account | undefined> {
    const row = await this.#reader
      .selectFrom('accounts')
      .selectAll()
      .where('session_key_id', '=', keyId)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  async findSealedUnderOtherKey(keyId: string, limit: number, after = '' as AccountId): Promise<Account[]> {
    const rows = await this.#reader
      .selectFrom('accounts')
      .selectAll()
      .where('session_key_id', '!=', keyId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async page(after: string, limit: number): Promise<Account[]> {
    return (await pageOf(this.#reader, 'accounts', after, limit)).map(fromRow);
  }

  restore(accounts: readonly Account[]): Promise<void> {
    return restoreInto(this.#db, 'accounts', accounts.map(toRow), 'id');
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'accounts');
  }

  async #sessionKeyIdAfter(keyId: string): Promise<string | null> {
    const row = await this.#reader
      .selectFrom('accounts')
      .select('session_key_id')
      .where('session_key_id', '>', keyId)
      .orderBy('session_key_id')
      .limit(1)
      .executeTakeFirst();
    return row?.session_key_id ?? null;
  }

  async #findByOwner({ appid, openid }: Account): Promise<Account | undefined> {
    const row = await this.#reader
      .selectFrom('accounts')
      .selectAll()
      .where('appid', '=', appid)
      .where('openid', '=', openid)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  async #insert(account: Account): Promise<Account | undefined> {
    const row = await this.#db
      .insertInto('accounts')
      .values(toRow(account))
      .onConflict((taken) => taken.columns(['appid', 'openid']).doNothing())
      .returningAll()
      .executeTakeFirst();
    return row && fromRow(row);
  }

  async #theWinnerOver(account: Account): Promise<Account> {
    const winner = await this.#findByOwner(account);
    if (!winner) throw new Error('an account that refused an insert is not there');
    return winner;
  }
}

const toRow = ({ sessionKey, profile, createdAt, ...account }: Account): Selectable<AccountRow> => ({
  ...account,
  profile: JSON.stringify(profile),
  session_key_id: sessionKey.keyId,
  session_key_box: sessionKey.box,
  created_at: createdAt.getTime(),
});

const fromRow = (row: Selectable<AccountRow>): Account => ({
  id: row.id as AccountId,
  appid: row.appid as AppId,
  openid: row.openid as OpenId,
  unionid: row.unionid as UnionId | null,
  profile: JSON.parse(row.profile) as Profile,
  sessionKey: { keyId: row.session_key_id, box: row.session_key_box },
  createdAt: new Date(row.created_at),
  version: row.version,
});
