import { busy, misconfigured, unreadable } from '../pay-client/outages.ts';
import { LONGEST_ANSWER, type PayResponse } from '../pay-client/pay-message.ts';
import { readFlatXml, UnreadableXml } from '../protocol/flat-xml.ts';
import { isSignedV2, type V2Fields } from '../protocol/v2-signature.ts';
import type { V2Identity } from './v2-settings.ts';

/** An answer that WeChat signed, for us: a yes, or a no with its code. */
export type V2Answer =
  | { readonly kind: 'success'; readonly fields: V2Fields }
  | { readonly kind: 'failure'; readonly code: string };

/** Ten refunds with all their coupons are more than any notice tells. */
const MOST_FIELDS = 2_000;

/** Throws an Outage for whatever is not such an answer: of that, nothing can be believed. */
export function openAnswer(response: PayResponse, identity: V2Identity): V2Answer {
  const fields = readAnswer(response);
  if (fields.get('return_code') !== 'SUCCESS') throw notTaken(fields);
  if (!isSignedV2(fields, identity.key.reveal(), identity.signType)) throw unreadable('signature');
  if (fields.get('appid') !== identity.appid) throw unreadable('another appid');
  if (fields.get('mch_id') !== identity.mchid) throw unreadable('another mch_id');
  if (!fields.get('nonce_str')) throw unreadable('no nonce_str');
  return resultOf(fields);
}

function readAnswer({ status, body }: PayResponse): V2Fields {
  const why = `HTTP ${status}`;
  if (status === 429) throw busy(why, { isPassing: false });
  if (status === 503) throw busy(why, { isPassing: true });
  if (status !== 200) throw unreadable(why, { isPassing: status >= 500 });
  try {
    return readFlatXml(body, 'xml', { maxBytes: LONGEST_ANSWER, maxFields: MOST_FIELDS });
  } catch (error) {
    throw error instanceof UnreadableXml ? unreadable(`XML: ${error.message}`) : error;
  }
}

/** `return_code` FAIL is not signed and says in prose what is wrong with the request: nothing that repeating it mends. */
const notTaken = (fields: V2Fields) =>
  fields.get('return_code') === 'FAIL' ? misconfigured('return_code FAIL') : unreadable('no return_code');

function resultOf(fields: V2Fields): V2Answer {
  const result = fields.get('result_code');
  if (result === 'SUCCESS') return { kind: 'success', fields };
  if (result === 'FAIL') return { kind: 'failure', code: codeOf(fields) };
  throw unreadable('no result_code');
}

/** Codes end up in logs and in answers of ours, so only what looks like one is taken for one. */
export function codeOf(fields: V2Fields): string {
  const code = fields.get('err_code') ?? '';
  return /^[0-9A-Z_]{1,32}$/i.test(code) ? code : 'FAIL';
}
