import { describe, expect, it, vi } from 'vitest';
import { Authenticate } from '../../src/application/authenticate.ts';
import { ListSessions } from '../../src/application/list-sessions.ts';
import { type LoggedIn, LogIn } from '../../src/application/log-in.ts';
import { RevokeAllSessions } from '../../src/application/revoke-all-sessions.ts';
import { RevokeSession } from '../../src/application/revoke-session.ts';
import { SpentCodes } from '../../src/application/spent-codes.ts';
import { SweepSessions } from '../../src/application/sweep-sessions.ts';
import { DAY, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import { type LoginCode, LoginCodeInvalid, LoginCodeUsed } from '../../src/domain/session/login-code.ts';
import { NotAuthenticated, SessionNotFound } from '../../src/domain/session/session.ts';
import { NOON } from '../support/samples.ts';
import { stage, vaultOf } from '../support/stage.ts';

describe('log in', () => {
  it('turns a code into a token that authenticates, until the session ends', async () => {
    const on = stage();
    const { token, accountId, expiresAt } = await new LogIn(on).execute(on.gateway.issueCode('alice'), 'a phone');
    expect(expiresAt).toEqual(later(NOON, 30 * DAY));
    const authenticate = new Authenticate(on);
    expect(await authenticate.execute(token)).toMatchObject({ accountId, device: 'a phone' });
    on.clock.pass(7 * DAY);
    await expect(authenticate.execute(token)).rejects.toThrow(NotAuthenticated);
  });

  it('knows the same person again', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const [first, again, other] = [
      await logIn.execute(on.gateway.issueCode('alice'), null),
      await logIn.execute(on.gateway.issueCode('alice'), null),
      await logIn.execute(on.gateway.issueCode('bob'), null),
    ];
    expect(again.accountId).toBe(first.accountId);
    expect(other.accountId).not.toBe(first.accountId);
    expect(new Set([first, again, other].map(({ token }) => token)).size).toBe(3);
  });

  it('is one exchange and one session for 100 requests with one code, and all get the same answer', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const code = on.gateway.issueCode('alice');
    const answers = await Promise.all(Array.from({ length: 100 }, () => logIn.execute(code, null)));
    expect(on.gateway.exchanges).toBe(1);
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1);
    expect(await on.sessions.list(answers[0]!.accountId)).toHaveLength(1);
    await expect(logIn.execute(code, null)).rejects.toThrow(LoginCodeUsed);
    expect(on.gateway.exchanges).toBe(1);
  });

  it('is one login, too, for whoever comes while the session is being written', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const code = on.gateway.issueCode('alice');
    const add = on.sessions.add.bind(on.sessions);
    const second = Promise.withResolvers<LoggedIn>();
    vi.spyOn(on.sessions, 'add').mockImplementation(async (session) => {
      second.resolve(logIn.execute(code, null));
      await add(session);
    });
    const first = await logIn.execute(code, null);
    expect(await second.promise).toEqual(first);
  });

  it('remembers a spent code for as long as it could matter, and a developer code not at all', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const code = on.gateway.issueCode('alice');
    await logIn.execute(code, null);
    on.clock.pass(10 * MINUTE - 1);
    await expect(logIn.execute(code, null)).rejects.toThrow(LoginCodeUsed);
    expect(on.gateway.exchanges).toBe(1);
    on.clock.pass(1);
    await expect(logIn.execute(code, null)).rejects.toThrow(LoginCodeUsed);
    expect(on.gateway.exchanges).toBe(2);

    const identity = await on.gateway.exchangeCode(on.gateway.issueCode('bob'));
    vi.spyOn(on.gateway, 'exchangeCode').mockResolvedValue(identity);
    const [first, again] = [await logIn.execute('dev-bob', null), await logIn.execute('dev-bob', null)];
    expect(again.accountId).toBe(first.accountId);
    expect(again.token).not.toBe(first.token);
  });

  it('does not remember more spent codes than fit', () => {
    const spent = new SpentCodes(stage().clock);
    const codes = Array.from({ length: 100_010 }, (_, n) => `code${n}` as LoginCode);
    for (const code of codes) spent.add(code);
    expect(codes.map((code) => spent.has(code)).indexOf(true)).toBe(10);
  });

  it('shares a failure as well, and forgets it afterwards', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const code = on.gateway.issueCode('alice');
    on.gateway.broken = true;
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => logIn.execute(code, null)));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(on.gateway.exchanges).toBe(1);
    on.gateway.broken = false;
    await expect(logIn.execute(code, null)).resolves.toHaveProperty('token');
  });

  it('makes one account of many first logins of one person at once', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const logins = Array.from({ length: 50 }, () => logIn.execute(on.gateway.issueCode('alice'), null));
    const ids = (await Promise.all(logins)).map(({ accountId }) => accountId);
    expect(new Set(ids).size).toBe(1);
    expect(on.gateway.exchanges).toBe(50);
  });

  it('does not ask WeChat about a code that cannot be one', async () => {
    const on = stage();
    await expect(new LogIn(on).execute('x&secret=', null)).rejects.toThrow(LoginCodeInvalid);
    expect(on.gateway.exchanges).toBe(0);
  });

  it('keeps the newest session key, sealed, and writes nothing when it is still the same', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const { accountId } = await logIn.execute(on.gateway.issueCode('alice'), null);
    const first = await on.accounts.find(accountId);
    await logIn.execute(on.gateway.issueCode('alice'), null);
    expect(await on.accounts.find(accountId)).toEqual(first);
    on.gateway.renewSessionKey('alice');
    await logIn.execute(on.gateway.issueCode('alice'), null);
    const renewed = await on.accounts.find(accountId);
    expect(renewed).toMatchObject({ version: 2 });
    expect(on.vault.unseal(renewed!.sessionKey, renewed!).equals(on.vault.unseal(first!.sessionKey, first!))).toBe(
      false,
    );
  });

  it('heals a session key that can no longer be opened', async () => {
    const on = stage();
    const { accountId } = await new LogIn(on).execute(on.gateway.issueCode('alice'), null);
    const later = { ...on, vault: vaultOf('k9') };
    await new LogIn(later).execute(on.gateway.issueCode('alice'), null);
    expect(await on.accounts.find(accountId)).toMatchObject({ sessionKey: { keyId: 'k9' } });
  });

  it('learns a unionid that comes later, and does not forget one that stays away', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const exchange = on.gateway.exchangeCode.bind(on.gateway);
    const spy = vi.spyOn(on.gateway, 'exchangeCode');
    const { accountId } = await logIn.execute(on.gateway.issueCode('alice'), null);
    expect(await on.accounts.find(accountId)).toMatchObject({ unionid: null });
    spy.mockImplementationOnce(async (code) => ({ ...(await exchange(code)), unionid: 'u1' as never }));
    await logIn.execute(on.gateway.issueCode('alice'), null);
    expect(await on.accounts.find(accountId)).toMatchObject({ unionid: 'u1' });
    await logIn.execute(on.gateway.issueCode('alice'), null);
    expect(await on.accounts.find(accountId)).toMatchObject({ unionid: 'u1' });
  });
});

