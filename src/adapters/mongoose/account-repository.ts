import { type Model, trusted } from 'mongoose';
import { type AccountRepository, StaleAccount } from '../../domain/account/account-repository.ts';
import type { Account, AccountId, AppId, OpenId, UnionId } from '../../domain/account/account.ts';
import { EMPTY_PROFILE } from '../../domain/account/profile.ts';
import type { AccountDocument } from './models.ts';
import { isDuplicate } from './mongo-trouble.ts';
import { pageOf, restoreInto } from './shelf.ts';

/** Every step is one operation on one document, so none of them needs a transaction. */
export class MongooseAccountRepository implements AccountRepository {
  readonly #accounts: Model<AccountDocument>;

  constructor(accounts: Model<AccountDocument>) {
    this.#accounts = accounts;
  }

  /** Looks first: nearly every login is of somebody known, and a look costs no durable write. */
  async register(account: Account): Promise<Account> {
    return (await this.#findByOwner(account)) ?? (await this.#insert(account)) ?? this.#theWinnerOver(account);
  }

  async find(id: AccountId): Promise<Account | undefined> {
    const document = await this.#accounts.findOne({ _id: { $eq: id } }).lean();
    return document ? fromDocument(document) : undefined;
  }

  async findByUnionid(unionid: UnionId): Promise<AccountId[]> {
    const documents = await this.#accounts
      .find({ unionid: { $eq: unionid } })
      .sort({ createdAt: 1 })
      .lean();
    return documents.map(({ _id }) => _id as AccountId);
  }

  /** Asks for the shard key too, so that one shard is asked. */
  async save(account: Account): Promise<Account> {
    const { _id, appid, openid, unionid, profile, sessionKey, version } = toDocument(account);
    const { modifiedCount } = await this.#accounts.updateOne(
      { _id: { $eq: _id }, appid: { $eq: appid }, openid: { $eq: openid }, version: { $eq: version } },
      { $set: { unionid, profile, sessionKey, version: version + 1 } },
    );
    if (modifiedCount !== 1) throw new StaleAccount();
    return { ...account, version: version + 1 };
  }

  async sessionKeyIds(): Promise<string[]> {
    return this.#accounts.distinct('sessionKey.keyId');
  }

  async findSealedUnderKey(keyId: string): Promise<Account | undefined> {
    const document = await this.#accounts.findOne({ 'sessionKey.keyId': { $eq: keyId } }).lean();
    return document ? fromDocument(document) : undefined;
  }

  async findSealedUnderOtherKey(keyId: string, limit: number, after = '' as AccountId): Promise<Account[]> {
    const documents = await this.#accounts
      .find({ 'sessionKey.keyId': trusted({ $ne: keyId }), _id: trusted({ $gt: after }) })
      .sort({ _id: 1 })
      .limit(limit)
      .lean();
    return documents.map(fromDocument);
  }

  async page(after: string, limit: number): Promise<Account[]> {
    return (await pageOf(this.#accounts, after, limit)).map(fromDocument);
  }

  async restore(accounts: readonly Account[]): Promise<void> {
    await restoreInto(this.#accounts, accounts.map(toDocument), {
      placeOf: ({ _id, appid, openid }) => ({ _id, appid, openid }),
      strangersTo: ({ _id, appid, openid }) => ({
        _id,
        $or: [{ appid: trusted({ $ne: appid }) }, { openid: trusted({ $ne: openid }) }],
      }),
    });
  }

  async size(): Promise<number> {
    return this.#accounts.countDocuments();
  }

  async #findByOwner({ appid, openid }: Account): Promise<Account | undefined> {
    const document = await this.#accounts.findOne({ appid: { $eq: appid }, openid: { $eq: openid } }).lean();
    return document ? fromDocument(document) : undefined;
  }

  async #insert(account: Account): Promise<Account | undefined> {
    try {
      await this.#accounts.insertOne(toDocument(account));
      return account;
    } catch (error) {
      if (isDuplicate(error)) return undefined;
      throw error;
    }
  }

  async #theWinnerOver(account: Account): Promise<Account> {
    const winner = await this.#findByOwner(account);
    if (!winner) throw new Error('an account that refused an insert is not there');
    return winner;
  }
}

const toDocument = ({ id, appid, openid, unionid, profile, sessionKey, createdAt, version }: Account) =>
  ({
    _id: id,
    appid,
    openid,
    unionid,
    profile: { ...EMPTY_PROFILE, ...profile },
    sessionKey: { keyId: sessionKey.keyId, box: sessionKey.box },
    createdAt,
    version,
  }) satisfies AccountDocument;

const fromDocument = (document: AccountDocument): Account => ({
  id: document._id as AccountId,
  appid: document.appid as AppId,
  openid: document.openid as OpenId,
  unionid: document.unionid as UnionId | null,
  profile: { ...EMPTY_PROFILE, ...document.profile },
  sessionKey: { keyId: document.sessionKey.keyId, box: document.sessionKey.box },
  createdAt: document.createdAt,
  version: document.version,
});
