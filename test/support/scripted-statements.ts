import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { V2Statements } from '../../src/adapters/wechat/pay-v2/v2-statements.ts';
import { compactTime } from '../../src/adapters/wechat/protocol/compact-time.ts';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { isSignedV2 } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Comment } from '../../src/domain/statement/bill.ts';
import type { StatementGatewayHarness } from '../contracts/statement-gateway.contract.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import { clockOf, flowText, tradeText } from './bill-texts.ts';
import { APPID } from './samples.ts';
import { MERCHANT, serving, V2_KEY } from './simulated-wechat-pay.ts';

/** Two of them on a page, with numbers that leave some out. */
function commentText(comments: readonly Comment[], fields: ReadonlyMap<string, string>): string {
  const [begin, end] = ['begin_time', 'end_time'].map((name) => fields.get(name) ?? '');
  const found = comments
    .map((comment, place) => ({ ...comment, offset: place * 7 + 1 }))
    .filter(({ at }) => compactTime(at) >= begin! && compactTime(at) <= end!)
    .filter(({ offset }) => offset > Number(fields.get('offset')))
    .slice(0, 2);
  const lines = found.map(
    ({ at, transactionId, stars, text }) => `\`${clockOf(at)},\` ${transactionId},\`${stars},\`${text} `,
  );
  return [found.at(-1)?.offset ?? fields.get('offset'), ...lines].join('\n');
}

const failure = (error_code: string, return_msg: string): string =>
  writeFlatXml(Object.entries({ return_code: 'FAIL', return_msg, error_code }));

const REFUSED = failure('20001', 'sign error');

/** The real adapter of version 2, over HTTP, with a WeChat at the other end that has these bills and no others. */
export async function scriptedStatements(): Promise<StatementGatewayHarness> {
  const bills = new Map<string, string>();
  const putOff = new Set<string>();
  let said: readonly Comment[] = [];
  let isBroken = false;
  const billFor = (kind: string, date: string): string | Buffer => {
    if (putOff.has(date)) return failure('20003', 'Bill Creating');
    const bill = bills.get(`${kind} ${date}`);
    return bill === undefined ? failure('20002', 'No Bill Exist') : gzipSync(bill);
  };
  const answer = (path: string, fields: ReadonlyMap<string, string>): string | Buffer => {
    if (isBroken) return '<html>';
    if (!isSignedV2(fields, V2_KEY, 'HMAC-SHA256')) return REFUSED;
    if (path === '/billcommentsp/batchquerycomment') return commentText(said, fields);
    const isTrade = path === '/pay/downloadbill' && fields.get('bill_type') === 'ALL';
    const isFlow = path === '/pay/downloadfundflow' && fields.get('account_type') === 'Basic';
    return isTrade || isFlow ? billFor(isTrade ? 'trade' : 'flow', fields.get('bill_date') ?? '') : REFUSED;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const fields = readFlatXml(await buffer(request));
    response.end(answer(request.url ?? '', fields));
  };
  const url = await serving((request, response) => void serve(request, response));
  const { javaMerchantCert: cert, javaMerchantPrivateKey: key } = certificates.shared;
  const compact = (day: string) => day.replaceAll('-', '');
  return {
    gateway: new V2Statements({
      appid: APPID,
      mchid: MERCHANT,
      key: new Secret(V2_KEY),
      signType: 'HMAC-SHA256',
      baseUrl: url,
      backupBaseUrl: url,
      certificate: { cert, key: new Secret(key) },
    }),
    trade: async (day, rows) => void bills.set(`trade ${compact(day)}`, tradeText(rows)),
    flow: async (day, rows) => void bills.set(`flow ${compact(day)}`, flowText(rows)),
    say: async (comments) => {
      said = comments;
    },
    putOff: async (day) => void putOff.add(compact(day)),
    breakDown: async () => {
      isBroken = true;
    },
  };
}
