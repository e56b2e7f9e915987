import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type Account,
  type AccountId,
  type AccountRepository,
  type CallCount,
  Outage,
  type Persistence,
  type Session,
  type SessionId,
  type SessionRepository,
  type Shelf,
  StaleAccount,
  type TokenDigest,
  type UnionId,
} from 'wexagon';

/** All there is, as one JSON document. */
interface Contents {
  accounts: Record<string, Account>;
  sessions: Record<string, Session>;
  counts: Record<string, { calls: number; until: number }>;
}

/** One file, read and written whole and without a pause, so that no two steps of one process come between each other. */
class JsonFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read<Result>(look: (contents: Contents) => Result): Result {
    return look(this.#load());
  }

  change<Result>(step: (contents: Contents) => Result): Result {
    const contents = this.#load();
    const result = step(contents);
    const draft = `${this.#path}.draft`;
    writeFileSync(draft, JSON.stringify(contents), { flush: true });
    renameSync(draft, this.#path);
    return result;
  }

  #load(): Contents {
    try {
      if (!existsSync(this.#path)) return { accounts: {}, sessions: {}, counts: {} };
      return JSON.parse(readFileSync(this.#path, 'utf8'), reviveTimes) as Contents;
    } catch (cause) {
      throw new Outage('storage-unavailable', 'The storage cannot be used at the moment.', { cause });
    }
  }
}

/** JSON has no times; ours are the fields that end in `At`. */
const reviveTimes = (name: string, value: unknown): unknown =>
  name.endsWith('At') && typeof value === 'string' ? new Date(value) : value;

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

class JsonShelf<Item extends Account | Session> implements Shelf<Item> {
  protected readonly file: JsonFile;
  readonly #items: (contents: Contents) => Record<string, Item>;

  constructor(file: JsonFile, items: (contents: Contents) => Record<string, Item>) {
    this.file = file;
    this.#items = items;
  }

  async page(after: string, limit: number): Promise<Item[]> {
    const behind = this.all().filter(({ id }) => id > after);
    return behind.toSorted(byId).slice(0, limit);
  }

  async restore(items: readonly Item[]): Promise<void> {
    this.file.change((contents) => {
      for (const item of items) this.#items(contents)[item.id] = item;
    });
  }

  async size(): Promise<number> {
    return this.all().length;
  }

  protected all(): Item[] {
    return this.file.read((contents) => Object.values(this.#items(contents)));
  }
}

class JsonAccounts extends JsonShelf<Account> implements AccountRepository {
  constructor(file: JsonFile) {
    super(file, (contents) => contents.accounts);
  }

  /** Looking and keeping are one step: of two first logins the second finds what the first has kept. */
  async register(account: Account): Promise<Account> {
    return this.file.change(({ accounts }) => {
      const isOwner = (kept: Account) => kept.appid === account.appid && kept.openid === account.openid;
      const kept = Object.values(accounts).find(isOwner) ?? account;
      accounts[kept.id] = kept;
      return kept;
    });
  }

  async find(id: AccountId): Promise<Account | undefined> {
    return this.file.read(({ accounts }) => accounts[id]);
  }

  async findByUnionid(unionid: UnionId): Promise<AccountId[]> {
    const linked = this.all().filter((account) => account.unionid === unionid);
    return linked.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).map(({ id }) => id);
  }

  /** Only over the version that was read: whoever comes second is told, and decides anew. */
  async save(account: Account): Promise<Account> {
    return this.file.change(({ accounts }) => {
      if (accounts[account.id]?.version !== account.version) throw new StaleAccount();
      const saved = { ...account, version: account.version + 1 };
      accounts[account.id] = saved;
      return saved;
    });
  }

  async sessionKeyIds(): Promise<string[]> {
    return [...new Set(this.all().map(({ sessionKey }) => sessionKey.keyId))];
  }

  async findSealedUnderKey(keyId: string): Promise<Account | undefined> {
    return this.all().find(({ sessionKey }) => sessionKey.keyId === keyId);
  }

  async findSealedUnderOtherKey(keyId: string, limit: number, after = ''): Promise<Account[]> {
    const others = (await this.page(after, Infinity)).filter(({ sessionKey }) => sessionKey.keyId !== keyId);
    return others.slice(0, limit);
  }
}

class JsonSessions extends JsonShelf<Session> implements SessionRepository {
  constructor(file: JsonFile) {
    super(file, (contents) => contents.sessions);
  }

  async add(session: Session): Promise<void> {
    await this.restore([session]);
  }

  async findByDigest(digest: TokenDigest): Promise<Session | undefined> {
    return this.all().find(({ tokenDigest }) => tokenDigest === digest);
  }

  async list(accountId: AccountId): Promise<Session[]> {
    return this.all()
      .filter((session) => session.accountId === accountId)
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || byId(b, a));
  }

  async touch({ id, lastSeenAt, idleExpiresAt }: Session): Promise<void> {
    this.file.change(({ sessions }) => {
      const kept = sessions[id];
      if (kept && kept.lastSeenAt < lastSeenAt) sessions[id] = { ...kept, lastSeenAt, idleExpiresAt };
    });
  }

  async revoke(accountId: AccountId, id: SessionId): Promise<boolean> {
    return this.#remove((session) => session.accountId === accountId && session.id === id) > 0;
  }

  async revokeAll(accountId: AccountId): Promise<void> {
    this.#remove((session) => session.accountId === accountId);
  }

  async keepLatest(accountId: AccountId): Promise<void> {
    const [latest] = await this.list(accountId);
    this.#remove((session) => session.accountId === accountId && session.id !== latest?.id);
  }

  async removeExpired(now: Date, limit: number): Promise<number> {
    return this.#remove((session) => session.idleExpiresAt <= now, limit);
  }

  #remove(isDue: (session: Session) => boolean, limit = Infinity): number {
    return this.file.change(({ sessions }) => {
      const due = Object.values(sessions).filter(isDue).slice(0, limit);
      for (const { id } of due) delete sessions[id];
      return due.length;
    });
  }
}

const MINUTE = 60_000;

function countIn(file: JsonFile, key: string): CallCount {
  return file.change(({ counts }) => {
    const now = Date.now();
    const running = counts[key];
    const count = running && running.until > now ? running : { calls: 0, until: now + MINUTE };
    counts[key] = { ...count, calls: count.calls + 1 };
    return { calls: count.calls + 1, resetsIn: count.until - now };
  });
}

/** A storage in one JSON file, for one process: enough to see what a storage is, and no more than that. */
export async function openJsonFile({ path }: { readonly path: string }): Promise<Persistence> {
  const file = new JsonFile(path);
  return {
    accounts: new JsonAccounts(file),
    sessions: new JsonSessions(file),
    callCounter: (name) => ({ count: async (key) => countIn(file, `${name} ${key}`) }),
    ping: async () => file.change(() => {}),
    close: async () => {},
  };
}
