import { randomBytes } from 'node:crypto';
import type { PayRequest } from '../pay-client/pay-message.ts';
import { writeFlatXml } from '../protocol/flat-xml.ts';
import { signV2 } from '../protocol/v2-signature.ts';
import type { V2Identity } from './v2-settings.ts';

/** The calls there are, and where they live. */
export const V2_PATHS = {
  unifiedorder: '/pay/unifiedorder',
  orderquery: '/pay/orderquery',
  closeorder: '/pay/closeorder',
  refund: '/secapi/pay/refund',
  refundquery: '/pay/refundquery',
  downloadbill: '/pay/downloadbill',
  downloadfundflow: '/pay/downloadfundflow',
  batchquerycomment: '/billcommentsp/batchquerycomment',
  report: '/payitil/report',
} as const;

export type V2Call = keyof typeof V2_PATHS;

/** By WeChat's names; what is undefined is not sent. */
export type V2Parameters = Readonly<Record<string, string | undefined>>;

export const newNonce = (): string => randomBytes(16).toString('hex');

/** The parameters with who we are, a fresh nonce and the signature over all of it. */
export function v2Request(call: V2Call, parameters: V2Parameters, identity: V2Identity): PayRequest {
  const { appid, mchid, key, signType } = identity;
  const named = { appid, mch_id: mchid, nonce_str: newNonce(), sign_type: signType, ...parameters };
  const fields = new Map(Object.entries(named).filter((field): field is [string, string] => field[1] !== undefined));
  fields.set('sign', signV2(fields, key.reveal(), signType));
  return {
    call,
    method: 'POST',
    path: V2_PATHS[call],
    headers: { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml' },
    body: writeFlatXml(fields),
  };
}
