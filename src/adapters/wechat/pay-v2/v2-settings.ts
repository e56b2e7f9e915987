import type { AppId } from '../../../domain/account/account.ts';
import type { MchId } from '../../../domain/order/order.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { ClientCertificate } from '../pay-client/merchant-certificate.ts';
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
  /** In whose name apps pay; null where no app does. */
  readonly appAppid: AppId | null;
  readonly baseUrl: string;
  readonly backupBaseUrl: string;
  /** Where WeChat is to send notices; without a query. */
  readonly notifyUrl: string;
  /** The same for notices of refunds. */
  readonly refundNotifyUrl: string;
  /** Without one WeChat takes no refunds of us. A host that is spoken to without TLS never sees it. */
  readonly certificate: ClientCertificate | null;
  /** Whether WeChat is told how its calls went (交易保障). */
  readonly reports: boolean;
  /** How long one call may take with all its repeats, in milliseconds; a refund may take twice as long. */
  readonly deadline: number;
}

/** The mini program's, or the app's own. */
export const isOurAppid = (
  appid: string | undefined,
  { appid: ours, appAppid }: Pick<PayV2Settings, 'appid' | 'appAppid'>,
): boolean => appid === ours || (appAppid !== null && appid === appAppid);
