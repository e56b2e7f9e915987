import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type Account,
  type AccountId,
  type AccountRepository,
  type CallCount,
  type CreatedOrder,
  type Day,
  type Delivery,
  type DeliveryQuery,
  type Endpoint,
  type EventLog,
  type IdempotencyRepository,
  type KeptAnswer,
  type KeyedRequest,
  type LoggedEvent,
  type MchId,
  type Order,
  type OrderEvent,
  type OrderQuery,
  type OrderRepository,
  Outage,
  OutTradeNoTaken,
  type OutTradeNo,
  type PaidOrder,
  type Persistence,
  placeInLog,
  type PlatformCertificateRepository,
  type Reconciliation,
  type ReconciliationRepository,
  RefundNoTaken,
  type Repayment,
  type SealedCertificates,
  type Session,
  type SessionId,
  type SessionRepository,
  type Shelf,
  StaleAccount,
  StaleOrder,
  type Step,
  type TokenDigest,
  type UnionId,
  TransactionTaken,
  type WebhookId,
  type WebhookRepository,
} from 'wexagon';

/** All there is, as one JSON document. */
interface Contents {
  accounts: Record<string, Account>;
  sessions: Record<string, Session>;
  orders: Record<string, Order>;
  events: Record<string, LoggedEvent>;
  requests: Record<string, KeyedRequest>;
  reconciliations: Record<string, Reconciliation>;
  certificates: Record<string, SealedCertificates>;
  webhooks: Record<string, Delivery>;
  receiver: { endpoint?: Endpoint };
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
    writeFileSync(draft, JSON.stringify(contents, markTime), { flush: true });
    renameSync(draft, this.#path);
    return result;
  }

