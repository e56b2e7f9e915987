import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { V2Statements } from '../../src/adapters/wechat/pay-v2/v2-statements.ts';
import { compactTime } from '../../src/adapters/wechat/protocol/compact-time.ts';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { isSignedV2 } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { writeYuan } from '../../src/adapters/wechat/protocol/yuan.ts';
import { later, HOUR } from '../../src/domain/clock.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Comment, FundRow, TradeRow } from '../../src/domain/statement/bill.ts';
import type { StatementGatewayHarness } from '../contracts/statement-gateway.contract.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import { APPID } from './samples.ts';
import { MERCHANT, serving, V2_KEY } from './simulated-wechat-pay.ts';

const yuan = (fen: number | null): string => writeYuan(BigInt(fen ?? 0) * 1_000n);
const sumOf = <Row>(rows: readonly Row[], of: (row: Row) => number | null): string =>
  yuan(rows.reduce((sum, row) => sum + (of(row) ?? 0), 0));
const clockOf = (time: Date): string =>
  later(time, 8 * HOUR)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');

const table = (heading: string, rows: readonly (readonly string[])[]): string =>
  [heading, ...rows.map((cells) => cells.map((cell) => `\`${cell}`).join(',')), ''].join('\r\n');

const TRADES =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const TRADE_SUMS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

const tradeCells = (row: TradeRow): string[] =>
  [
    [clockOf(row.at), row.appid, row.mchid, '0', '', row.transactionId, row.outTradeNo, row.openid, row.tradeType],
    [row.tradeState, 'OTHERS', row.currency, yuan(row.settlementTotal), '0.00', row.refundId ?? '0'],
    [row.outRefundNo ?? '0', yuan(row.refundAmount), '0.00', '', row.refundState ?? '', row.description, row.attach],
    [writeYuan(row.fee), '0.60%', yuan(row.total), yuan(row.refundAmount), ''],
  ].flat();

/** A trade bill as WeChat writes it. */
function tradeText(rows: readonly TradeRow[]): string {
  const refunds = sumOf(rows, (row) => row.refundAmount);
  const fee = writeYuan(rows.reduce((sum, row) => sum + row.fee, 0n));
  const settled = sumOf(rows, (row) => row.settlementTotal);
  const sums = [`${rows.length}.0`, settled, refunds, '0.0', fee, sumOf(rows, (row) => row.total), refunds];
  return table(TRADES, rows.map(tradeCells)) + table(TRADE_SUMS, [sums]);
}

const FLOWS =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号';
const FLOW_SUMS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

const flowCells = (row: FundRow): string[] =>
  [
    [clockOf(row.at), row.transactionId, row.flowId, row.businessName, row.businessType],
    [row.direction === 'in' ? '收入' : '支出', yuan(row.amount), yuan(row.balance), row.applicant, row.note],
    [row.voucherNo],
  ].flat();

/** A bill of money as WeChat writes it. */
function flowText(rows: readonly FundRow[]): string {
  const [income, outgo] = (['in', 'out'] as const).map((way) => rows.filter(({ direction }) => direction === way));
  const sums = [income!, outgo!].flatMap((some) => [`${some.length}.0`, sumOf(some, ({ amount }) => amount)]);
  return table(FLOWS, rows.map(flowCells)) + table(FLOW_SUMS, [[`${rows.length}.0`, ...sums]]);
}

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
