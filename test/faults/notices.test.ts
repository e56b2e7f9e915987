import { randomBytes, randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { SECOND } from '../../src/domain/clock.ts';
import type { OrderEvent } from '../../src/domain/order/order-event.ts';
import type { RawNotice } from '../../src/domain/order/payment-gateway.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { readFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import type { V2SignType } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { describeOn } from '../support/backends.ts';
import type { Answer, Client } from '../support/client.ts';
import { noticeFields, signedNotice } from '../support/sandbox.ts';
import { stepsTo } from '../support/samples.ts';
import { LogReader, openShop, type Shop } from '../support/shop.ts';
import { MERCHANT } from '../support/simulated-wechat-pay.ts';
import { type Storage, STORAGES } from '../support/storages.ts';
import { walk } from '../support/walk.ts';

const PATH = '/notify/wechat-pay/v2/payment';

const tell = (client: Client, raw: string | Uint8Array): Promise<Answer> =>
  client.send('POST', PATH, { raw, headers: { 'content-type': 'text/xml' } });

const codeIn = ({ text }: Answer): string | undefined => readFlatXml(Buffer.from(text)).get('return_code');

const rawOf = (body: string | Uint8Array): RawNotice => ({
  headers: [['content-type', 'text/xml']],
  body: typeof body === 'string' ? Buffer.from(body) : body,
});

/** A signed notice of a coffee for 8.88 yuan that this merchant sold. */
const fieldsOf = (number: string, differences: Readonly<Record<string, string>> = {}): Record<string, string> =>
  noticeFields(number, { mch_id: MERCHANT, total_fee: '888', cash_fee: '888', ...differences });

const newTransaction = (): string =>
  `4200${String(randomInt(1e12)).padStart(12, '0')}${String(randomInt(1e12)).padStart(12, '0')}`;

async function eventsOf(persistence: Persistence, id?: string): Promise<OrderEvent[]> {
  const events = (await new LogReader(persistence).rest()).map(({ event }) => event);
  return id === undefined ? events : events.filter(({ orderId }) => orderId === id);
}

const typesIn = (events: readonly OrderEvent[]): string[] =>
  events.map(({ happening }) => (happening.type === 'anomaly.raised' ? happening.kind : happening.type));

/** Two that share a storage, where it can be shared. */
async function twoOn(storage: Storage): Promise<readonly [Shop, Shop]> {
  const open = storage.place();
  const first = await open();
  const one = await openShop(first);
  const { clock, wechat } = one;
  const second = storage.keepsAfterRestart ? await open() : first;
  return [one, await openShop(second, { wechat, clock })];
}

async function sizes({ events, orders }: Persistence): Promise<readonly number[]> {
  return Promise.all([events.size(), orders.size()]);
}

describeOn('notices', STORAGES, (storage) => {
  it('100 of the same, half of them at once, over two instances: paid once, and all are told SUCCESS', async () => {
    const shops = await twoOn(storage);
    const { order, request } = await shops[0].prepaid();
    shops[0].wechat.payWith(request);
    const { body } = shops[0].wechat.noticeOf(order.id)!;
    const clients = await Promise.all(shops.map((shop) => shop.serve()));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => tell(clients[n % 2]!, body)));
    for (let n = 0; n < 50; n += 1) answers.push(await tell(clients[n % 2]!, body));
    expect(answers.map(codeIn)).toEqual(Array.from({ length: 100 }, () => 'SUCCESS'));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const events = await eventsOf(shops[1].persistence, order.id);
    expect(typesIn(events)).toEqual(['order.created', 'order.prepaying', 'order.prepaid', 'order.paid']);
  });

  it('of 50 orders, each told three times and in any order: each is paid once', async () => {
    const [one, other] = await twoOn(storage);
    const raws: RawNotice[] = [];
    const numbers: string[] = [];
    for (let n = 0; n < 50; n += 1) {
      const { order, request } = await one.prepaid();
      one.wechat.payWith(request);
      const raw = one.wechat.noticeOf(order.id)!;
      raws.push(raw, raw, raw);
      numbers.push(order.id);
    }
    const mixed = raws.map((raw) => ({ raw, place: Math.random() })).toSorted((a, b) => a.place - b.place);
    while (mixed.length > 0) {
      const batch = mixed.splice(0, 10).map(({ raw }, n) => (n % 2 ? one : other).notice(raw));
      for (const verdict of await Promise.all(batch)) expect(verdict).toMatch(/^(paid|duplicate)$/);
    }
    const events = await eventsOf(one.persistence);
    for (const number of numbers) {
      expect((await other.find(number)).state).toBe('paid');
      const own = events.filter(({ orderId }) => orderId === number);
      expect(own.filter(({ happening }) => happening.type === 'order.paid')).toHaveLength(1);
    }
  });

  const late = storage.name === 'memory' ? 1_000 : 150;

  it(`${late} that come after their orders were closed: none is lost, all are late and told of`, async () => {
    const shop = await openShop(await storage.open());
    const numbers: string[] = [];
    for (let n = 0; n < late; n += 1)
      numbers.push((await walk(shop.persistence.orders, stepsTo('closed', { terms: { mchid: MERCHANT } }))).id);
    for (const number of numbers) {
      const fields = fieldsOf(number, { transaction_id: newTransaction() });
      expect(await shop.notice(rawOf(signedNotice(fields)))).toBe('paid');
    }
    const events = await eventsOf(shop.persistence);
    for (const number of numbers) expect(await shop.find(number)).toMatchObject({ state: 'paid', late: true });
    const types = typesIn(events);
    for (const type of ['order.paid', 'late-payment']) expect(types.filter((one) => one === type)).toHaveLength(late);
  });

  it('with a field that is not what was agreed on, however well signed: never paid, told once, and asked for again', async () => {
    const shop = await openShop(await storage.open());
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    const { order: another } = await shop.prepaid('bob', { total: 999 });
    shop.wechat.payWith(request);
    const truth = readFlatXml(shop.wechat.noticeOf(order.id)!.body);
    const expected = new Set<string>();
    const cases = wrongFields(another.id, shop.wechat.openid('bob'));
    for (const { name, value, kind, about = order.id } of cases) {
      const fields = Object.fromEntries([...truth].filter(([field]) => field !== 'sign' && field !== name));
      if (value !== undefined) fields[name] = value;
      const body = signedNotice(fields);
      for (let again = 0; again < 2; again += 1) {
        const answer = await tell(client, body);
        const isUnknown = kind === 'unknown-order';
        expect([answer.status, codeIn(answer)], `${name}=${value}`).toEqual([isUnknown ? 503 : 422, 'FAIL']);
      }
      expected.add(`${about} ${kind} ${name === 'transaction_id' ? null : truth.get('transaction_id')}`);
    }
    for (const { id } of [order, another]) expect((await shop.find(id)).state).toBe('prepaid');
    const events = await eventsOf(shop.persistence);
    expect(typesIn(events)).not.toContain('order.paid');
    const told = events.flatMap(({ orderId, happening }) =>
      happening.type === 'anomaly.raised' ? [`${orderId} ${happening.kind} ${happening.transactionId}`] : [],
    );
    // Two mismatches of one notice are two anomalies: of the other order, nothing fits.
    for (const one of expected) expect(told).toContain(one);
    expect(new Set(told).size).toBe(told.length);
    shop.clock.pass(20 * SECOND);
    await shop.settle.execute();
    expect((await shop.find(order.id)).state).toBe('paid');
  });

  it('that a payment failed: noted once, and the order can be paid', async () => {
    const shop = await openShop(await storage.open());
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    shop.wechat.payWith(request, { outcome: 'failure' });
    const { body } = shop.wechat.noticeOf(order.id)!;
    for (let n = 0; n < 3; n += 1) expect(codeIn(await tell(client, body))).toBe('SUCCESS');
    expect((await shop.find(order.id)).state).toBe('prepaid');
    expect(shop.wechat.payWith(request)).toBe(true);
    expect(codeIn(await tell(client, shop.wechat.noticeOf(order.id)!.body))).toBe('SUCCESS');
    const types = typesIn(await eventsOf(shop.persistence, order.id));
    expect(types.slice(3)).toEqual(['payment.failed', 'order.paid']);
  });

  it.each(['MD5', 'HMAC-SHA256'] satisfies V2SignType[])(
    'signed with the other algorithm than %s: not taken, and healed by asking',
    async (signType) => {
      const shop = await openShop(await storage.open(), { settings: { signType } });
      const client = await shop.serve();
      const { order, request } = await shop.prepaid();
      shop.wechat.payWith(request);
      const { body } = shop.wechat.noticeOf(order.id, { sign: 'downgrade' })!;
      for (let n = 0; n < 3; n += 1) {
        const answer = await tell(client, body);
        expect([answer.status, codeIn(answer)]).toEqual([422, 'FAIL']);
      }
      expect((await shop.find(order.id)).state).toBe('prepaid');
      await shop.settle.execute();
      expect((await shop.find(order.id)).state).toBe('paid');
      const types = typesIn(await eventsOf(shop.persistence, order.id));
      expect(types.slice(3)).toEqual(['downgraded-notice', 'order.paid']);
    },
  );

  it.each([
    ['fields that nobody has heard of', { override: { new_field: '新', zz: '0', sub_mch_id: '1' } }, []],
    [
      'one coupon without a number in its name',
      { override: { coupon_fee: '10', coupon_count: '1', coupon_id: '7' } },
      [],
    ],
    ['coupons, numbered', {}, [{ fee: 100 }, { fee: 88, type: 'NO_CASH' }]],
    ['coupons worth the whole order', {}, [{ fee: 888, type: 'NO_CASH' }]],
  ] as const)('with %s: paid, with the whole amount', async (_name, wish, coupons) => {
    const shop = await openShop(await storage.open());
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    expect(shop.wechat.payWith(request, { coupons })).toBe(true);
    expect(codeIn(await tell(client, shop.wechat.noticeOf(order.id, wish)!.body))).toBe('SUCCESS');
    const worth = coupons.reduce((sum, { fee }) => sum + fee, 0);
    expect(await shop.find(order.id)).toMatchObject({ state: 'paid', payment: { payerTotal: 888 - worth } });
  });

  it('with a bit of any byte flipped: never taken, never a 500, nothing written', async () => {
    const shop = await openShop(await storage.open());
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    shop.wechat.payWith(request);
    const { body } = shop.wechat.noticeOf(order.id)!;
    const before = await sizes(shop.persistence);
    const flips = [0x01, 0x20];
    const mutants = flips.flatMap((flip) => Array.from(body, (_, place) => flipped(body, place, flip)));
    expect(mutants.length).toBeGreaterThanOrEqual(1_500);
    const statuses = await statusesOf(client, mutants);
    expect(new Set(statuses.keys())).toEqual(new Set([400, 401]));
    expect(await sizes(shop.persistence)).toEqual(before);
    expect((await shop.find(order.id)).state).toBe('prepaid');
    expect(codeIn(await tell(client, body))).toBe('SUCCESS');
  });

  it('10,000 forgeries: none is taken, and none costs the storage a single call', async () => {
    const calls = { count: 0 };
    const counted = counting(await storage.open(), calls);
    const shop = await openShop(counted);
    const client = await shop.serve();
    const { order } = await shop.prepaid();
    calls.count = 0;
    for (let n = 0; n < 10_000; n += 1)
      expect(await shop.notice(rawOf(forgery(n, order.id)))).toMatch(/^(forged|malformed)$/);
    const statuses = await statusesOf(
      client,
      Array.from({ length: 500 }, (_, n) => forgery(n, order.id)),
    );
    expect(new Set(statuses.keys())).toEqual(new Set([400, 401]));
    expect(calls.count).toBe(0);
    expect((await shop.find(order.id)).state).toBe('prepaid');
  });

  it('of nobody’s order: told once for each payment, and asked for again', async () => {
    const shop = await openShop(await storage.open());
    const client = await shop.serve();
    const body = signedNotice(fieldsOf('nobodysorder1'));
    for (let n = 0; n < 5; n += 1) expect((await tell(client, body)).status).toBe(503);
    expect(typesIn(await eventsOf(shop.persistence))).toEqual(['unknown-order']);
    expect(await shop.persistence.orders.size()).toBe(0);
  });
});