  #load(): Contents {
    try {
      if (!existsSync(this.#path)) return JSON.parse(EMPTY, revive) as Contents;
      return JSON.parse(readFileSync(this.#path, 'utf8'), revive) as Contents;
    } catch (cause) {
      throw new Outage('storage-unavailable', 'The storage cannot be used at the moment.', { cause });
    }
  }
}

const ROOMS = ['accounts', 'sessions', 'orders', 'events', 'requests', 'reconciliations', 'certificates', 'webhooks'];
const EMPTY = JSON.stringify(Object.fromEntries([...ROOMS, 'receiver', 'counts'].map((room) => [room, {}])));

/** JSON has no times, and users may write texts that look like one: ours are an object with a number in it. */
function markTime(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const kept = this[name];
  return kept instanceof Date ? { $time: kept.getTime() } : value;
}

/** Objects without a prototype, for an order may well be called `constructor`. */
function revive(_name: string, value: unknown): unknown {
  if (isTime(value)) return new Date(value.$time);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.assign(Object.create(null) as object, value);
}

const isTime = (value: unknown): value is { $time: number } =>
  typeof value === 'object' && value !== null && '$time' in value && typeof value.$time === 'number';

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

class JsonShelf<Item extends { readonly id: string }> implements Shelf<Item> {
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

class JsonOrders extends JsonShelf<Order> implements OrderRepository {
  constructor(file: JsonFile) {
    super(file, (contents) => contents.orders);
  }

  async add({ order, events }: Step<CreatedOrder>): Promise<void> {
    this.file.change((contents) => {
      if (contents.orders[order.id]) throw new OutTradeNoTaken();
      contents.orders[order.id] = order;
      append(contents, events);
    });
  }

  async find(id: OutTradeNo): Promise<Order | undefined> {
    return this.file.read(({ orders }) => orders[id]);
  }

  /** The order and what is to be told of it go in by one change: there is never one without the other. */
  async save<State extends Order>({ order, events }: Step<State>): Promise<State> {
    return this.file.change((contents) => {
      if (contents.orders[order.id]?.version !== order.version) throw new StaleOrder();
      if (this.#isPaidForElsewhere(order, contents)) throw new TransactionTaken();
      if (this.#isRefundedElsewhere(order, contents)) throw new RefundNoTaken();
      const saved = { ...order, version: order.version + 1 };
      contents.orders[order.id] = saved;
      append(contents, events);
      return saved;
    });
  }

  async due(now: Date, limit: number): Promise<Order[]> {
    const due = this.all().filter(({ watch }) => watch.dueAt !== null && watch.dueAt <= now);
    return due.toSorted((a, b) => Number(a.watch.dueAt) - Number(b.watch.dueAt)).slice(0, limit);
  }

  async list({ state, limit, after }: OrderQuery): Promise<Order[]> {
    const listed = this.all().filter((order) => state === undefined || order.state === state);
    const behind = listed.filter((order) => !after || newestFirst(after, order) < 0);
    return behind.toSorted(newestFirst).slice(0, limit);
  }

  async findByTransaction(transactionId: string): Promise<PaidOrder | undefined> {
    return this.#paid().find(({ payment }) => payment.transactionId === transactionId);
  }

  async paidBetween(from: Date, until: Date, limit: number, after?: PaidOrder): Promise<PaidOrder[]> {
    const paid = this.#paid().filter(({ payment: { paidAt } }) => paidAt >= from && paidAt < until);
    const behind = paid.filter((order) => !after || firstPaidFirst(after, order) < 0);
    return behind.toSorted(firstPaidFirst).slice(0, limit);
  }

  async refundedBetween(from: Date, until: Date, limit: number, after?: Repayment): Promise<Repayment[]> {
    const repayments = this.#paid().flatMap((order) =>
      order.refunds.flatMap((refund) => (refund.state === 'succeeded' ? [{ order, refund }] : [])),
    );
    const then = repayments.filter(({ refund: { succeededAt } }) => succeededAt >= from && succeededAt < until);
    const behind = then.filter((repayment) => !after || firstRefundedFirst(after, repayment) < 0);
    return behind.toSorted(firstRefundedFirst).slice(0, limit);
  }

  #paid(): PaidOrder[] {
    return this.all().filter((order) => order.state === 'paid');
  }

  #isRefundedElsewhere(order: Order, { orders }: Contents): boolean {
    const numbers = new Set(order.state === 'paid' ? order.refunds.map(({ id }) => id) : []);
    const isSame = (other: Order) =>
      other.state === 'paid' && other.id !== order.id && other.refunds.some(({ id }) => numbers.has(id));
    return Object.values(orders).some(isSame);
  }

  #isPaidForElsewhere(order: Order, { orders }: Contents): boolean {
    const isSame = (other: Order) =>
      order.state === 'paid' &&
      other.state === 'paid' &&
      other.id !== order.id &&
      other.payment.transactionId === order.payment.transactionId;
    return Object.values(orders).some(isSame);
  }
}

const newestFirst = (a: Pick<Order, 'createdAt' | 'id'>, b: Pick<Order, 'createdAt' | 'id'>): number =>
  b.createdAt.getTime() - a.createdAt.getTime() || (a.id === b.id ? 0 : byId(b, a));

const firstPaidFirst = (a: PaidOrder, b: PaidOrder): number =>
  a.payment.paidAt.getTime() - b.payment.paidAt.getTime() || (a.id === b.id ? 0 : byId(a, b));
const firstRefundedFirst = ({ refund: a }: Repayment, { refund: b }: Repayment): number =>
  a.succeededAt.getTime() - b.succeededAt.getTime() || (a.id === b.id ? 0 : byId(a, b));

/** The next place is behind the last one, which takes that nobody else writes meanwhile. */
function append(contents: Contents, events: readonly OrderEvent[]): void {
  let last = Math.max(0, ...Object.keys(contents.events).map(Number));
  for (const event of events) {
    last += 1;
    contents.events[placeInLog(last)] = { id: placeInLog(last), event };
  }
}

class JsonEvents extends JsonShelf<LoggedEvent> implements EventLog {
  constructor(file: JsonFile) {
    super(file, (contents) => contents.events);
  }

  async note(event: OrderEvent): Promise<void> {
    this.file.change((contents) => {
      const isKnown = Object.values(contents.events).some((logged) => logged.event.id === event.id);
      if (!isKnown) append(contents, [event]);
    });
  }
}

class JsonRequests extends JsonShelf<KeyedRequest> implements IdempotencyRepository {
  constructor(file: JsonFile) {
    super(file, (contents) => contents.requests);
  }

  async begin(request: KeyedRequest): Promise<KeyedRequest | undefined> {
    return this.file.change(({ requests }) => {
      const kept = requests[request.id];
      requests[request.id] = kept ?? request;
      return kept;
    });
  }

  async relock(request: KeyedRequest, lockedUntil: Date): Promise<boolean> {
    return this.#changeHeld(request, (kept) => (kept.answer ? undefined : { ...kept, lockedUntil }));
  }

  async finish(request: KeyedRequest, answer: KeptAnswer): Promise<void> {
    this.#changeHeld(request, (kept) => ({ ...kept, answer }));
  }

  async removeOlderThan(time: Date, limit: number): Promise<number> {
    return this.file.change(({ requests }) => {
      const old = Object.values(requests).filter(({ createdAt }) => createdAt < time);
      for (const { id } of old.slice(0, limit)) delete requests[id];
      return Math.min(old.length, limit);
    });
  }

  /** Only under the lock that was read; answers whether anything was changed. */
  #changeHeld(request: KeyedRequest, change: (kept: KeyedRequest) => KeyedRequest | undefined): boolean {
    return this.file.change(({ requests }) => {
      const kept = requests[request.id];
      const isHeld = kept?.lockedUntil.getTime() === request.lockedUntil.getTime();
      const changed = kept && isHeld ? change(kept) : undefined;
      if (changed) requests[request.id] = changed;
      return changed !== undefined;
    });
  }
}

class JsonReconciliations extends JsonShelf<Reconciliation> implements ReconciliationRepository {
  constructor(file: JsonFile) {
    super(file, (contents) => contents.reconciliations);
  }

