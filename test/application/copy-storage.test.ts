import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CopyStorage } from '../../src/application/copy-storage.ts';
import type { UnionId } from '../../src/domain/account/account.ts';
import { DAY, later } from '../../src/domain/clock.ts';
import { eventId, placeInLog } from '../../src/domain/order/event-log.ts';
import { ORDER_STATES } from '../../src/domain/order/order.ts';
import { REFUND_STATES } from '../../src/domain/order/refund.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { dayOf } from '../../src/domain/statement/day.ts';
import {
  NOON,
  paidWithRefunds,
  sampleAccount,
  sampleDelivery,
  sampleDifference,
  sampleKeyedRequest,
  sampleReconciliation,
  sampleSession,
  stepsTo,
} from '../support/samples.ts';
import { STORAGES } from '../support/storages.ts';

async function digest(texts: AsyncIterable<string>): Promise<string> {
  const hash = createHash('sha256');
  for await (const text of texts) hash.update(text);
  return hash.digest('hex');
}

const MANY = 230;
const SHELVES = ['accounts', 'sessions', 'orders', 'events', 'idempotency', 'reconciliations', 'webhooks'] as const;
const upTo = (many: number) => Array.from({ length: many }, (_, n) => n);

async function fill(storage: Persistence): Promise<void> {
  const profile = { nickName: '李雷🧋', avatarUrl: null, gender: 1, city: '', province: null, country: 'CN' } as const;
  const accounts = upTo(MANY).map((n) =>
    sampleAccount({ profile, unionid: n % 2 ? (`u${n}` as UnionId) : null, createdAt: later(NOON, n), version: n + 1 }),
  );
  await storage.accounts.restore(accounts);
  await storage.sessions.restore(
    accounts.map(({ id }, n) => sampleSession({ accountId: id, device: n % 3 ? 'a "phone"' : null })),
  );
  await fillWithOrders(storage);
  const answer = { status: 201, body: '{"attach":"奶茶🧋"}' };
  await storage.idempotency.restore(upTo(MANY).map((n) => sampleKeyedRequest({ answer: n % 2 ? answer : null })));
  const differences = [sampleDifference(), sampleDifference({ outRefundNo: 'r-1', there: 1, healed: true })];
  await storage.reconciliations.restore(
    upTo(MANY).map((n) => sampleReconciliation({ id: dayOf(later(NOON, n * DAY)), differences, version: n + 1 })),
  );
  const attempts = [{ at: NOON, status: null, fault: 'timeout', milliseconds: 15_000 } as const];
  await storage.webhooks.restore(
    upTo(MANY).map((n) => sampleDelivery({ id: eventId(placeInLog(n + 1)) as never, tries: n % 2, attempts })),
  );
}

/** In every state, the paid ones with refunds in every state, and each with the first of its events. */
async function fillWithOrders({ orders, events }: Persistence): Promise<void> {
  const steps = upTo(MANY).map((n) => {
    const state = ORDER_STATES[n % ORDER_STATES.length]!;
    return state === 'paid' ? paidWithRefunds(REFUND_STATES) : stepsTo(state);
  });
  await orders.restore(steps.map((way) => way.at(-1)!.order));
  await events.restore(steps.map(([first], n) => ({ id: placeInLog(3 * n + 1), event: first.events[0]! })));
}

describe.each(STORAGES.map((from) => [from.name, from] as const))('copying from %s', (_name, source) => {
  it.each(STORAGES.map((to) => [to.name, to] as const))(
    'to %s carries everything, and proves it',
    async (_to, target) => {
      const [from, to] = [await source.open(), await target.open()];
      await fill(from);
      const progress: number[] = [];
      const proofs = await new CopyStorage({ from, to, digest }).execute(({ done }) => progress.push(done));
      expect(progress).toEqual(SHELVES.flatMap(() => [0, 200, MANY]));
      for (const { from: there, to: here } of proofs) expect(here).toEqual(there);
      expect(proofs.map(({ shelf, to: { size } }) => [shelf, size])).toEqual(SHELVES.map((shelf) => [shelf, MANY]));
    },
  );
});

describe('a copy', () => {
  const [memory] = STORAGES;

  it('that was stopped goes on where it stopped', async () => {
    const [from, to] = [await memory!.open(), await memory!.open()];
    await fill(from);
    const copy = new CopyStorage({ from, to, digest });
    const stopped = copy.execute(({ done }) => {
      if (done > 0) throw new Error('stopped');
    });
    await expect(stopped).rejects.toThrow('stopped');
    const progress: number[] = [];
    const proofs = await copy.execute(({ done }) => progress.push(done));
    expect(progress).toEqual([200, MANY, ...SHELVES.slice(1).flatMap(() => [0, 200, MANY])]);
    for (const proof of proofs) expect(proof.to).toEqual(proof.from);
  });

  it('into what was not empty is found out', async () => {
    const [from, to] = [await memory!.open(), await memory!.open()];
    await fill(from);
    await to.accounts.register(sampleAccount());
    const [accounts] = await new CopyStorage({ from, to, digest }).execute();
    expect(accounts!.to).not.toEqual(accounts!.from);
  });

  it('of nothing is nothing', async () => {
    const proofs = await new CopyStorage({ from: await memory!.open(), to: await memory!.open(), digest }).execute();
    expect(proofs).toHaveLength(SHELVES.length);
    for (const { from, to } of proofs) expect([from.size, to]).toEqual([0, from]);
  });
});
