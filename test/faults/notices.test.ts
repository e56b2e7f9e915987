import { expect, it } from 'vitest';
import { SECOND } from '../../src/domain/clock.ts';
import type { OrderEvent } from '../../src/domain/order/order-event.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { V2SignType } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import type { Answer, Client } from '../support/client.ts';
import { counting } from '../support/counting.ts';
import { type NoticeSpeech, SPEECHES } from '../support/notice-speech.ts';
import { describeOverBoth } from '../support/over-both.ts';
import { stepsTo } from '../support/samples.ts';
import { LogReader, openShop, type Shop } from '../support/shop.ts';
import { MERCHANT } from '../support/simulated-wechat-pay.ts';
import { type Storage, STORAGES } from '../support/storages.ts';
import { walk } from '../support/walk.ts';
import { type WrongField, wrongFields } from '../support/wrong-fields.ts';

const tell = (client: Client, { path }: NoticeSpeech, { headers, body }: RawNotice): Promise<Answer> =>
  client.send('POST', path, { raw: body, headers: Object.fromEntries(headers) });

async function eventsOf(persistence: Persistence, id?: string): Promise<OrderEvent[]> {
  const events = (await new LogReader(persistence).rest()).map(({ event }) => event);
  return id === undefined ? events : events.filter(({ orderId }) => orderId === id);
}

const typesIn = (events: readonly OrderEvent[]): string[] =>
  events.map(({ happening }) => (happening.type === 'anomaly.raised' ? happening.kind : happening.type));

/** Two that share a storage, where it can be shared. */
async function twoOn(storage: Storage, api: PayApi): Promise<readonly [Shop, Shop]> {
  const open = storage.place();
  const first = await open();
  const one = await openShop(first, { api });
  const { clock, wechat } = one;
  const second = storage.keepsAfterRestart ? await open() : first;
  return [one, await openShop(second, { api, wechat, clock })];
}

async function sizes({ events, orders }: Persistence): Promise<readonly number[]> {
  return Promise.all([events.size(), orders.size()]);
}

