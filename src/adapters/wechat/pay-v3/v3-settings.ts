import type { KeyObject } from 'node:crypto';
import type { AppId } from '../../../domain/account/account.ts';
import type { MchId } from '../../../domain/order/order.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { MerchantCertificate } from '../pay-client/merchant-certificate.ts';

/** Who speaks to WeChat Pay, and what is signed and opened with. */
export interface V3Identity {
  readonly appid: AppId;
  readonly mchid: MchId;
  /** The APIv3 key: 32 bytes, which open what WeChat seals. */
  readonly key: Secret;
  /** Its key signs our requests, its serial number says so. */
  readonly certificate: MerchantCertificate;
}

export interface PayV3Settings extends V3Identity {
  /** In whose name apps pay; null where no app does. */
  readonly appAppid: AppId | null;
  readonly baseUrl: string;
  readonly backupBaseUrl: string;
  /** Where WeChat is to send notices, of payments and of refunds; without a query. */
  readonly notifyUrl: string;
  /** WeChat Pay's public key (微信支付公钥) and its id; null where WeChat's certificates are fetched instead. */
  readonly publicKey: { readonly id: string; readonly key: KeyObject } | null;
  /** How long one call may take with all its repeats, in milliseconds; a refund may take twice as long. */
  readonly deadline: number;
}