interface WrongField {
  readonly name: string;
  readonly value: string | undefined;
  readonly kind: string;
  readonly about?: string;
}

/** Each field that counts: lower, higher, missing, ill-typed, and as of another order. */
function wrongFields(anotherNumber: string, anotherOpenid: string): WrongField[] {
  const all = (name: string, kind: string, values: readonly (string | undefined)[]): WrongField[] =>
    values.map((value) => ({ name, value, kind }));
  return [
    ...all('total_fee', 'amount-mismatch', ['887', '889', '1', '88800', '999']),
    ...all('total_fee', 'unreadable-notice', [undefined, '', '8.88', '-888', '0888', '888 ', '8e2', 'NaN', '0x378']),
    ...all('fee_type', 'currency-mismatch', ['USD', 'cny', 'HKD']),
    ...all('appid', 'appid-mismatch', ['wx4f4bc4dec97d474a', 'wx4f4bc4dec97d474c', 'x']),
    ...all('appid', 'unreadable-notice', [undefined, '']),
    ...all('mch_id', 'mchid-mismatch', ['1230000108', '1230000110', 'x']),
    ...all('mch_id', 'unreadable-notice', [undefined, '']),
    ...all('openid', 'payer-mismatch', [anotherOpenid, 'x']),
    ...all('time_end', 'unreadable-notice', [undefined, '', '2026', '20261322123000', 'soon']),
    ...all('transaction_id', 'unreadable-notice', [undefined, '', '1', 'x'.repeat(28), '1'.repeat(33)]),
    ...all('result_code', 'unreadable-notice', [undefined, '', 'success', 'YES']),
    { name: 'out_trade_no', value: anotherNumber, kind: 'amount-mismatch', about: anotherNumber },
    { name: 'out_trade_no', value: 'nobodysorder1', kind: 'unknown-order', about: 'nobodysorder1' },
    // One payment of nobody's order is told of once, whatever else is said of it.
    { name: 'out_trade_no', value: undefined, kind: 'unknown-order', about: 'nobodysorder1' },
  ];
}