const notices = (storage: Storage, api: PayApi) => {
  const speech = SPEECHES[api];
  const { isNo, isYes } = speech;
  const begin = async () => openShop(await storage.open(), { api });

  it('100 of the same, half of them at once, over two instances: paid once, and all are told yes', async () => {
    const shops = await twoOn(storage, api);
    const { order, request } = await shops[0].prepaid();
    shops[0].wechat.payWith(request);
    const raw = shops[0].wechat.noticeOf(order.id)!;
    const clients = await Promise.all(shops.map((shop) => shop.serve()));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => tell(clients[n % 2]!, speech, raw)));
    for (let n = 0; n < 50; n += 1) answers.push(await tell(clients[n % 2]!, speech, raw));
    expect(answers.filter(isYes)).toHaveLength(100);
    const events = await eventsOf(shops[1].persistence, order.id);
    expect(typesIn(events)).toEqual(['order.created', 'order.prepaying', 'order.prepaid', 'order.paid']);
  });

  it('of 50 orders, each told three times and in any order: each is paid once', async () => {
    const [one, other] = await twoOn(storage, api);
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

  const late = storage.name === 'memory' && api === 'v2' ? 1_000 : 60;

  it(`${late} that come after their orders were closed: none is lost, all are late and told of`, async () => {
    const shop = await begin();
    const numbers: string[] = [];
    for (let n = 0; n < late; n += 1)
      numbers.push((await walk(shop.persistence.orders, stepsTo('closed', { terms: { mchid: MERCHANT } }))).id);
    for (const number of numbers) expect(await shop.notice(speech.genuine(number))).toBe('paid');
    const events = await eventsOf(shop.persistence);
    for (const number of numbers) expect(await shop.find(number)).toMatchObject({ state: 'paid', late: true });
    const types = typesIn(events);
    for (const type of ['order.paid', 'late-payment']) expect(types.filter((one) => one === type)).toHaveLength(late);
  });

  it('with a field that is not what was agreed on, however well signed: never paid, told once, and asked for again', async () => {
    const shop = await begin();
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    const { order: another } = await shop.prepaid('bob', { total: 999 });
    shop.wechat.payWith(request);
    const { transactionId } = shop.wechat.trade(order.id)!.payment!;
    const expected = new Set<string>();
    const cases = wrongFields(another.id, shop.wechat.openid('bob'))[api];
    for (const { name, value, kind, about = order.id } of cases) {
      const raw = shop.wechat.noticeOf(order.id, wishFor({ name, value }))!;
      for (let again = 0; again < 2; again += 1) {
        const answer = await tell(client, speech, raw);
        const isUnknown = kind === 'unknown-order';
        expect([answer.status, isNo(answer)], `${name}=${JSON.stringify(value)}`).toEqual([
          isUnknown ? 503 : 422,
          true,
        ]);
      }
      expected.add(`${about} ${kind} ${name === 'transaction_id' ? null : transactionId}`);
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
    const shop = await begin();
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    shop.wechat.payWith(request, { outcome: 'failure' });
    const raw = shop.wechat.noticeOf(order.id)!;
    for (let n = 0; n < 3; n += 1) expect(isYes(await tell(client, speech, raw))).toBe(true);
    expect((await shop.find(order.id)).state).toBe('prepaid');
    expect(shop.wechat.payWith(request)).toBe(true);
    expect(isYes(await tell(client, speech, shop.wechat.noticeOf(order.id)!))).toBe(true);
    const types = typesIn(await eventsOf(shop.persistence, order.id));
    expect(types.slice(3)).toEqual(['payment.failed', 'order.paid']);
  });

  it.each(api === 'v2' ? (['MD5', 'HMAC-SHA256'] satisfies V2SignType[]) : [])(
    'signed with the other algorithm than %s: not taken, and healed by asking',
    async (signType) => {
      const shop = await openShop(await storage.open(), { signType });
      const client = await shop.serve();
      const { order, request } = await shop.prepaid();
      shop.wechat.payWith(request);
      const raw = shop.wechat.noticeOf(order.id, { sign: 'downgrade' })!;
      for (let n = 0; n < 3; n += 1) {
        const answer = await tell(client, speech, raw);
        expect([answer.status, isNo(answer)]).toEqual([422, true]);
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
      'one coupon without a number in its name, as version 2 has them',
      { override: { coupon_fee: '10', coupon_count: '1', coupon_id: '7' } },
      [],
    ],
    ['coupons, numbered', {}, [{ fee: 100 }, { fee: 88, type: 'NO_CASH' }]],
    ['coupons worth the whole order', {}, [{ fee: 888, type: 'NO_CASH' }]],
  ] as const)('with %s: paid, with the whole amount', async (_name, wish, coupons) => {
    const shop = await begin();
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    expect(shop.wechat.payWith(request, { coupons })).toBe(true);
    expect(isYes(await tell(client, speech, shop.wechat.noticeOf(order.id, wish)!))).toBe(true);
    const worth = coupons.reduce((sum, { fee }) => sum + fee, 0);
    expect(await shop.find(order.id)).toMatchObject({ state: 'paid', payment: { payerTotal: 888 - worth } });
  });

  it('with a bit of any byte flipped: never taken, never a 500, nothing written', async () => {
    const shop = await begin();
    const client = await shop.serve();
    const { order, request } = await shop.prepaid();
    shop.wechat.payWith(request);
    const raw = shop.wechat.noticeOf(order.id)!;
    const before = await sizes(shop.persistence);
    const mutants = api === 'v2' ? mutantsOf(raw, [0x01, 0x20]) : [...mutantsOf(raw, [0x01]), ...ofSignature(raw)];
    expect(mutants.length).toBeGreaterThanOrEqual(api === 'v2' ? 1_500 : 1_300);
    const statuses = await statusesOf(client, speech, mutants);
    expect(new Set(statuses.keys())).toEqual(REFUSED[api]);
    expect(await sizes(shop.persistence)).toEqual(before);
    expect((await shop.find(order.id)).state).toBe('prepaid');
    expect(isYes(await tell(client, speech, raw))).toBe(true);
  });

  it('10,000 forgeries: none is taken, and none costs the storage a single call', async () => {
    const calls = { count: 0 };
    const shop = await openShop(counting(await storage.open(), calls), { api });
    const client = await shop.serve();
    const { order } = await shop.prepaid();
    calls.count = 0;
    for (let n = 0; n < 10_000; n += 1)
      expect(await shop.notice(speech.forgery(n, order.id))).toMatch(/^(forged|malformed|probe|stale|unknown-key)$/);
    const forgeries = Array.from({ length: 500 }, (_, n) => speech.forgery(n, order.id));
    const statuses = await statusesOf(client, speech, forgeries);
    expect(new Set(statuses.keys())).toEqual(REFUSED[api]);
    expect(calls.count).toBe(0);
    expect((await shop.find(order.id)).state).toBe('prepaid');
  });

  it('of nobody’s order: told once for each payment, and asked for again', async () => {
    const shop = await begin();
    const client = await shop.serve();
    const raw = speech.genuine('nobodysorder1');
    for (let n = 0; n < 5; n += 1) expect((await tell(client, speech, raw)).status).toBe(503);
    expect(typesIn(await eventsOf(shop.persistence))).toEqual(['unknown-order']);
    expect(await shop.persistence.orders.size()).toBe(0);
  });
};

describeOverBoth('notices', STORAGES, notices);

/** In version 3 nothing is looked at before its signature. */
const REFUSED: Readonly<Record<PayApi, ReadonlySet<number>>> = { v2: new Set([400, 401]), v3: new Set([401]) };

const wishFor = ({ name, value }: Pick<WrongField, 'name' | 'value'>) =>
  value === undefined ? { drop: [name] } : { override: { [name]: value } };

const mutantsOf = ({ headers, body }: RawNotice, flips: readonly number[]): RawNotice[] =>
  flips.flatMap((flip) => Array.from(body, (_, place) => ({ headers, body: flipped(body, place, flip) })));

/** With another character in one of those that the signature is made of, or that it consists of. */
const ofSignature = ({ headers, body }: RawNotice): RawNotice[] =>
  headers.flatMap(([name, value], which) =>
    /^wechatpay-(timestamp|nonce|serial|signature)$/i.test(name)
      ? Array.from(value, (character, place) => {
          const changed = `${value.slice(0, place)}${character === '1' ? '2' : '1'}${value.slice(place + 1)}`;
          return { headers: headers.with(which, [name, changed]), body };
        })
      : [],
  );

function flipped(body: Uint8Array, place: number, flip: number): Uint8Array {
  const mutant = Uint8Array.from(body);
  mutant[place]! ^= flip;
  return mutant;
}

/** How often each status was answered, and always no. */
async function statusesOf(
  client: Client,
  speech: NoticeSpeech,
  raws: readonly RawNotice[],
): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (let at = 0; at < raws.length; at += 20) {
    const answers = await Promise.all(raws.slice(at, at + 20).map((raw) => tell(client, speech, raw)));
    for (const answer of answers) {
      expect(speech.isNo(answer)).toBe(true);
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    }
  }
  return counts;
}