describe('one device only', () => {
  it('a new login ends the earlier ones of the same user and of nobody else', async () => {
    const on = stage({ singleDevice: true });
    const logIn = new LogIn(on);
    const [old, bob] = [
      await logIn.execute(on.gateway.issueCode('alice'), null),
      await logIn.execute(on.gateway.issueCode('bob'), null),
    ];
    on.clock.pass(SECOND);
    const fresh = await logIn.execute(on.gateway.issueCode('alice'), null);
    const authenticate = new Authenticate(on);
    await expect(authenticate.execute(old.token)).rejects.toThrow(NotAuthenticated);
    for (const { token } of [fresh, bob]) await expect(authenticate.execute(token)).resolves.toBeDefined();
  });

  it('the later login stays whatever the clock does: stand still, jump back, differ from another instance', async () => {
    const on = stage({ singleDevice: true });
    const logIn = new LogIn(on);
    const authenticate = new Authenticate(on);
    for (const jump of [0, 0, -60_000, 0, 5_000, -1]) {
      on.clock.pass(jump);
      const { token, accountId } = await logIn.execute(on.gateway.issueCode('alice'), null);
      await expect(authenticate.execute(token)).resolves.toBeDefined();
      expect(await on.sessions.list(accountId)).toHaveLength(1);
    }
  });

  it('of many logins at once one is left, and never none', async () => {
    const on = stage({ singleDevice: true });
    const logIn = new LogIn(on);
    const logins = Array.from({ length: 20 }, () => logIn.execute(on.gateway.issueCode('alice'), null));
    const [first] = await Promise.all(logins);
    expect(await on.sessions.list(first!.accountId)).toHaveLength(1);
  });
});

