import { problemIn, unreadable, WexagonProblem } from './problem.ts';
import type { Account, LoggedIn, Order, PaymentRequest, ProfileChange, UserData } from './types.ts';

type Method = 'GET' | 'POST' | 'DELETE';

interface Heard<Answer> {
  readonly success: (answer: Answer) => void;
  readonly fail: (reason: unknown) => void;
}

/** As much of the global `wx` as is needed here. */
export interface Wx {
  request(
    options: Heard<{ readonly statusCode: number; readonly data: unknown }> & {
      readonly url: string;
      readonly method: Method;
      readonly header: Readonly<Record<string, string>>;
      readonly data?: object | undefined;
    },
  ): unknown;
  login(options: Heard<{ readonly code: string }>): unknown;
  requestPayment(options: Heard<unknown> & PaymentRequest): unknown;
  getStorageSync(key: string): unknown;
  setStorageSync(key: string, value: string): void;
  removeStorageSync(key: string): void;
}

export interface MiniProgramOptions {
  /** One of the mini program's request 合法域名, like `https://api.example.com`. */
  readonly baseUrl: string;
  readonly wx: Wx;
  /** Where a login code comes from instead of `wx.login`: in the sandbox, from `dev-<name>`. */
  readonly loginCode?: (() => Promise<string>) | undefined;
  /** How often to ask, and with how many milliseconds in between, whether what was tapped has been paid. */
  readonly patience?: { readonly tries: number; readonly pause: number } | undefined;
}

export type MiniProgramClient = ReturnType<typeof createMiniProgramClient>;

const TOKEN = 'wexagon.token';

/** Speaks to Wexagon from a mini program. It logs in when it has to, and once for many calls at the same time. */
export function createMiniProgramClient(options: MiniProgramOptions) {
  const { patience = { tries: 10, pause: 3_000 } } = options;
  const session = sessionWith(options);
  const { call, login } = session;
  const order = (number: string): Promise<Order> => call('GET', pathOf(number));
  const sync = (number: string): Promise<Order> => call('POST', pathOf(number, '/sync'));
  return {
    login,
    /** The token, for a backend of your own that asks the server whose it is. */
    token: session.token,
    /** Forgets the token, and has the server forget it. */
    logout: session.logout,
    /** Any call of the server's, with the user's token. */
    call,
    me: (): Promise<Account> => call('GET', '/v1/me'),
    updateProfile: (change: ProfileChange): Promise<Account> => call('POST', '/v1/me', change),
    /** Takes over what WeChat sealed. `read` gets it anew where the key it was sealed with is not the server's any more. */
    importProfile: (read: () => Promise<UserData>): Promise<Account> => importProfile(session, read),
    order,
    sync,
    /**
     * Has the user pay, and answers the order once the server knows that it is paid, or when it has been enough.
     * Only `state: 'paid'` means paid. A second tap gets the answer to the first.
     */
    pay: onceForEach(async (number: string): Promise<Order> => {
      const request = await call<PaymentRequest>('POST', pathOf(number, '/pay')).catch(unlessPaid);
      const tapped = request !== undefined && (await tap(options.wx, request));
      for (let tries = tapped ? patience.tries : 1; tries > 0; tries -= 1) {
        const known = await sync(number).catch(() => undefined);
        if (known?.state === 'paid') return known;
        if (tries > 1) await new Promise((resolve) => setTimeout(resolve, patience.pause));
      }
      return order(number);
    }),
  };
}

const pathOf = (number: string, rest = ''): string => `/v1/orders/${encodeURIComponent(number)}${rest}`;

const hasCode = (error: unknown, code: string): boolean => error instanceof WexagonProblem && error.code === code;

function unlessPaid(error: unknown): undefined {
  if (!hasCode(error, 'order-paid')) throw error;
}

/** Whether the user went through with it, as the phone sees it: a reason to look again, and no more. */
const tap = (wx: Wx, { timeStamp, nonceStr, package: pass, signType, paySign }: PaymentRequest): Promise<boolean> =>
  new Promise((resolve) => {
    const heard = { success: () => resolve(true), fail: () => resolve(false) };
    wx.requestPayment({ timeStamp, nonceStr, package: pass, signType, paySign, ...heard });
  });

type Session = ReturnType<typeof sessionWith>;

