import type { AppId } from '../../../domain/account/account.ts';
import type { MchId } from '../../../domain/order/order.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { V2SignType } from '../protocol/v2-signature.ts';

/** Who speaks to WeChat Pay, and how it is signed in both directions. */
export interface V2Identity {
  readonly appid: AppId;
  readonly mchid: MchId;
  /** 32 bytes. */
  readonly key: Secret;
  /** The one algorithm of this merchant: no message has a say in it. */
  readonly signType: V2SignType;
}

export interface PayV2Settings extends V2Identity {
  readonly baseUrl: string;
  readonly backupBaseUrl: string;
  /** Where WeChat is to send notices; without a query. */
  readonly notifyUrl: string;
  /** Whether WeChat is told how its calls went (交易保障). */
  readonly reports: boolean;
  /** How long one call may take with all its repeats, in milliseconds. */
  readonly deadline: number;
}
