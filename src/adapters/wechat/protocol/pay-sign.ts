import type { KeyObject } from 'node:crypto';
import { signV2, type V2SignType } from './v2-signature.ts';
import { signV3 } from './v3-signature.ts';

interface PaySignParametersV3 {
  readonly appId: string;
  /** Unix seconds. */
  readonly timeStamp: string;
  readonly nonceStr: string;
  /** `prepay_id=…` */
  readonly package: string;
}

export interface PaySignParameters extends PaySignParametersV3 {
  /** The one the order was placed with; it is signed, too. */
  readonly signType: V2SignType;
}

/** `paySign` of `wx.requestPayment`: these five and nothing else, with a capital I in `appId`. */
export function paySignV2(parameters: PaySignParameters, key: string): string {
  const { appId, timeStamp, nonceStr, package: prepay, signType } = parameters;
  const fields = Object.entries({ appId, timeStamp, nonceStr, package: prepay, signType });
  return signV2(new Map(fields), key, signType);
}

/** `paySign` of `wx.requestPayment` where `signType` is RSA: four lines, and `signType` is none of them. */
export const paySignV3 = (parameters: PaySignParametersV3, key: KeyObject): string =>
  signV3(`${parameters.appId}\n${parameters.timeStamp}\n${parameters.nonceStr}\n${parameters.package}\n`, key);

interface AppSignParametersV3 {
  readonly appid: string;
  /** Unix seconds. */
  readonly timestamp: string;
  readonly noncestr: string;
  /** Without `prepay_id=` before it. */
  readonly prepayid: string;
}

interface AppSignParametersV2 extends AppSignParametersV3 {
  /** The merchant's number. */
  readonly partnerid: string;
  /** `Sign=WXPay` */
  readonly package: string;
}

/** `sign` of an app's call (APP 调起支付): these six and nothing else, in small letters, with the order's own algorithm. */
export function appSignV2(parameters: AppSignParametersV2, key: string, signType: V2SignType): string {
  const { appid, partnerid, prepayid, package: word, noncestr, timestamp } = parameters;
  const fields = Object.entries({ appid, partnerid, prepayid, package: word, noncestr, timestamp });
  return signV2(new Map(fields), key, signType);
}

/** `sign` of an app's call in version 3: four lines, neither the merchant nor `package` among them. */
export const appSignV3 = (parameters: AppSignParametersV3, key: KeyObject): string =>
  signV3(`${parameters.appid}\n${parameters.timestamp}\n${parameters.noncestr}\n${parameters.prepayid}\n`, key);
