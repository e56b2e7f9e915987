import { createPrivateKey, randomBytes } from 'node:crypto';
import { SECOND } from '../../../domain/clock.ts';
import type { PayRequest } from '../pay-client/pay-message.ts';
import { authorizationV3, signV3, v3RequestMessage } from '../protocol/v3-signature.ts';
import type { V3Identity } from './v3-settings.ts';

/** What is done, the same for every order. */
export type V3Call =
  | 'prepay'
  | 'query'
  | 'close'
  | 'refund'
  | 'refund-query'
  | 'abnormal-refund'
  | 'certificates'
  | 'trade-bill'
  | 'fund-flow-bill'
  | 'bill-file';

export interface V3Words {
  readonly method: 'GET' | 'POST';
  /** With its query, exactly as it is to be sent. */
  readonly path: string;
  /** By WeChat's names; what is undefined is not sent. */
  readonly body?: unknown;
}

interface V3Occasion {
  readonly now: Date;
  /** Which key of WeChat's something is sealed for, or the answer is to be signed with. */
  readonly serial?: string | undefined;
}

export const newNonce = (): string => randomBytes(16).toString('hex');

/** As WeChat signs and sends the time. */
export const unixSeconds = (time: Date): string => String(Math.floor(time.getTime() / SECOND));

/** The words with a fresh nonce and the signature over the very bytes that are sent. */
export function v3Request(
  call: V3Call,
  { method, path, body }: V3Words,
  { mchid, certificate }: V3Identity,
  { now, serial }: V3Occasion,
): PayRequest {
  const text = body === undefined ? '' : JSON.stringify(body);
  const said = { method, url: path, timestamp: unixSeconds(now), nonce: newNonce(), body: text };
  const signature = signV3(v3RequestMessage(said), createPrivateKey(certificate.key.reveal()));
  const authorization = authorizationV3({ ...said, mchid, signature, serialNumber: certificate.serialNumber });
  return {
    call,
    method,
    path,
    headers: { ...HEADERS, authorization, ...(serial && { 'wechatpay-serial': serial }) },
    body: body === undefined ? undefined : text,
  };
}

/** WeChat refuses who does not say these. */
const HEADERS = { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'wexagon' };
