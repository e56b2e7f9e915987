import type { AppId, OpenId, UnionId } from '../account/account.ts';
import type { ProfileChange } from '../account/profile.ts';
import { type Circumstances, Refusal } from '../refusal.ts';
import type { Secret } from '../secret.ts';
import type { LoginCode } from './login-code.ts';

/** Who WeChat says has logged in. */
export interface WechatIdentity {
  readonly openid: OpenId;
  /** Only when the mini program is bound to an Open Platform account. */
  readonly unionid: UnionId | null;
  /** Base64 of 16 bytes. Opens what WeChat encrypts for this user; it never leaves the server. */
  readonly sessionKey: Secret;
}

/** User data as `wx.getUserProfile` and its kin hand it to the mini program, sealed with the session key. */
export interface UserDataEnvelope {
  /** Base64. */
  readonly encryptedData: string;
  /** Base64 of 16 bytes. */
  readonly iv: string;
  /** The same data in the clear, to the letter as WeChat gave it; goes with `signature`. */
  readonly rawData?: string | undefined;
  readonly signature?: string | undefined;
}

/**
 * What an envelope held. Its cipher (AES-CBC) proves nothing: a user can bend an envelope of their own, so this is
 * no more than what they say of themself, and never who they are.
 */
export interface UserData {
  /** Some kinds of user data name their user; the profile kind does. */
  readonly openid: OpenId | null;
  readonly profile: ProfileChange;
}

/** One shape for whatever is wrong inside an envelope, so that nobody can feel their way to its content. */
export class SessionKeyStale extends Refusal {
  readonly code = 'session-key-stale';

  constructor(circumstances?: Circumstances) {
    super(
      'The data cannot be read with the session key we hold. Call wx.login, log in, and ask WeChat for the data anew.',
      circumstances,
    );
  }
}

/** WeChat's mini program platform, as one app sees it. */
export interface MiniProgramGateway {
  readonly appid: AppId;

  /**
   * Exchanges a login code for the identity of its user.
   * Answers the same openid for every code of one user.
   * Refuses an unknown code with LoginCodeInvalid.
   * Refuses a code that was exchanged before with LoginCodeUsed.
   * Refuses a user whom WeChat holds for risky with LoginUserBlocked.
   * Refuses a user who comes too often with LoginTooOften.
   * Throws an Outage when WeChat gives no usable answer.
   */
  exchangeCode(code: LoginCode): Promise<WechatIdentity>;

  /**
   * Opens an envelope with its user's session key.
   * Refuses an envelope that another session key sealed with SessionKeyStale.
   * Refuses an envelope that was cut short with SessionKeyStale.
   * Refuses an envelope meant for another app with SessionKeyStale.
   * Refuses an envelope older than the allowed age with SessionKeyStale.
   * Refuses raw data that its signature does not fit with SessionKeyStale.
   */
  openUserData(envelope: UserDataEnvelope, sessionKey: Secret): UserData;
}