function flipped(body: Uint8Array, place: number, flip: number): Uint8Array {
  const mutant = Uint8Array.from(body);
  mutant[place]! ^= flip;
  return mutant;
}

/** How often each status was answered, and always FAIL. */
async function statusesOf(client: Client, bodies: readonly (string | Uint8Array)[]): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (let at = 0; at < bodies.length; at += 20) {
    const answers = await Promise.all(bodies.slice(at, at + 20).map((body) => tell(client, body)));
    for (const answer of answers) {
      expect(codeIn(answer)).toBe('FAIL');
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    }
  }
  return counts;
}

/** What somebody sends who knows everything about the order but our key, and who may not even speak XML. */
function forgery(n: number, number: string): string | Uint8Array {
  const fields = fieldsOf(number, { transaction_id: newTransaction() });
  const signed = (key: string, signType: V2SignType = 'HMAC-SHA256') => signedNotice(fields, { key, signType });
  const wrapped = (sign: string) => signed('x').replace(/(<sign>).*(<\/sign>)/, `$1${sign}$2`);
  const ways: readonly (() => string | Uint8Array)[] = [
    () => signed(randomBytes(16).toString('hex')),
    () => signed(randomBytes(16).toString('hex'), 'MD5'),
    () => signed(''),
    () => wrapped(randomBytes(32).toString('hex').toUpperCase()),
    () => wrapped(''),
    () => signed('x').replace(/<sign>.*<\/sign>/, ''),
    () => signed('x').replace('return_code', 'return_codes'),
    () => signed('x').slice(0, randomInt(600)),
    () => randomBytes(randomInt(600)),
    () => JSON.stringify(fields),
  ];
  return ways[n % ways.length]!();
}

/** The same storage; every call of its orders and its events is counted. */
function counting(persistence: Persistence, calls: { count: number }): Persistence {
  const counted = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          calls.count += 1;
          return Reflect.apply(member, target, given) as unknown;
        };
      },
    });
  return new Proxy(persistence, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'function') return member.bind(target) as unknown;
      return counted(member as object);
    },
  });
}
