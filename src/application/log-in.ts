import type { AccountRepository } from '../domain/account/account-repository.ts';
import { type Account, type AccountId, openAccount } from '../domain/account/account.ts';
import { CannotUnseal, type SessionKeyVault } from '../domain/account/session-key-vault.ts';
import type { Clock } from '../domain/clock.ts';
import type { IdSource } from '../domain/id-source.ts';
import type { Secret } from '../domain/secret.ts';
import { type LoginCode, loginCode, LoginCodeUsed } from '../domain/session/login-code.ts';
import type { MiniProgramGateway, WechatIdentity } from '../domain/session/mini-program-gateway.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';
import {
  beginningAfter,
  openSession,
  type Session,
  type SessionId,
  type SessionPolicy,
} from '../domain/session/session.ts';
import type { TokenIssuer } from '../domain/session/token-issuer.ts';
import { saveAccount } from './save-account.ts';
import { SingleFlight } from './single-flight.ts';
import { SpentCodes } from './spent-codes.ts';

interface Needs {
  readonly gateway: MiniProgramGateway;
  readonly accounts: AccountRepository;
  readonly sessions: SessionRepository;
  readonly tokens: TokenIssuer;
  readonly vault: SessionKeyVault;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly policy: SessionPolicy;
  /** A simulator has codes that are good again and again; WeChat has none. */
  readonly isReusable: (code: LoginCode) => boolean;
}

export interface LoggedIn {
  readonly token: string;
  readonly accountId: AccountId;
  readonly expiresAt: Date;
}

/**
 * Turns a code of `wx.login` into a session.
 * Requests that carry one code at the same time are one login: one exchange, one session, one answer.
 * Whoever comes with it later is refused without asking WeChat again.
 */
export class LogIn {
  readonly #needs: Needs;
  readonly #logins = new SingleFlight<LoginCode, LoggedIn>();
  readonly #spent: SpentCodes;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#spent = new SpentCodes(needs.clock);
  }

  async execute(code: string, device: string | null): Promise<LoggedIn> {
    const checked = loginCode(code);
    return this.#logins.run(checked, () => this.#logIn(checked, device));
  }

  async #logIn(code: LoginCode, device: string | null): Promise<LoggedIn> {
    if (this.#spent.has(code)) throw new LoginCodeUsed();
    const identity = await this.#needs.gateway.exchangeCode(code);
    if (!this.#needs.isReusable(code)) this.#spent.add(code);
    const account = await this.#meet(identity);
    const { token, session } = await this.#begin(account, device);
    return { token, accountId: account.id, expiresAt: session.expiresAt };
  }

  /** Finds the account of the identity, or makes it, and sees that it holds what WeChat said last. */
  async #meet(identity: WechatIdentity): Promise<Account> {
    const { accounts, clock, gateway, ids, vault } = this.#needs;
    const { openid, unionid, sessionKey } = identity;
    const { appid } = gateway;
    const account = await accounts.register(
      openAccount({
        id: ids.next() as AccountId,
        appid,
        openid,
        unionid,
        sessionKey: vault.seal(sessionKey, { appid, openid }),
        createdAt: clock.now(),
      }),
    );
    return saveAccount(accounts, account, (read) => this.#withNews(read, identity));
  }

  #withNews(account: Account, { unionid, sessionKey }: WechatIdentity): Account {
    const knownUnionid = unionid ?? account.unionid;
    const sameKey = this.#holds(account, sessionKey);
    if (sameKey && knownUnionid === account.unionid) return account;
    const sealed = sameKey ? account.sessionKey : this.#needs.vault.seal(sessionKey, account);
    return { ...account, unionid: knownUnionid, sessionKey: sealed };
  }

  #holds(account: Account, sessionKey: Secret): boolean {
    try {
      return this.#needs.vault.unseal(account.sessionKey, account).equals(sessionKey);
    } catch (error) {
      if (error instanceof CannotUnseal) return false;
      throw error;
    }
  }

  async #begin(account: Account, device: string | null): Promise<{ token: string; session: Session }> {
    const { clock, ids, policy, sessions, tokens } = this.#needs;
    const { token, digest } = tokens.issue();
    const fresh = { id: ids.next() as SessionId, accountId: account.id, tokenDigest: digest, device };
    const session = openSession(fresh, clock.now(), policy);
    await (policy.singleDevice ? this.#replaceOthers(session) : sessions.add(session));
    return { token, session };
  }

  async #replaceOthers(session: Session): Promise<void> {
    const { sessions } = this.#needs;
    await sessions.add(beginningAfter(session, await sessions.list(session.accountId)));
    await sessions.keepLatest(session.accountId);
  }
}
