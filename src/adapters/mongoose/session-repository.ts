import { type Model, trusted } from 'mongoose';
import type { AccountId } from '../../domain/account/account.ts';
import type { SessionRepository } from '../../domain/session/session-repository.ts';
import type { Session, SessionId } from '../../domain/session/session.ts';
import type { TokenDigest } from '../../domain/session/token-issuer.ts';
import type { SessionDocument } from './models.ts';
import { pageOf, restoreInto } from './shelf.ts';

export class MongooseSessionRepository implements SessionRepository {
  readonly #sessions: Model<SessionDocument>;

  constructor(sessions: Model<SessionDocument>) {
    this.#sessions = sessions;
  }

  async add(session: Session): Promise<void> {
    await this.#sessions.insertOne(toDocument(session));
  }

  async findByDigest(digest: TokenDigest): Promise<Session | undefined> {
    const document = await this.#sessions.findOne({ _id: { $eq: digest } }).lean();
    return document ? fromDocument(document) : undefined;
  }

  async list(accountId: AccountId): Promise<Session[]> {
    const documents = await this.#sessions
      .find({ accountId: { $eq: accountId } })
      .sort({ createdAt: -1, id: -1 })
      .lean();
    return documents.map(fromDocument);
  }

  async touch(session: Session): Promise<void> {
    const { _id, lastSeenAt, idleExpiresAt } = toDocument(session);
    await this.#sessions.updateOne(
      { _id: { $eq: _id }, lastSeenAt: trusted({ $lt: lastSeenAt }) },
      { $set: { lastSeenAt, idleExpiresAt } },
    );
  }

  async revoke(accountId: AccountId, id: SessionId): Promise<boolean> {
    const { deletedCount } = await this.#sessions.deleteMany({ id: { $eq: id }, accountId: { $eq: accountId } });
    return deletedCount > 0;
  }

  async revokeAll(accountId: AccountId): Promise<void> {
    await this.#sessions.deleteMany({ accountId: { $eq: accountId } });
  }

  /** Only what began before the one that was found is ended: one that begins meanwhile is later, and is not harmed. */
  async keepLatest(accountId: AccountId): Promise<void> {
    const latest = await this.#sessions
      .findOne({ accountId: { $eq: accountId } })
      .sort({ createdAt: -1, id: -1 })
      .lean();
    if (!latest) return;
    const { createdAt, id } = latest;
    await this.#sessions.deleteMany({
      accountId: { $eq: accountId },
      $or: [{ createdAt: trusted({ $lt: createdAt }) }, { createdAt: { $eq: createdAt }, id: trusted({ $lt: id }) }],
    });
  }

  /** Asks once more whether each is over: one may have been used since it was found. */
  async removeExpired(now: Date, limit: number): Promise<number> {
    const isOver = { idleExpiresAt: trusted({ $lte: now }) };
    const over = await this.#sessions.find(isOver).sort({ idleExpiresAt: 1 }).limit(limit).lean();
    if (over.length === 0) return 0;
    const ids = over.map(({ _id }) => _id);
    const { deletedCount } = await this.#sessions.deleteMany({ _id: trusted({ $in: ids }), ...isOver });
    return deletedCount;
  }

  async page(after: string, limit: number): Promise<Session[]> {
    return (await pageOf(this.#sessions, after, limit, 'id')).map(fromDocument);
  }

  async restore(sessions: readonly Session[]): Promise<void> {
    await restoreInto(this.#sessions, sessions.map(toDocument), {
      strangersTo: ({ _id, id }) => ({ id, _id: trusted({ $ne: _id }) }),
    });
  }

  async size(): Promise<number> {
    return this.#sessions.countDocuments();
  }
}

const toDocument = ({ id, accountId, tokenDigest, device, ...times }: Session) =>
  ({
    _id: tokenDigest,
    id,
    accountId,
    device,
    createdAt: times.createdAt,
    lastSeenAt: times.lastSeenAt,
    expiresAt: times.expiresAt,
    idleExpiresAt: times.idleExpiresAt,
  }) satisfies SessionDocument;

const fromDocument = (document: SessionDocument): Session => ({
  id: document.id as SessionId,
  accountId: document.accountId as AccountId,
  tokenDigest: document._id as TokenDigest,
  device: document.device,
  createdAt: document.createdAt,
  lastSeenAt: document.lastSeenAt,
  expiresAt: document.expiresAt,
  idleExpiresAt: document.idleExpiresAt,
});
