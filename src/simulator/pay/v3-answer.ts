import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Speech } from '../fault-answer.ts';
import type { Forgery } from '../faults.ts';
import { ANOTHER_MERCHANT } from './v2-answer.ts';
import { codeNamed, type V3Code } from './v3-codes.ts';
import type { Signer } from './v3-platform.ts';
import { signedHeaders, type SignedOtherwise, strangersKey } from './v3-signed.ts';

export interface V3Answer {
  readonly status: number;
  readonly text: string;
  /** Undefined for what carries no signature: whatever is no success, and files. */
  readonly signer?: Signer;
  readonly otherwise?: SignedOtherwise;
  /** Of a no. */
  readonly code?: string;
  /** Instead of the text. */
  readonly file?: { readonly type: string; readonly open: () => Readable };
}

export const done = (signer: Signer, body: object): V3Answer => ({ status: 200, text: JSON.stringify(body), signer });

/** 204 */
export const doneSilently = (signer: Signer): V3Answer => ({ status: 204, text: '', signer });

export function failed(code: V3Code, message: string, detail?: object): V3Answer {
  const { name, status } = codeNamed(code);
  return { status, code: name, text: JSON.stringify({ code: name, message, ...(detail && { detail }) }) };
}

export const v3Speech: Speech<V3Answer> = {
  api: 'v3',
  type: 'application/json; charset=utf-8',
  statusOf: ({ status }) => status,
  write: ({ text, file }) => file?.open() ?? text,
  headersOf: ({ text, signer, otherwise, file }) => ({
    'Request-ID': randomUUID(),
    ...(file && { 'Content-Type': file.type }),
    ...(signer && signedHeaders(text, signer, otherwise)),
  }),
  failure: ({ err_code }) => failed(err_code, 'ordered fault'),
  // What is not signed needs no forging.
  forge: (answer, forgery) => (answer.signer ? FORGED[forgery](answer) : answer),
  outcomeOf: ({ code }) => (code === undefined ? 'ok' : `err_code ${code}`),
};

const FORGED: Record<Forgery, (answer: V3Answer) => V3Answer> = {
  'bad-signature': (answer) => ({ ...answer, otherwise: { by: 'another-key' } }),
  probe: (answer) => ({ ...answer, otherwise: { by: 'probe' } }),
  'wrong-merchant': ofAnotherMerchant,
};

/** An answer that names no merchant is signed with a key that WeChat has with another. */
function ofAnotherMerchant(answer: V3Answer): V3Answer {
  const text = answer.text.replace(/"mchid":"[^"]*"/, `"mchid":"${ANOTHER_MERCHANT}"`);
  if (text !== answer.text) return { ...answer, text };
  return { ...answer, signer: { serial: ANOTHER_KEY, key: strangersKey() } };
}

const ANOTHER_KEY = `PUB_KEY_ID_0${ANOTHER_MERCHANT}2024101500000000000000`;
