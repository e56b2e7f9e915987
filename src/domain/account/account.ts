import type { Brand } from '../brand.ts';
import { EMPTY_PROFILE, type Profile } from './profile.ts';
import type { SealedSessionKey } from './sealed-session-key.ts';

export type AccountId = Brand<string, 'AccountId'>;
export type AppId = Brand<string, 'AppId'>;
export type OpenId = Brand<string, 'OpenId'>;
export type UnionId = Brand<string, 'UnionId'>;

/** One user of one mini program. The same person in another app is another account, joined by `unionid`. */
export interface Account {
  readonly id: AccountId;
  readonly appid: AppId;
  readonly openid: OpenId;
  readonly unionid: UnionId | null;
  readonly profile: Profile;
  readonly sessionKey: SealedSessionKey;
  readonly createdAt: Date;
  /** Counts the saves; a save only goes over the version that was read. */
  readonly version: number;
}

export type NewAccount = Pick<Account, 'id' | 'appid' | 'openid' | 'unionid' | 'sessionKey' | 'createdAt'>;

export const openAccount = (fresh: NewAccount): Account => ({ ...fresh, profile: EMPTY_PROFILE, version: 1 });
