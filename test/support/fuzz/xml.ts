import { openAnswer } from '../../../src/adapters/wechat/pay-v2/v2-answer.ts';
import { readV2Notice } from '../../../src/adapters/wechat/pay-v2/v2-notice.ts';
import { readRefundPage } from '../../../src/adapters/wechat/pay-v2/v2-refund-query.ts';
import { readTradeState } from '../../../src/adapters/wechat/pay-v2/v2-trade-state.ts';
import { readFlatXml, UnreadableXml, writeFlatXml } from '../../../src/adapters/wechat/protocol/flat-xml.ts';
import { signV2, type V2Fields } from '../../../src/adapters/wechat/protocol/v2-signature.ts';
import { Outage } from '../../../src/domain/outage.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { LEGAL, REFUSED } from '../flat-xml-cases.ts';
import { APPID, MCHID } from '../samples.ts';
import type { Chance } from '../storm/chance.ts';
import { V2_KEY } from '../test-config.ts';
import { mutated, mutatedBytes, NASTY } from './mutations.ts';
import { type Fate, Finding, shortened, type Target, unlessRefused } from './target.ts';
import { PAYMENT_FIELDS, QUERY_FIELDS, REFUND_FIELDS, REFUND_QUERY_FIELDS } from './v2-samples.ts';

type Read = typeof readFlatXml;

const MESSAGES = [PAYMENT_FIELDS, REFUND_FIELDS, QUERY_FIELDS, REFUND_QUERY_FIELDS];
const WRITTEN = MESSAGES.map((fields) => Buffer.from(writeFlatXml(Object.entries(fields))));
const KNOWN = [...LEGAL, ...REFUSED].map(([, body]) => Buffer.from(body));

/**
 * The strict reader of flat XML, and what reads messages by it. It refuses in the one way that it says, or what it read
 * is what is read of it once it is written again.
 */
export const xmlTarget = (read: Read = readFlatXml): Target => ({
  name: 'xml',
  attempt: (chance) => (chance.is(0.7) ? readBytes(chance, read) : readMessage(chance)),
});

function readBytes(chance: Chance, read: Read): Fate {
  const body = chance.oneOf(chance.is(0.8) ? WRITTEN : KNOWN);
  const mutant = chance.is(0.05) ? body : mutatedBytes(chance, body);
  const root = chance.is(0.05) ? 'root' : 'xml';
  const fields = unlessRefused(() => read(mutant, root), UnreadableXml);
  if (!fields) return 'refused';
  const again = readFlatXml(Buffer.from(writeFlatXml(fields)), 'xml', { maxBytes: Infinity });
  if (!isSame(fields, again)) throw new Finding(`read otherwise when it is written again: ${shortened([...fields])}`);
  return 'accepted';
}

const isSame = (fields: V2Fields, again: V2Fields): boolean =>
  fields.size === again.size &&
  [...fields].every(([name, value]) => typeof value === 'string' && again.get(name) === value);

const IDENTITY = {
  appid: APPID,
  appAppid: null,
  mchid: MCHID,
  key: new Secret(V2_KEY),
  signType: 'HMAC-SHA256',
} as const;

/** Rightly signed, and saying what nobody expects. */
function readMessage(chance: Chance): Fate {
  const fields = new Map(Object.entries(chance.oneOf(MESSAGES)));
  for (let turns = chance.from(0, 3); turns > 0; turns -= 1) bend(chance, fields);
  fields.delete('sign');
  const body = Buffer.from(writeFlatXml([...fields, ['sign', signV2(fields, V2_KEY, 'HMAC-SHA256')]]));
  const { kind } = readV2Notice({ headers: [], body }, IDENTITY);
  const answer = unlessRefused(() => openAnswer({ status: 200, headers: [], body }, IDENTITY), Outage);
  if (answer?.kind === 'success') {
    unlessRefused(() => readTradeState(answer.fields, 'coffee-0001'), Outage);
    unlessRefused(() => readRefundPage(answer.fields, 'coffee-0001'), Outage);
  }
  return kind === 'payment' || kind === 'refund' ? 'accepted' : 'refused';
}

function bend(chance: Chance, fields: Map<string, string>): void {
  const name = chance.oneOf([...fields.keys(), 'err_code', 'refund_count', 'total_refund_count']);
  const value = fields.get(name) ?? '';
  const ways = [
    () => fields.delete(name),
    () => fields.set(`${name}_${chance.from(0, 12)}`, value),
    () => fields.set(name, mutated(chance, value)),
    () => fields.set(name, chance.oneOf(NASTY)),
  ];
  chance.oneOf(ways)();
}
