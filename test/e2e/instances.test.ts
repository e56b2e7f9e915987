import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { randomIds } from '../../src/adapters/system/random-ids.ts';
import { newOutTradeNo } from '../../src/domain/order/out-trade-no.ts';
import { COMPILED } from '../support/compiled.ts';
import { describeOn } from '../support/backends.ts';
import { ServerProcess } from '../support/server-process.ts';
import { STORAGES, temporaryFolder } from '../support/storages.ts';

/** What forgets when it is closed belongs to one instance and cannot be shared. */
const SHARED = STORAGES.filter(({ keepsAfterRestart }) => keepsAfterRestart);

describeOn('two instances', SHARED, ({ environment, cannotJudgeContention }) => {
  async function startTwo(wishes: Record<string, string> = {}) {
    const folder = temporaryFolder();
    const settings = { ...(await environment(folder)), RATE_LIMIT_LOGIN: 'off', ...wishes };
    const [one, other] = [await ServerProcess.start(settings, folder), await ServerProcess.start(settings, folder)];
    return { one, other };
  }

  it('a token revoked on one is refused on the other at once', async () => {
    const { one, other } = await startTwo();
    const { token } = await one.client.logIn('dev-alice');
    expect((await other.client.get('/v1/me', { token })).status).toBe(200);
    expect((await one.client.send('DELETE', '/v1/sessions/current', { token })).status).toBe(204);
    expect((await other.client.get('/v1/me', { token })).status).toBe(401);
  });

  it('concurrent first logins over both make one account', async () => {
    const { one, other } = await startTwo();
    for (let round = 0; round < 5; round += 1) {
      const logins = Array.from({ length: 10 }, (_, n) => (n % 2 ? one : other).client.logIn(`dev-user${round}`));
      expect(new Set((await Promise.all(logins)).map(({ user_id }) => user_id)).size).toBe(1);
    }
  });

  it('limits are counted together', async ({ skip }) => {
    skip(cannotJudgeContention !== undefined, cannotJudgeContention);
    const { one, other } = await startTwo({ RATE_LIMIT_LOGIN: '6' });
    const logins = Array.from({ length: 12 }, (_, n) =>
      (n % 2 ? one : other).client.post('/v1/login', { code: `dev-u${n}` }),
    );
    const statuses = (await Promise.all(logins)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(6);
    expect(statuses.filter((status) => status === 429)).toHaveLength(6);
  });
});

/** A thorough run (`npm run test:thorough`) has more. */
const ROUNDS = process.env.WEXAGON_THOROUGH === undefined ? 25 : 100;

describeOn('two processes', SHARED, ({ environment }) => {
  it.each(['account', 'order'])(
    `50 contenders x ${ROUNDS} rounds over one version of an %s: exactly one winner each`,
    async (kind) => {
      const folder = temporaryFolder();
      const settings = await environment(folder);
      const contend = (id: string) => {
        const child = fork(new URL('../support/contender.ts', import.meta.url), [kind, id, String(ROUNDS), '25'], {
          env: { ...process.env, ...COMPILED, ...settings },
          cwd: folder,
        });
        const contest = once(child, 'message').then(([message]) => message as Contest);
        const failed = once(child, 'exit').then(([code]) =>
          Promise.reject(new Error(`a contender ended with ${code}`)),
        );
        return Promise.race([contest, failed]);
      };
      const id = newOutTradeNo(randomIds);
      const [one, other] = await Promise.all([contend(id), contend(id)]);
      const won = [...one.won, ...other.won].toSorted((a, b) => a - b);
      const version = Math.max(one.version, other.version);
      expect(version).toBeGreaterThanOrEqual(ROUNDS);
      // Each version was won once, by one contender of one process.
      expect(won).toEqual(Array.from({ length: version - 1 }, (_, n) => n + 1));
      // Each save of an order, and its making, was told once, in its place.
      const told = one.told.length > other.told.length ? one.told : other.told;
      expect(told).toEqual(kind === 'order' ? Array.from({ length: version }, (_, n) => n + 1) : []);
      expect(Math.min(one.won.length, other.won.length)).toBeGreaterThan(0);
    },
    60_000,
  );
});

interface Contest {
  /** The versions over which one of this process' contenders saved. */
  readonly won: number[];
  /** The version that was there in the end. */
  readonly version: number;
  /** The sequences of all events that were there in the end. */
  readonly told: number[];
}