describe('authenticate', () => {
  it('looks nothing up for a mistyped token', async () => {
    const on = stage();
    const { token } = await new LogIn(on).execute(on.gateway.issueCode('alice'), null);
    const lookUp = vi.spyOn(on.sessions, 'findByDigest');
    const mistyped = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0');
    for (const wrong of [mistyped, '', 'mpt_', token.toLowerCase(), ` ${token}`]) {
      await expect(new Authenticate(on).execute(wrong)).rejects.toThrow(NotAuthenticated);
    }
    expect(lookUp).not.toHaveBeenCalled();
    await new Authenticate(on).execute(token);
    expect(lookUp).toHaveBeenCalledOnce();
  });

  it('lets a user in whose use cannot be noted, on a full disk for instance', async () => {
    const on = stage();
    const { token } = await new LogIn(on).execute(on.gateway.issueCode('alice'), null);
    on.clock.pass(DAY);
    vi.spyOn(on.sessions, 'touch').mockRejectedValueOnce(new Outage('storage-unavailable', 'full'));
    await expect(new Authenticate(on).execute(token)).resolves.toBeDefined();
    vi.spyOn(on.sessions, 'touch').mockRejectedValueOnce(new TypeError('a bug'));
    await expect(new Authenticate(on).execute(token)).rejects.toThrow('a bug');
  });

  it('notes a use now and then, and not each time', async () => {
    const on = stage();
    const { token, accountId } = await new LogIn(on).execute(on.gateway.issueCode('alice'), null);
    const touch = vi.spyOn(on.sessions, 'touch');
    const authenticate = new Authenticate(on);
    for (let minute = 0; minute < 10; minute += 1) {
      await authenticate.execute(token);
      on.clock.pass(MINUTE);
    }
    expect(touch).toHaveBeenCalledTimes(1);
    expect(await on.sessions.list(accountId)).toMatchObject([{ lastSeenAt: later(NOON, 5 * MINUTE) }]);
  });
});

describe('sessions', () => {
  it('are listed while they live, and revoked one by one or all', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const { accountId } = await logIn.execute(on.gateway.issueCode('alice'), 'old phone');
    on.clock.pass(6 * DAY);
    await logIn.execute(on.gateway.issueCode('alice'), 'new phone');
    const list = new ListSessions(on);
    const [newer, older] = await list.execute(accountId);
    expect([newer, older]).toMatchObject([{ device: 'new phone' }, { device: 'old phone' }]);
    on.clock.pass(DAY);
    expect(await list.execute(accountId)).toEqual([newer]);

    const revoke = new RevokeSession(on);
    await revoke.execute(accountId, newer!.id);
    expect(await list.execute(accountId)).toEqual([]);
    await expect(revoke.execute(accountId, newer!.id)).rejects.toThrow(SessionNotFound);
  });

  it("are nobody else's to revoke", async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const alice = await logIn.execute(on.gateway.issueCode('alice'), null);
    const bob = await logIn.execute(on.gateway.issueCode('bob'), null);
    const [session] = await on.sessions.list(bob.accountId);
    await expect(new RevokeSession(on).execute(alice.accountId, session!.id)).rejects.toThrow(SessionNotFound);
    await new RevokeAllSessions(on).execute(alice.accountId);
    await expect(new Authenticate(on).execute(bob.token)).resolves.toBeDefined();
    await expect(new Authenticate(on).execute(alice.token)).rejects.toThrow(NotAuthenticated);
  });

  it('are swept when they are over, in as many batches as it takes', async () => {
    const on = stage();
    const logIn = new LogIn(on);
    const logins = Array.from({ length: 1_200 }, (_, n) => logIn.execute(on.gateway.issueCode(`user${n}`), null));
    await Promise.all(logins);
    on.clock.pass(6 * DAY);
    const alive = await logIn.execute(on.gateway.issueCode('alice'), null);
    on.clock.pass(DAY);
    expect(await new SweepSessions(on).execute()).toBe(1_200);
    expect(await new SweepSessions(on).execute()).toBe(0);
    expect(await on.sessions.list(alive.accountId)).toHaveLength(1);
  });
});

describe('an outage of WeChat', () => {
  it('leaves no account and no session behind', async () => {
    const on = stage();
    on.gateway.broken = true;
    await expect(new LogIn(on).execute(on.gateway.issueCode('alice'), null)).rejects.toThrow(Outage);
    expect(await on.accounts.sessionKeyIds()).toEqual([]);
  });
});
