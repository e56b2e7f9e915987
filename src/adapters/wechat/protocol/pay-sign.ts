import { signV2, type V2SignType } from './v2-signature.ts';

export interface PaySignParameters {
  readonly appId: string;
  /** Unix seconds. */
  readonly timeStamp: string;
  readonly nonceStr: string;
  /** `prepay_id=…` */
  readonly package: string;
  /** The one the order was placed with; it is signed, too. */
  readonly signType: V2SignType;
}

/** `paySign` of `wx.requestPayment`: these five and nothing else, with a capital I in `appId`. */
export function paySignV2(parameters: PaySignParameters, key: string): string {
  const { appId, timeStamp, nonceStr, package: prepay, signType } = parameters;
  const fields = Object.entries({ appId, timeStamp, nonceStr, package: prepay, signType });
  return signV2(new Map(fields), key, signType);
}
