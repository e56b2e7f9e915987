import { busy, unreadable } from '../pay-client/outages.ts';
import type { PayResponse } from '../pay-client/pay-message.ts';
import { readJson, textIn, type V3Fields } from './v3-fields.ts';
import { faultIn, type KeyFinder } from './v3-proof.ts';

/** A no, with its code. Nobody signs one, so that none of them may ever be taken for a yes that moves money. */
export interface V3Failure {
  readonly kind: 'failure';
  readonly status: number;
  readonly code: string;
}

/** An answer: a yes that WeChat signed, or a no. */
export type V3Answer = { readonly kind: 'success'; readonly fields: V3Fields } | V3Failure;

/** Throws an Outage for whatever is not such an answer: of that, nothing can be believed. */
export async function openV3Answer(response: PayResponse, find: KeyFinder, now: Date): Promise<V3Answer> {
  const { status } = response;
  if (status < 200 || status > 299) return failureIn(response);
  await insistOnProof(response, find, now);
  if (status === 204) return { kind: 'success', fields: {} };
  // With 202, WeChat has not done it yet, and says in a code why.
  if (status !== 200) return failureIn(response);
  return { kind: 'success', fields: objectIn(response) };
}

/** Whatever is wrong with the proof, deliberately or not: the answer says nothing, neither a yes nor a no. */
export async function insistOnProof(response: PayResponse, find: KeyFinder, now: Date): Promise<void> {
  const fault = await faultIn(response, find, now);
  if (fault) throw unreadable(fault.why);
}

export function failureIn(response: PayResponse): V3Failure {
  const { status } = response;
  const code = codeIn(response);
  if (code !== undefined) return { kind: 'failure', status, code };
  throw withoutCode(status);
}

/** What a status says by itself. */
export function withoutCode(status: number, code?: string) {
  const known = code === undefined ? {} : { code };
  const why = `HTTP ${status}`;
  if (status === 429) return busy(why, { ...known, isPassing: false });
  if (status === 503) return busy(why, { ...known, isPassing: true });
  return unreadable(why, { ...known, isPassing: status >= 500 });
}

/** Codes end up in logs and in answers of ours, so only what looks like one is taken for one. */
function codeIn({ body }: PayResponse): string | undefined {
  const code = textIn(readJson(body) ?? {}, 'code') ?? '';
  return /^[0-9A-Z_]{1,32}$/i.test(code) ? code : undefined;
}

export function objectIn({ body }: PayResponse): V3Fields {
  const fields = readJson(body);
  if (!fields) throw unreadable('no object of JSON');
  return fields;
}
