import { writeFlatXml } from '../../adapters/wechat/protocol/flat-xml.ts';
import { sealRefundNotice } from '../../adapters/wechat/protocol/refund-notice-seal.ts';
import { textOf, type Wish } from './notice-wishes.ts';
import type { RefundNews } from './trade.ts';
import { anotherKey, head, type MerchantNames } from './v2-answer.ts';
import { noticeFields } from './v2-refund-fields.ts';

/** Unsigned, like WeChat's: whoever knows the key can read it, and that is all there is to its authenticity. */
export function refundNotice(
  names: MerchantNames,
  key: string,
  news: RefundNews,
  { override, drop, sign }: Wish,
): ReadonlyMap<string, string> {
  const outer = new Map(head(names));
  const inner = new Map(noticeFields(news));
  const changed = new Map<string, string>();
  for (const [name, value] of Object.entries(override))
    (isOuter(name, outer) ? changed : inner).set(name, textOf(value));
  for (const name of drop) inner.delete(name);
  const sealed = sealRefundNotice(rootOf(inner), sign === 'wrong-key' ? anotherKey(key) : key);
  const fields = new Map([...outer, ['req_info', sealed] as const, ...changed]);
  for (const name of drop) fields.delete(name);
  return fields;
}

const isOuter = (name: string, outer: ReadonlyMap<string, string>): boolean => name === 'req_info' || outer.has(name);

/** The sealed message is the only one whose root is not `xml`. */
const rootOf = (fields: ReadonlyMap<string, string>): string =>
  `<root>${writeFlatXml(fields).slice('<xml>'.length, -'</xml>'.length)}</root>`;
