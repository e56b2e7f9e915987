import { describe, expect, it } from 'vitest';
import { later, MINUTE } from '../../src/domain/clock.ts';
import { eventId, placeInLog } from '../../src/domain/order/event-log.ts';
import { type Delivery, DELIVERY_STATES, type WebhookId } from '../../src/domain/webhook/delivery.ts';
import type { WebhookRepository } from '../../src/domain/webhook/webhook-repository.ts';
import { NOON, sampleDelivery } from '../support/samples.ts';

const idAt = (place: number): WebhookId => eventId(placeInLog(place)) as WebhookId;
const idsOf = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ id }) => id);

/** With everything that may be null, and text that is easily broken. */
const TRIED: Partial<Delivery> = {
  orderId: `商户"'\\ $1 {} a.b`,
  tries: 2,
  attempts: [
    { at: NOON, status: 503, fault: null, milliseconds: 12 },
    { at: later(NOON, 5_000), status: null, fault: 'forbidden-address', milliseconds: 0 },
  ],
};

/** What WebhookRepository promises, a case for every sentence. */
export function webhookRepositoryContract(open: () => Promise<WebhookRepository>): void {
  async function openWith(...deliveries: Delivery[]): Promise<WebhookRepository> {
    const webhooks = await open();
    await webhooks.takeUp(deliveries, placeInLog(deliveries.length));
    return webhooks;
  }

  /** The first so many events of one order. */
  const ofOneOrder = (count: number, differences: Partial<Delivery> = {}): Delivery[] =>
    Array.from({ length: count }, (_, n) =>
      sampleDelivery({ id: idAt(n + 1), sequence: n + 1, orderId: 'o', ...differences }),
    );

  describe('endpoint', () => {
    it('Answers how far the log is taken up, and since when nothing is sent', async () => {
      const webhooks = await open();
      expect(await webhooks.endpoint()).toEqual({ cursor: '', disabledAt: null });
      await webhooks.takeUp([], placeInLog(3));
      await webhooks.setDisabled(NOON);
      expect(await webhooks.endpoint()).toEqual({ cursor: placeInLog(3), disabledAt: NOON });
    });
  });

  describe('setDisabled', () => {
    it('Keeps since when nothing is sent, or null', async () => {
      const webhooks = await open();
      await webhooks.setDisabled(NOON);
      expect(await webhooks.endpoint()).toEqual({ cursor: '', disabledAt: NOON });
      await webhooks.setDisabled(null);
      expect(await webhooks.endpoint()).toEqual({ cursor: '', disabledAt: null });
    });
  });

  describe('takeUp', () => {
    it('Keeps the deliveries that are new, and leaves the others as they are', async () => {
      const [one, two] = [sampleDelivery({ id: idAt(1) }), sampleDelivery({ id: idAt(2), ...TRIED })];
      const webhooks = await openWith(one);
      await webhooks.takeUp([{ ...one, state: 'dead', tries: 9, orderId: 'other' }, two], placeInLog(2));
      expect(await webhooks.find(one.id)).toEqual(one);
      expect(await webhooks.find(two.id)).toEqual(two);
      expect(await webhooks.size()).toBe(2);
    });

    it('Moves the cursor on with them, and never back', async () => {
      const webhooks = await openWith(sampleDelivery({ id: idAt(1) }));
      await webhooks.takeUp([sampleDelivery({ id: idAt(12) })], placeInLog(12));
      await webhooks.takeUp([sampleDelivery({ id: idAt(9) })], placeInLog(9));
      expect((await webhooks.endpoint()).cursor).toBe(placeInLog(12));
      expect(await webhooks.size()).toBe(3);
    });

    it('Gives a new one the time of what waits before it in its order', async () => {
      const [first, second, third] = ofOneOrder(3) as [Delivery, Delivery, Delivery];
      const webhooks = await openWith(first);
      const tired = (await webhooks.save({ ...first, dueAt: later(NOON, MINUTE) }))!;
      const elsewhere = sampleDelivery({ id: idAt(4) });
      await webhooks.takeUp([second, third, elsewhere], placeInLog(4));
      for (const { id } of [second, third]) expect((await webhooks.find(id))!.dueAt).toEqual(tired.dueAt);
      expect(await webhooks.find(elsewhere.id)).toEqual(elsewhere);
    });

    it('keeps each once when many take up the same at once', async () => {
      const webhooks = await open();
      for (let round = 0; round < 5; round += 1) {
        const deliveries = Array.from({ length: 20 }, (_, n) =>
          sampleDelivery({ id: idAt(round * 20 + n + 1), orderId: `o${n % 3}` }),
        );
        const cursor = placeInLog(round * 20 + 20);
        await Promise.all(Array.from({ length: 6 }, () => webhooks.takeUp(deliveries, cursor)));
        expect(await webhooks.size()).toBe(deliveries.length * (round + 1));
        expect((await webhooks.endpoint()).cursor).toBe(cursor);
      }
    });
  });

  describe('due', () => {
    it('Answers at most `limit` deliveries that wait and whose time has come, those first that wait longest', async () => {
      const times = [3, 1, 5, 2, 1, 4];
      const webhooks = await openWith(
        ...times.map((seconds, n) => sampleDelivery({ id: idAt(n + 1), dueAt: later(NOON, seconds * 1_000) })),
        sampleDelivery({ id: idAt(7), state: 'delivered' }),
        sampleDelivery({ id: idAt(8), state: 'dead' }),
      );
      expect(idsOf(await webhooks.due(later(NOON, 4_000), 10))).toEqual([2, 5, 4, 1, 6].map(idAt));
      expect(idsOf(await webhooks.due(later(NOON, 4_000), 2))).toEqual([2, 5].map(idAt));
      expect(await webhooks.due(NOON, 10)).toEqual([]);
    });

    it('Answers only the first that waits of each order', async () => {
      const webhooks = await openWith(
        sampleDelivery({ id: idAt(1), orderId: 'a', state: 'delivered' }),
        sampleDelivery({ id: idAt(2), orderId: 'a', dueAt: later(NOON, 1) }),
        sampleDelivery({ id: idAt(3), orderId: 'b', state: 'dead' }),
        sampleDelivery({ id: idAt(4), orderId: 'a' }),
        sampleDelivery({ id: idAt(5), orderId: 'b', dueAt: later(NOON, 2) }),
        sampleDelivery({ id: idAt(6), orderId: 'b' }),
      );
      expect(idsOf(await webhooks.due(later(NOON, 2), 10))).toEqual([2, 5].map(idAt));
      expect(idsOf(await webhooks.due(later(NOON, 1), 10))).toEqual([2].map(idAt));
    });

    it('finds those few that are first among many that are not', async () => {
      const many = Array.from({ length: 450 }, (_, n) => sampleDelivery({ id: idAt(n + 2), orderId: 'busy' }));
      const other = sampleDelivery({ id: idAt(900), orderId: 'other', dueAt: later(NOON, 1) });
      const webhooks = await open();
      const first = sampleDelivery({ id: idAt(1), orderId: 'busy' });
      await webhooks.takeUp([first, ...many, other], placeInLog(900));
      await webhooks.claim(first, later(NOON, MINUTE));
      expect(idsOf(await webhooks.due(later(NOON, 1), 5))).toEqual([other.id]);
    });
  });

  describe('claim', () => {
    it('Moves the time of a delivery on and answers it with its next version', async () => {
      const [first, second] = ofOneOrder(2) as [Delivery, Delivery];
      const webhooks = await openWith(first, second);
      const claimed = await webhooks.claim(first, later(NOON, MINUTE));
      expect(claimed).toEqual({ ...first, dueAt: later(NOON, MINUTE), version: 2 });
      expect(await webhooks.find(first.id)).toEqual(claimed);
      expect(await webhooks.find(second.id)).toEqual(second);
      expect(await webhooks.due(NOON, 10)).toEqual([]);
      expect(await webhooks.due(later(NOON, MINUTE), 10)).toEqual([claimed]);
    });

    it('Answers undefined, and changes nothing, when the version is no longer the one that was read', async () => {
      const read = sampleDelivery({ id: idAt(1) });
      const webhooks = await openWith(read);
      const saved = await webhooks.save({ ...read, ...TRIED, orderId: read.orderId });
      expect(await webhooks.claim(read, later(NOON, MINUTE))).toBeUndefined();
      expect(await webhooks.save({ ...read, state: 'delivered' })).toBeUndefined();
      expect(await webhooks.save({ ...read, state: 'delivered', version: 3 })).toBeUndefined();
      expect(await webhooks.save(sampleDelivery({ id: idAt(2) }))).toBeUndefined();
      expect(await webhooks.find(read.id)).toEqual(saved);
      expect(await webhooks.size()).toBe(1);
    });

    it('Of many claims at once over one version, exactly one goes through', async () => {
      let read: Delivery | undefined = sampleDelivery({ id: idAt(1) });
      const webhooks = await openWith(read);
      for (let round = 1; round <= 10; round += 1) {
        const untils = Array.from({ length: 20 }, (_, n) => later(NOON, round * MINUTE + n));
        const claims = await Promise.all(untils.map((until) => webhooks.claim(read!, until)));
        const won = claims.filter((claim) => claim !== undefined);
        expect(won).toHaveLength(1);
        read = await webhooks.find(idAt(1));
        expect(read).toEqual(won[0]);
      }
    });
  });

  describe('save', () => {
    it('Saves a delivery and answers it with its next version', async () => {
      const [read, other] = [sampleDelivery({ id: idAt(1) }), sampleDelivery({ id: idAt(2) })];
      const webhooks = await openWith(read, other);
      let last = read;
      for (const state of DELIVERY_STATES) {
        const change = { ...last, ...TRIED, orderId: read.orderId, state, dueAt: later(NOON, 7) };
        last = (await webhooks.save(change))!;
        expect(last).toEqual({ ...change, version: change.version + 1 });
        expect(await webhooks.find(read.id)).toEqual(last);
      }
      expect(await webhooks.find(other.id)).toEqual(other);
    });

    it('Gives its time to those that wait behind it in its order', async () => {
      const [first, second, third, over] = ofOneOrder(4) as [Delivery, Delivery, Delivery, Delivery];
      const webhooks = await openWith(first, second, third, { ...over, state: 'dead' });
      const dueAt = later(NOON, MINUTE);
      await webhooks.save({ ...second, dueAt });
      expect((await webhooks.find(first.id))!.dueAt).toEqual(NOON);
      expect(await webhooks.find(third.id)).toEqual({ ...third, dueAt });
      expect((await webhooks.find(over.id))!.dueAt).toEqual(NOON);
      await webhooks.save({ ...first, state: 'delivered', dueAt: NOON });
      expect(await webhooks.find(second.id)).toEqual({ ...second, dueAt: NOON, version: 2 });
      expect(idsOf(await webhooks.due(NOON, 10))).toEqual([second.id]);
    });
  });

  describe('find', () => {
    it('Answers the delivery as it was saved last, or undefined when there is none of that id', async () => {
      const read = sampleDelivery({ id: idAt(1), ...TRIED });
      const webhooks = await openWith(read);
      expect(await webhooks.find(read.id)).toEqual(read);
      const saved = await webhooks.save({ ...read, attempts: [], tries: 0, state: 'delivered' });
      expect(await webhooks.find(read.id)).toEqual(saved);
      expect(await webhooks.find(idAt(2))).toBeUndefined();
      expect(await webhooks.find('$where' as WebhookId)).toBeUndefined();
    });
  });

  describe('list', () => {
    const STATES = ['dead', 'waiting', 'delivered', 'dead', 'delivered', 'dead'] as const;
    const openMixed = () => openWith(...STATES.map((state, n) => sampleDelivery({ id: idAt(n + 1), state })));

    it('Answers at most `limit` deliveries with ids behind `after`, by their ids', async () => {
      const webhooks = await openMixed();
      expect(idsOf(await webhooks.list({ limit: 10 }))).toEqual([1, 2, 3, 4, 5, 6].map(idAt));
      expect(idsOf(await webhooks.list({ limit: 2 }))).toEqual([1, 2].map(idAt));
      expect(idsOf(await webhooks.list({ limit: 2, after: idAt(2) }))).toEqual([3, 4].map(idAt));
      expect(await webhooks.list({ limit: 2, after: idAt(6) })).toEqual([]);
    });

    it('Answers only deliveries of the state, where one is given', async () => {
      const webhooks = await openMixed();
      expect(idsOf(await webhooks.list({ limit: 10, state: 'dead' }))).toEqual([1, 4, 6].map(idAt));
      expect(idsOf(await webhooks.list({ limit: 1, state: 'dead', after: idAt(1) }))).toEqual([4].map(idAt));
      expect(idsOf(await webhooks.list({ limit: 10, state: 'waiting' }))).toEqual([2].map(idAt));
    });
  });
}
