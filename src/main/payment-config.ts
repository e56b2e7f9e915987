import type { MerchantCertificate, ClientCertificate } from '../adapters/wechat/pay-client/merchant-certificate.ts';
import type { PayV2Settings } from '../adapters/wechat/pay-v2/v2-settings.ts';
import type { PayV3Settings } from '../adapters/wechat/pay-v3/v3-settings.ts';
import type { AppId } from '../domain/account/account.ts';
import { SECOND } from '../domain/clock.ts';
import type { MchId } from '../domain/order/order.ts';
import type { PayApi } from '../domain/order/pay-api.ts';
import { Secret } from '../domain/secret.ts';
import { certificateIn } from './certificate-files.ts';
import type { Environment } from './environment.ts';
import { publicKeyIn } from './public-key-file.ts';
import type { Variables } from './variables.ts';

/** How payments are taken. Where an order came by another version than the one of today, that one is needed as well. */
export interface PaymentConfig {
  /** In which version new orders are put to WeChat. */
  readonly api: PayApi;
  readonly mchid: MchId;
  readonly baseUrl: string;
  readonly backupBaseUrl: string;
  readonly certificate: MerchantCertificate | null;
  readonly v2: Omit<PayV2Settings, 'notifyUrl' | 'refundNotifyUrl'> | null;
  readonly v3: Omit<PayV3Settings, 'notifyUrl'> | null;
}

/** How long a call of WeChat Pay may take with all its repeats. */
const DEADLINE = 5 * SECOND;

export function paymentConfig(values: Variables, appid: AppId, given: Environment): PaymentConfig | null {
  const { WECHAT_PAY_API: api, WECHAT_PAY_MCHID: mchid, WECHAT_PAY_BASE_URL: baseUrl } = values;
  if (api === 'off') return null;
  if (!mchid) throw new Error('a variable that is needed was not asked for');
  const { certificate } = certificateIn(given);
  const hosts = { baseUrl, backupBaseUrl: spareOf(baseUrl, values.WECHAT_PAY_BACKUP_BASE_URL) };
  const common = { ...hosts, appid, appAppid: values.WECHAT_PAY_APP_APPID ?? null, mchid, deadline: DEADLINE };
  const v3 = certificate && v3Config(values, common, certificate, given);
  return { ...hosts, api, mchid, certificate, v2: v2Config(values, common, certificate), v3 };
}

type Common = Pick<
  PayV2Settings & PayV3Settings,
  'baseUrl' | 'backupBaseUrl' | 'appid' | 'appAppid' | 'mchid' | 'deadline'
>;

function v2Config(values: Variables, common: Common, certificate: ClientCertificate | null): PaymentConfig['v2'] {
  const { WECHAT_PAY_V2_KEY: key, WECHAT_PAY_V2_SIGN_TYPE: signType, WECHAT_PAY_V2_REPORT: reports } = values;
  return key ? { ...common, key, signType, reports, certificate: certificateFor(common.baseUrl, certificate) } : null;
}

function v3Config(
  { WECHAT_PAY_V3_KEY: key }: Variables,
  common: Common,
  certificate: MerchantCertificate,
  given: Environment,
): PaymentConfig['v3'] {
  return key ? { ...common, key, certificate, publicKey: publicKeyIn(given).publicKey } : null;
}

const OFFICIAL_SPARE = 'https://api2.mch.weixin.qq.com';

/** Whoever calls another host than WeChat's own is not to end up at WeChat's when that one is down. */
const spareOf = (baseUrl: string, spare: string): string =>
  spare === OFFICIAL_SPARE && baseUrl !== 'https://api.mch.weixin.qq.com' ? baseUrl : spare;

/** Plain http is this machine: a WeChat that runs here asks nobody for a certificate. */
export const certificateFor = (baseUrl: string, certificate: ClientCertificate | null): ClientCertificate | null =>
  certificate ?? (baseUrl.startsWith('http:') ? { cert: '', key: new Secret('') } : null);
