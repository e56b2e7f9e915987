import type { KeyObject } from 'node:crypto';
import type { NoticeFault } from '../../../domain/order/notice-reader.ts';
import { isFresh, isProbe, readV3Headers } from '../protocol/v3-headers.ts';
import { isSignedV3, v3AnswerMessage } from '../protocol/v3-signature.ts';

/** Something of WeChat's, to the byte. */
export interface SignedMessage {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** Finds WeChat's key of that serial number or id; undefined where WeChat has told us of none. */
export type KeyFinder = (serial: string) => KeyObject | undefined | Promise<KeyObject | undefined>;

export interface V3Fault {
  readonly kind: Exclude<NoticeFault, 'malformed'>;
  readonly why: string;
}

/** What keeps a message from being WeChat's own of just now; undefined where nothing does. */
export async function faultIn(
  { headers, body }: SignedMessage,
  find: KeyFinder,
  now: Date,
): Promise<V3Fault | undefined> {
  const signed = readV3Headers(headers);
  if (!signed) return { kind: 'forged', why: 'not signed' };
  const { timestamp, nonce, signature, serial } = signed;
  if (isProbe(signature)) return { kind: 'probe', why: 'a probe' };
  if (!isFresh(timestamp, now)) return { kind: 'stale', why: 'from another time' };
  const key = await find(serial);
  if (!key) return { kind: 'unknown-key', why: 'signed with an unknown key' };
  const isSigned = isSignedV3(v3AnswerMessage(timestamp, nonce, body), signature, key);
  return isSigned ? undefined : { kind: 'forged', why: 'not signed with its key' };
}
