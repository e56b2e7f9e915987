import type { Lines, NoBill } from './bills/bill-room.ts';
import { type Day, readDay } from './bills/day.ts';
import { done, failed, type V3Answer } from './v3-answer.ts';
import type { V3Request } from './v3-request.ts';
import { FUND_FLOW_BILL, TRADE_BILL, understood } from './v3-rules.ts';
import type { Execute, V3Scene } from './v3-scene.ts';

export const FILE_PATH = '/v3/billdownload/file';

const MISSING: Readonly<Record<NoBill, readonly [code: string, message: string]>> = {
  never: ['INVALID_REQUEST', '账单日期错误，请检查'],
  empty: ['NO_STATEMENT_EXIST', '请求的账单文件不存在'],
  creating: ['STATEMENT_CREATING', '账单生成中'],
};

/** Version 2 has the same accounts in other letters. */
const ACCOUNTS = { BASIC: 'Basic', OPERATION: 'Operation', FEES: 'Fees' } as const;

/** 申请交易账单 */
export const tradeBill: Execute = async (request, scene) => {
  const read = understood(TRADE_BILL, Object.fromEntries(request.query), 'query');
  if ('wrong' in read) return read.wrong;
  const { bill_date, bill_type, tar_type } = read.said;
  const { bills, orders } = scene.pay;
  const day = dayOf(bill_date);
  return offered(day && bills.trades(day, bill_type, () => orders.paid()), tar_type, request, scene);
};

/** 申请资金账单 */
export const fundFlowBill: Execute = async (request, scene) => {
  const read = understood(FUND_FLOW_BILL, Object.fromEntries(request.query), 'query');
  if ('wrong' in read) return read.wrong;
  const { bill_date, account_type, tar_type } = read.said;
  const { bills, orders } = scene.pay;
  const day = dayOf(bill_date);
  return offered(day && bills.funds(day, ACCOUNTS[account_type], () => orders.paid()), tar_type, request, scene);
};

const dayOf = (date: string): Day | undefined => readDay(date.replaceAll('-', ''));

/** The digest is of the file as it is before it is compressed. */
async function offered(
  lines: Lines | NoBill | undefined,
  tarType: 'GZIP' | undefined,
  { signer, origin }: V3Request,
  { files }: V3Scene,
): Promise<V3Answer> {
  if (typeof lines !== 'function') return failed(...MISSING[lines ?? 'never']);
  const { token, digest } = await files.keep(lines(), tarType === 'GZIP');
  const download_url = `${origin}${FILE_PATH}?token=${token}${tarType ? '&tartype=gzip' : ''}`;
  return done(signer, { hash_type: 'SHA1', hash_value: digest, download_url });
}

/** The file itself, which nobody signs. */
export const billFile: Execute = ({ query }, { files }) => {
  const file = files.open(query.get('token') ?? '');
  return file ? { status: 200, text: '', file } : failed('INVALID_REQUEST', 'token已失效');
};
