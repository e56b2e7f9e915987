import type { AppId, OpenId, UnionId } from '../../../domain/account/account.ts';
import type { Clock } from '../../../domain/clock.ts';
import { Outage } from '../../../domain/outage.ts';
import { Secret } from '../../../domain/secret.ts';
import type { LoginCode } from '../../../domain/session/login-code.ts';
import {
  type MiniProgramGateway,
  SessionKeyStale,
  type UserData,
  type UserDataEnvelope,
  type WechatIdentity,
} from '../../../domain/session/mini-program-gateway.ts';
import { strictBase64 } from '../protocol/base64.ts';
import { isSignedRawData } from '../protocol/raw-data.ts';
import { decryptUserData, UnreadableUserData } from '../protocol/user-data.ts';
import { checkWatermark } from '../protocol/watermark.ts';
import { loginError } from './login-errors.ts';
import { profileOf } from './profile-of.ts';
import { WechatClient } from './wechat-client.ts';
import { WechatFault } from './wechat-fault.ts';

export interface MiniProgramSettings {
  readonly appid: AppId;
  readonly secret: Secret;
  readonly baseUrl: string;
  readonly deadline: number;
  /** How old user data may be, in milliseconds; Infinity takes any. */
  readonly watermarkMaxAge: number;
}

/** The real WeChat, or anything that speaks like it. */
export class WechatMiniProgram implements MiniProgramGateway {
  readonly appid: AppId;
  readonly #settings: MiniProgramSettings;
  readonly #clock: Clock;
  readonly #client: WechatClient;

  constructor(settings: MiniProgramSettings, clock: Clock) {
    this.appid = settings.appid;
    this.#settings = settings;
    this.#clock = clock;
    this.#client = new WechatClient(settings);
  }

  /** Never repeated by us: after a failure that looks like none, the code may still be spent. */
  async exchangeCode(code: LoginCode): Promise<WechatIdentity> {
    const { appid, secret } = this.#settings;
    const answer = await this.#client.get('/sns/jscode2session', {
      appid,
      secret: secret.reveal(),
      js_code: code,
      grant_type: 'authorization_code',
    });
    const { errcode, errmsg } = answer;
    // A success may come with `errcode: 0` or without any: WeChat's page shows both.
    if (typeof errcode === 'number' && errcode !== 0) throw loginError(errcode, errmsg);
    return identityOf(answer);
  }

  openUserData(envelope: UserDataEnvelope, sessionKey: Secret): UserData {
    try {
      return this.#open(envelope, sessionKey.reveal());
    } catch (cause) {
      if (cause instanceof UnreadableUserData) throw new SessionKeyStale({ cause });
      throw cause;
    }
  }

  #open(envelope: UserDataEnvelope, sessionKey: string): UserData {
    const { rawData, signature } = envelope;
    if (rawData !== undefined && !isSignedRawData(rawData, signature ?? '', sessionKey)) {
      throw new UnreadableUserData('raw data signature');
    }
    const data = decryptUserData(envelope, sessionKey);
    const { appid, watermarkMaxAge } = this.#settings;
    checkWatermark(data, { appid, now: this.#clock.now(), maxAge: watermarkMaxAge });
    return {
      openid: text(data.openId) as OpenId | null,
      profile: profileOf(data),
    };
  }
}

function identityOf({ openid, unionid, session_key }: Record<string, unknown>): WechatIdentity {
  const id = text(openid) as OpenId | null;
  const key = text(session_key);
  if (id === null || key === null || strictBase64(key)?.length !== 16) {
    const cause = new WechatFault('a success without openid and session_key');
    throw new Outage('wechat-unreadable', 'WeChat gave an answer that we do not understand.', { cause });
  }
  return { openid: id, unionid: text(unionid) as UnionId | null, sessionKey: new Secret(key) };
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