  async begin(reconciliation: Reconciliation): Promise<boolean> {
    return this.file.change(({ reconciliations }) => {
      const { id } = reconciliation;
      const isNew = reconciliations[id] === undefined;
      if (isNew) reconciliations[id] = reconciliation;
      return isNew;
    });
  }

  async find(day: Day): Promise<Reconciliation | undefined> {
    return this.file.read(({ reconciliations }) => reconciliations[day]);
  }

  async save(reconciliation: Reconciliation): Promise<boolean> {
    return this.file.change(({ reconciliations }) => {
      const { id, version } = reconciliation;
      const isAsRead = reconciliations[id]?.version === version;
      if (isAsRead) reconciliations[id] = { ...reconciliation, version: version + 1 };
      return isAsRead;
    });
  }
}

/** A cache, and no shelf: nobody copies it. */
class JsonCertificates implements PlatformCertificateRepository {
  readonly #file: JsonFile;

  constructor(file: JsonFile) {
    this.#file = file;
  }

  async find(mchid: MchId): Promise<SealedCertificates | undefined> {
    return this.#file.read(({ certificates }) => certificates[mchid]);
  }

  async keep(kept: SealedCertificates): Promise<void> {
    this.#file.change(({ certificates }) => {
      certificates[kept.mchid] = kept;
    });
  }
}

class JsonWebhooks extends JsonShelf<Delivery> implements WebhookRepository {
  constructor(file: JsonFile) {
    super(file, (contents) => contents.webhooks);
  }

  async endpoint(): Promise<Endpoint> {
    return this.file.read(endpointIn);
  }

  async setDisabled(disabledAt: Date | null): Promise<void> {
    this.file.change((contents) => {
      contents.receiver.endpoint = { ...endpointIn(contents), disabledAt };
    });
  }

  /** Deliveries and the cursor go in by one change: what the cursor has passed is there. */
  async takeUp(deliveries: readonly Delivery[], cursor: string): Promise<void> {
    this.file.change((contents) => {
      for (const delivery of deliveries) {
        const dueAt = waitingIn(contents, delivery.orderId).at(-1)?.dueAt ?? delivery.dueAt;
        contents.webhooks[delivery.id] ??= { ...delivery, dueAt };
      }
      const endpoint = endpointIn(contents);
      if (cursor > endpoint.cursor) contents.receiver.endpoint = { ...endpoint, cursor };
    });
  }

  async due(now: Date, limit: number): Promise<Delivery[]> {
    const isDue = (one: Delivery) => one.state === 'waiting' && one.dueAt <= now;
    return this.file.read((contents) => {
      const isFirst = ({ id, orderId }: Delivery) => waitingIn(contents, orderId)[0]?.id === id;
      const due = Object.values(contents.webhooks).filter((one) => isDue(one) && isFirst(one));
      return due.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || byId(a, b)).slice(0, limit);
    });
  }

  async claim(delivery: Delivery, until: Date): Promise<Delivery | undefined> {
    return this.file.change((contents) => keepNext(contents, { ...delivery, dueAt: until }));
  }

  /** Those that wait behind it in its order get its time, so that what is looked for is found without going through them. */
  async save(delivery: Delivery): Promise<Delivery | undefined> {
    return this.file.change((contents) => {
      const saved = keepNext(contents, delivery);
      const behind = saved ? waitingIn(contents, saved.orderId).filter(({ id }) => id > saved.id) : [];
      for (const other of behind) contents.webhooks[other.id] = { ...other, dueAt: delivery.dueAt };
      return saved;
    });
  }

  async find(id: WebhookId): Promise<Delivery | undefined> {
    return this.file.read(({ webhooks }) => webhooks[id]);
  }

  async list({ state, limit, after = '' }: DeliveryQuery): Promise<Delivery[]> {
    const behind = await this.page(after, Infinity);
    return behind.filter((one) => state === undefined || one.state === state).slice(0, limit);
  }
}

const endpointIn = ({ receiver }: Contents): Endpoint => receiver.endpoint ?? { cursor: '', disabledAt: null };

const waitingIn = ({ webhooks }: Contents, orderId: string): Delivery[] =>
  Object.values(webhooks)
    .filter((one) => one.orderId === orderId && one.state === 'waiting')
    .toSorted(byId);

function keepNext({ webhooks }: Contents, delivery: Delivery): Delivery | undefined {
  if (webhooks[delivery.id]?.version !== delivery.version) return undefined;
  const next = { ...delivery, version: delivery.version + 1 };
  webhooks[delivery.id] = next;
  return next;
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
    orders: new JsonOrders(file),
    events: new JsonEvents(file),
    idempotency: new JsonRequests(file),
    reconciliations: new JsonReconciliations(file),
    platformCertificates: new JsonCertificates(file),
    webhooks: new JsonWebhooks(file),
    callCounter: (name) => ({ count: async (key) => countIn(file, `${name} ${key}`) }),
    ping: async () => file.change(() => {}),
    close: async () => {},
  };
}
