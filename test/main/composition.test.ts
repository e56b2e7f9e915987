import { Container } from 'inversify';
import { describe, expect, it } from 'vitest';
import type { AccountRepository } from '../../src/domain/account/account-repository.ts';
import type { SessionRepository } from '../../src/domain/session/session-repository.ts';
import { ReadAccount } from '../../src/application/read-account.ts';
import { RevokeSession } from '../../src/application/revoke-session.ts';
import { moduleOf, resolve, token } from '../../src/main/container.ts';
import { compose } from '../../src/main/compose.ts';
import { createLogger } from '../../src/main/logger.ts';
import { Shutdown } from '../../src/main/shutdown.ts';
import { Recurring } from '../../src/main/recurring.ts';
import { TOKENS } from '../../src/main/tokens.ts';
import { describeOn } from '../support/backends.ts';
import { testConfig } from '../support/test-config.ts';
import { STORAGES } from '../support/storages.ts';

const quiet = createLogger('silent');

describeOn('composition', STORAGES, (storage) => {
  it('can make everything that it has a token for', async () => {
    const container = compose(testConfig(), quiet, await storage.open());
    for (const [name, asked] of Object.entries(TOKENS)) {
      expect(resolve<unknown>(container, asked), name).toBeDefined();
      expect(resolve<unknown>(container, asked), `${name}, again`).toBe(resolve<unknown>(container, asked));
    }
  });
});

describe('tokens', () => {
  it('do not compile when they are swapped', () => {
    const accounts = token<AccountRepository>('accounts');
    const sessions = token<SessionRepository>('sessions');
    const readAccount = token<ReadAccount>('readAccount');
    const module = moduleOf((bind) => {
      bind.built(readAccount, ReadAccount, { accounts });
      // @ts-expect-error sessions are no accounts
      bind.built(readAccount, ReadAccount, { accounts: sessions });
      // @ts-expect-error something is missing
      bind.built(readAccount, ReadAccount, {});
      // @ts-expect-error another class than the token says
      bind.built(readAccount, RevokeSession, { sessions });
      // @ts-expect-error a value of another type
      bind.value(accounts, 'accounts');
      // @ts-expect-error a factory of something else
      bind.made(readAccount, { accounts }, () => 'an account');
    });
    expect(module).toBeDefined();
  });

  it('that nobody bound are named by the error', () => {
    expect(() => resolve(new Container(), token('the missing one'))).toThrow(/the missing one/);
  });
});

describe('shutdown', () => {
  it('closes what was opened last first, one after the other, once', async () => {
    const shutdown = new Shutdown(quiet);
    const closed: string[] = [];
    for (const what of ['storage', 'sweeper', 'server']) {
      shutdown.add(what, async () => {
        closed.push(`${what}…`);
        await new Promise((resolve) => setImmediate(resolve));
        closed.push(what);
      });
    }
    await Promise.all([shutdown.run(), shutdown.run()]);
    expect(closed).toEqual(['server…', 'server', 'sweeper…', 'sweeper', 'storage…', 'storage']);
  });

  it('closes the rest when one of them cannot be closed', async () => {
    const shutdown = new Shutdown(quiet);
    let storageClosed = false;
    shutdown.add('storage', () => {
      storageClosed = true;
    });
    shutdown.add('server', () => {
      throw new Error('stuck');
    });
    await shutdown.run();
    expect(storageClosed).toBe(true);
  });
});

describe('what is done again and again', () => {
  it('is done again after a turn that failed, and is over when it is stopped', async () => {
    let turns = 0;
    const turn = async () => {
      turns += 1;
      if (turns === 1) throw new Error('storage is down');
      return 0;
    };
    const work = new Recurring(quiet);
    work.start({ what: 'sweeping', every: 5, turn });
    await expect.poll(() => turns).toBeGreaterThan(2);
    work.tellToStop();
    await work.ended();
    const after = turns;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(turns).toBe(after);
  });

  it('is never done twice at once, is told to stop, and is waited for by whoever stops it', async () => {
    let underWay = 0;
    let most = 0;
    const turn = async (signal: AbortSignal) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      underWay -= 1;
      return 0;
    };
    const work = new Recurring(quiet);
    work.start({ what: 'settling', every: 1, turn });
    await expect.poll(() => underWay).toBe(1);
    work.tellToStop();
    await work.ended();
    expect({ underWay, most }).toEqual({ underWay: 0, most: 1 });
  });
});