async function importProfile({ call, login }: Session, read: () => Promise<UserData>): Promise<Account> {
  const send = async (): Promise<Account> => call('POST', '/v1/me/profile', await read());
  try {
    return await send();
  } catch (error) {
    if (!hasCode(error, 'session-key-stale')) throw error;
    await login();
    return send();
  }
}

/** The calls that need a token, and what gets one. */
function sessionWith({ baseUrl, wx, loginCode = () => codeOf(wx) }: MiniProgramOptions) {
  const token = tokenIn(wx);
  const send = <Answer>(method: Method, path: string, data?: object): Promise<Answer> =>
    sendBy(wx, { url: baseUrl.replace(/\/$/, '') + path, method, data, token: token.value });
  const login = onceAtATime(async (): Promise<LoggedIn> => {
    const loggedIn = await send<LoggedIn>('POST', '/v1/login', { code: await loginCode() });
    token.keep(loggedIn.token);
    return loggedIn;
  });
  async function call<Answer>(method: Method, path: string, data?: object): Promise<Answer> {
    if (token.value === '') await login();
    const used = token.value;
    const again = async (error: unknown): Promise<Answer> => {
      if (!hasCode(error, 'not-authenticated')) throw error;
      // Another call may have logged in meanwhile; its token is as good.
      if (token.value === used) await login();
      return send<Answer>(method, path, data);
    };
    return send<Answer>(method, path, data).catch(again);
  }
  const shown = async (): Promise<string> => token.value || (await login()).token;
  return { call, login, logout: () => leave(send, token), token: shown };
}

async function leave(send: (method: Method, path: string) => Promise<unknown>, token: Token): Promise<void> {
  const leaving = token.value === '' ? undefined : send('DELETE', '/v1/sessions/current');
  token.keep('');
  await leaving?.catch((error: unknown) => {
    if (!hasCode(error, 'not-authenticated')) throw error;
  });
}

type Token = ReturnType<typeof tokenIn>;

/** Kept on the phone. */
function tokenIn(wx: Wx) {
  const token = {
    value: readToken(wx),
    keep(value: string): void {
      token.value = value;
      writeToken(wx, value);
    },
  };
  return token;
}

function readToken(wx: Wx): string {
  try {
    const kept = wx.getStorageSync(TOKEN);
    return typeof kept === 'string' ? kept : '';
  } catch {
    return '';
  }
}

/** A phone whose storage is full still has the token for as long as the mini program lives. */
function writeToken(wx: Wx, token: string): void {
  try {
    if (token === '') wx.removeStorageSync(TOKEN);
    else wx.setStorageSync(TOKEN, token);
  } catch {}
}

const codeOf = (wx: Wx): Promise<string> =>
  new Promise((resolve, reject) => {
    const failed = (cause: unknown): void =>
      reject(new WexagonProblem('wx-login-failed', 'wx.login gave no code.', { cause }));
    wx.login({ success: ({ code }) => (code ? resolve(code) : failed(undefined)), fail: failed });
  });

interface Sent {
  readonly url: string;
  readonly method: Method;
  readonly data: object | undefined;
  readonly token: string;
}

const sendBy = <Answer>(wx: Wx, { url, method, data, token }: Sent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const header = {
      'content-type': 'application/json',
      ...(token !== '' && { authorization: `Bearer ${token}` }),
    };
    wx.request({
      url,
      method,
      header,
      ...(data && { data }),
      success({ statusCode, data: body }) {
        if (statusCode >= 400) reject(problemIn(body, statusCode));
        // A page of somebody else's in our place is no yes.
        else if (statusCode !== 204 && (typeof body !== 'object' || body === null)) reject(unreadable(statusCode));
        else resolve(body as Answer);
      },
      fail: (cause) => reject(new WexagonProblem('network-failed', 'The server cannot be reached.', { cause })),
    });
  });

/** Whoever comes while it is under way gets the same answer. */
function onceAtATime<Answer>(work: () => Promise<Answer>): () => Promise<Answer> {
  const once = onceForEach(work);
  return () => once('');
}

function onceForEach<Answer>(work: (name: string) => Promise<Answer>): (name: string) => Promise<Answer> {
  const underWay = new Map<string, Promise<Answer>>();
  return (name) => {
    const begun = underWay.get(name) ?? work(name).finally(() => underWay.delete(name));
    underWay.set(name, begun);
    return begun;
  };
}
