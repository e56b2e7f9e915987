import { createHash } from 'node:crypto';
import type { AppId, OpenId, UnionId } from '../../src/domain/account/account.ts';
import type { ProfileChange } from '../../src/domain/account/profile.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import { Secret } from '../../src/domain/secret.ts';
import {
  type LoginCode,
  LoginCodeInvalid,
  LoginCodeUsed,
  LoginTooOften,
  LoginUserBlocked,
} from '../../src/domain/session/login-code.ts';
import {
  type MiniProgramGateway,
  SessionKeyStale,
  type UserData,
  type UserDataEnvelope,
  type WechatIdentity,
} from '../../src/domain/session/mini-program-gateway.ts';
import { APPID } from './samples.ts';

interface Seal {
  readonly profile?: ProfileChange;
  readonly appid?: string;
  readonly age?: number;
}

interface Sealed {
  readonly key: string;
  readonly appid: string;
  readonly at: number;
  readonly openid: string;
  readonly profile: ProfileChange;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

/** A WeChat in a few Maps, for tests of what stands above the port. No network and no cipher. */
export class FakeMiniProgram implements MiniProgramGateway {
  readonly appid: AppId = APPID;
  readonly #clock: Clock;
  readonly #maxAge: number;
  readonly #codes = new Map<string, { user: string; used: boolean }>();
  readonly #keys = new Map<string, string>();
  readonly blocked = new Set<string>();
  readonly tooOften = new Set<string>();
  broken = false;
  exchanges = 0;

  constructor(clock: Clock, maxAge = 300_000) {
    this.#clock = clock;
    this.#maxAge = maxAge;
  }

  issueCode(user: string): LoginCode {
    const code = `code-${user}-${this.#codes.size}`;
    this.#codes.set(code, { user, used: false });
    return code as LoginCode;
  }

  renewSessionKey(user: string): void {
    this.#keys.set(user, digest(`${user} ${Math.random()}`).slice(0, 22).concat('=='));
  }

  async exchangeCode(code: LoginCode): Promise<WechatIdentity> {
    this.exchanges += 1;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.broken) throw new Outage('wechat-unreachable', 'WeChat cannot be reached.');
    const issued = this.#codes.get(code);
    if (!issued) throw new LoginCodeInvalid();
    if (issued.used) throw new LoginCodeUsed();
    issued.used = true;
    if (this.blocked.has(issued.user)) throw new LoginUserBlocked();
    if (this.tooOften.has(issued.user)) throw new LoginTooOften();
    return this.#identityOf(issued.user);
  }

  seal(user: string, { profile = {}, appid = APPID, age = 0 }: Seal = {}): UserDataEnvelope {
    const { openid, sessionKey } = this.#identityOf(user);
    const key = digest(sessionKey.reveal());
    const at = this.#clock.now().getTime() - age;
    const text = JSON.stringify({ key, appid, at, openid, profile } satisfies Sealed);
    const rawData = JSON.stringify(profile);
    const encryptedData = Buffer.from(text + digest(text)).toString('base64');
    return { encryptedData, iv: Buffer.alloc(16).toString('base64'), rawData, signature: digest(rawData + key) };
  }

  openUserData({ encryptedData, rawData, signature }: UserDataEnvelope, sessionKey: Secret): UserData {
    const whole = Buffer.from(encryptedData, 'base64').toString();
    const text = whole.slice(0, -44);
    if (digest(text) !== whole.slice(-44)) throw new SessionKeyStale();
    const { key, appid, at, openid, profile } = JSON.parse(text) as Sealed;
    const fits = key === digest(sessionKey.reveal()) && appid === this.appid;
    const fresh = this.#clock.now().getTime() - at <= this.#maxAge;
    const signed = rawData === undefined || signature === digest(rawData + key);
    if (!fits || !fresh || !signed) throw new SessionKeyStale();
    return { openid: openid as OpenId, profile };
  }

  #identityOf(user: string): WechatIdentity {
    if (!this.#keys.has(user)) this.renewSessionKey(user);
    const unionid = user.startsWith('union-') ? (`u-${user}` as UnionId) : null;
    return { openid: `o-${user}` as OpenId, unionid, sessionKey: new Secret(this.#keys.get(user)!) };
  }
}
