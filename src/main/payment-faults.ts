import { certificateIn } from './certificate-files.ts';
import type { Environment, Fault } from './environment.ts';
import { publicKeyIn } from './public-key-file.ts';
import type { Variables } from './variables.ts';

/** What is wrong with the settings of WeChat Pay, taken together. A sandbox brings what is missing. */
export function paymentFaults(given: Environment, isSandbox: boolean): Fault[] {
  return [
    ...(isSandbox ? [] : [...missingForApi(given), ...missingForRefunds(given)]),
    ...certificateIn(given).faults,
    ...publicKeyIn(given).faults,
  ];
}

const EVERYWHERE = ['WECHAT_PAY_MCHID', 'PUBLIC_BASE_URL', 'MERCHANT_API_KEYS'] as const;
const OF_V3 = ['WECHAT_PAY_V3_KEY', 'WECHAT_PAY_CERT_FILE', 'WECHAT_PAY_KEY_FILE'] as const;

const NEEDS: ReadonlyMap<string, readonly (keyof Variables)[]> = new Map([
  ['v2', [...EVERYWHERE, 'WECHAT_PAY_V2_KEY']],
  ['v3', [...EVERYWHERE, ...OF_V3]],
]);

/** Keys of the other version may be given as well, and then they have to be whole. */
function missingForApi(given: Environment): Fault[] {
  const api = given.WECHAT_PAY_API ?? 'off';
  const missing = (NEEDS.get(api) ?? []).filter((name) => given[name] === undefined);
  const faults = missing.map((variable) => ({ variable, message: `is needed where WECHAT_PAY_API is ${api}` }));
  const isHalfV3 = api === 'v2' && given.WECHAT_PAY_V3_KEY !== undefined && given.WECHAT_PAY_CERT_FILE === undefined;
  if (isHalfV3) faults.push({ variable: OF_V3[1], message: `is needed where ${OF_V3[0]} is given` });
  return faults;
}

/** To send money back by itself, the server has to be able to. A WeChat that runs here asks for no certificate. */
function missingForRefunds(given: Environment): Fault[] {
  const { LATE_PAYMENT, WECHAT_PAY_API, WECHAT_PAY_BASE_URL, WECHAT_PAY_CERT_FILE } = given;
  const canRefund = WECHAT_PAY_CERT_FILE !== undefined || WECHAT_PAY_BASE_URL?.startsWith('http:') === true;
  if (LATE_PAYMENT !== 'refund' || WECHAT_PAY_API !== 'v2' || canRefund) return [];
  return [{ variable: 'WECHAT_PAY_CERT_FILE', message: 'is needed where LATE_PAYMENT is refund' }];
}
