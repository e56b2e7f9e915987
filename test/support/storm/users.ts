import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatorControl } from '../simulator-control.ts';
import { ask, RETRY, type Where } from './asker.ts';
import type { Me, OpenHistory, ToldLogin } from './world.ts';

/** What users were told. */
type UserHistory = Pick<OpenHistory, 'logins' | 'names' | 'refused'>;

const A_WHILE = 200;

const MOST_REFUSALS = 5;

/** Of so many logins each is asked about in the end. */
const MOST_ASKED = 200;

/** The users of the mini program: they log in now and then, and change their names. */
export class Users {
  readonly #wechat: SimulatorControl;
  readonly #history: UserHistory;
  readonly #logins = new Map<string, Promise<ToldLogin>>();
  /** One change of a name at a time, so that it is known which was the last. */
  readonly #naming = new Map<string, Promise<void>>();
  readonly #refused = new Map<ToldLogin, number>();
  #names = 0;

  constructor(wechat: SimulatorControl, history: UserHistory) {
    this.#wechat = wechat;
    this.#history = history;
  }

  get names(): string[] {
    return [...this.#logins.keys()];
  }

  /** With the token that the user has. */
  login(user: string, at: Where): Promise<ToldLogin> {
    return this.#logins.get(user) ?? this.logInAgain(user, at);
  }

  logInAgain(user: string, at: Where): Promise<ToldLogin> {
    const login = this.#logIn(user, at);
    this.#logins.set(user, login);
    return login;
  }

  /** The server does not know the token that it gave out: it is tried some times more, and then there is another. */
  async refused(user: string, login: ToldLogin): Promise<void> {
    this.#history.refused.push(login.openid);
    const times = (this.#refused.get(login) ?? 0) + 1;
    this.#refused.set(login, times);
    if (times === MOST_REFUSALS) this.#logins.delete(user);
    await wait(A_WHILE);
  }

  async rename(user: string, at: Where): Promise<void> {
    const before = this.#naming.get(user);
    const renaming = (before ?? Promise.resolve()).then(() => this.#rename(user, at));
    this.#naming.set(user, renaming);
    await renaming;
  }

  /** Who the server says that everybody is. */
  async all(at: Where): Promise<Me[]> {
    const asked: Me[] = [];
    for (const login of this.#history.logins.slice(-MOST_ASKED)) {
      const { status, body } = await ask(at, '/v1/me', { method: 'GET', token: login.token });
      const account = status === 200 ? { openid: body.openid, nickName: body.profile.nickName } : null;
      asked.push({ login, account });
    }
    return asked;
  }

  /** A code that was used up by an answer that got lost is followed by another. */
  async #logIn(user: string, at: Where): Promise<ToldLogin> {
    const { openid } = await this.#wechat.call<{ openid: string }>('PATCH', `users/${user}`);
    for (;;) {
      const code = await this.#wechat.issueCode(user);
      const { status, body, text } = await ask(at, '/v1/login', { json: { code } });
      if (status === 200) {
        const login = { token: body.token as string, openid };
        this.#history.logins.push(login);
        return login;
      }
      if (!ANEW.has(body.code)) throw new Error(`login: ${status} ${text}`);
      await wait(RETRY);
    }
  }

  async #rename(user: string, at: Where): Promise<void> {
    const login = await this.login(user, at);
    const { names } = this.#history;
    const { told, tried } = names.get(login.openid) ?? { told: null, tried: [] };
    const nickName = `name-${(this.#names += 1)}`;
    names.set(login.openid, { told, tried: [...tried, nickName] });
    const { status, text } = await ask(at, '/v1/me', { method: 'PATCH', token: login.token, json: { nickName } });
    if (status === 401) return this.refused(user, login);
    if (status !== 200) throw new Error(`renaming: ${status} ${text}`);
    names.set(login.openid, { told: nickName, tried: [] });
  }
}

/** What is answered to a code that WeChat has seen already, or for too long, and where too many log in. */
const ANEW: ReadonlySet<string> = new Set([
  'login-code-used',
  'login-code-invalid',
  'login-too-often',
  'too-many-requests',
]);
