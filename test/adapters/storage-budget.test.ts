import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StorageBudget } from '../../src/adapters/system/storage-budget.ts';
import type { Persistence } from '../../src/domain/persistence.ts';

const slow = (milliseconds: number): Persistence =>
  ({
    accounts: { find: () => wait(milliseconds), kind: 'slow' },
    sessions: {},
    orders: { find: () => wait(milliseconds) },
    events: { page: () => wait(milliseconds) },
    idempotency: { begin: () => wait(milliseconds) },
    reconciliations: { begin: () => wait(milliseconds) },
    platformCertificates: { find: () => wait(milliseconds) },
    webhooks: { find: () => wait(milliseconds) },
    callCounter: () => ({ count: () => wait(milliseconds) }),
  }) as unknown as Persistence;

describe('the time that a request may wait for the storage', () => {
  it('is one for all its steps', async () => {
    const budget = new StorageBudget(250);
    const { accounts } = budget.over(slow(100));
    const steps: number[] = [];
    const request = budget.run(async () => {
      for (let step = 1; step <= 4; step += 1) {
        await accounts.find('a' as never);
        steps.push(step);
      }
    });
    await expect(request).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(steps).toEqual([1, 2]);
  });

  it.each([
    'accounts',
    'orders',
    'events',
    'idempotency',
    'reconciliations',
    'platformCertificates',
    'webhooks',
  ] as const)('is spent in the room of %s', async (room) => {
    const budget = new StorageBudget(50);
    const [[, step]] = Object.entries(budget.over(slow(100))[room]) as [[string, () => Promise<void>]];
    await expect(budget.run(step)).rejects.toMatchObject({ code: 'storage-unavailable' });
  });

  it('is counted for each request by itself, and not while it waits for something else', async () => {
    const budget = new StorageBudget(250);
    const { accounts } = budget.over(slow(100));
    const request = () =>
      budget.run(async () => {
        await accounts.find('a' as never);
        await wait(300);
        await accounts.find('a' as never);
        return 'done';
      });
    expect(await Promise.all([request(), request(), request()])).toEqual(['done', 'done', 'done']);
  });

  it('is spent by counting calls as by everything else', async () => {
    const budget = new StorageBudget(150);
    const storage = budget.over(slow(100));
    const request = budget.run(async () => {
      await storage.callCounter('login').count('a');
      await storage.accounts.find('a' as never);
    });
    await expect(request).rejects.toMatchObject({ code: 'storage-unavailable' });
  });

  it("does not bind work that is nobody's request", async () => {
    const { accounts } = new StorageBudget(10).over(slow(50));
    await expect(accounts.find('a' as never)).resolves.toBeUndefined();
    expect(accounts).toHaveProperty('kind', 'slow');
  });
});
