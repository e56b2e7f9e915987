import { unreadable } from '../pay-client/outages.ts';
import type { V3Answer } from './v3-answer.ts';
import { BILL_CODES, settledBy } from './v3-error-codes.ts';
import { textIn, type V3Fields } from './v3-fields.ts';

/** Where a bill lies, and what its bytes come to once it is unpacked. */
export interface BillPlace {
  readonly kind: 'place';
  /** On WeChat's own host, with its query. */
  readonly path: string;
  /** SHA-1, in hex. */
  readonly digest: string;
}

export type BillPlaceAnswer = BillPlace | { readonly kind: 'empty' } | { readonly kind: 'not-ready' };

/** Throws an Outage for an answer that says none of it. The hosts are those that we call. */
export function readBillPlace(answer: V3Answer, hosts: readonly string[]): BillPlaceAnswer {
  if (answer.kind === 'failure') return { kind: settledBy(BILL_CODES, answer) };
  return { kind: 'place', path: pathIn(answer.fields, hosts), digest: digestIn(answer.fields) };
}

/** What WeChat calls itself, also where we call it through another host that stands before it. */
const OF_WECHAT = ['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com'];

/** A file is asked for at the host that we call and at no other, for what asks for it is signed. */
function pathIn(fields: V3Fields, hosts: readonly string[]): string {
  const text = textIn(fields, 'download_url') ?? '';
  if (!URL.canParse(text)) throw unreadable('no download_url');
  const { origin, pathname, search } = new URL(text);
  const origins = [...hosts, ...OF_WECHAT].map((host) => new URL(host).origin);
  if (!origins.includes(origin)) throw unreadable('a download_url at another host', { isPassing: false });
  return `${pathname}${search}`;
}

function digestIn(fields: V3Fields): string {
  const digest = textIn(fields, 'hash_value') ?? '';
  if (textIn(fields, 'hash_type') !== 'SHA1' || !/^[0-9a-f]{40}$/i.test(digest)) throw unreadable('no SHA-1');
  return digest;
}
