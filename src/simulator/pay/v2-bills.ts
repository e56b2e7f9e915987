import type { BillType } from './bills/bill-layout.ts';
import type { Lines, NoBill } from './bills/bill-room.ts';
import { sha1Of, streamOf } from './bills/csv.ts';
import { type Day, readDay } from './bills/day.ts';
import { type Download, failedByName, failedByNumber } from './v2-download.ts';
import type { V2Scene } from './v2-orders.ts';
import type { V2Request } from './v2-request.ts';
import { DOWNLOAD_BILL, DOWNLOAD_FUND_FLOW, type FieldFault, faultIn } from './v2-rules.ts';

const BAD_PARAMETER = '20001';

const NO_BILL: Readonly<Record<NoBill, readonly [number: string, message: string]>> = {
  never: [BAD_PARAMETER, 'data format error'],
  empty: ['20002', 'No Bill Exist'],
  creating: ['20003', 'Bill Creating'],
};

const NO_FLOW: Readonly<Record<NoBill, readonly [name: string, message: string]>> = {
  never: ['PARAM_ERROR', '账单日期错误'],
  empty: ['NO_BILL_EXIST', '账单不存在'],
  creating: ['BILL_CREATING', '账单生成中'],
};

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_6 */
export function downloadBill({ fields }: V2Request, { pay }: V2Scene): Download {
  const wrong = faultIn(fields, DOWNLOAD_BILL);
  if (wrong) return failedByNumber(BAD_PARAMETER, messageOf(wrong));
  const lines = pay.bills.trades(dayIn(fields), fields.get('bill_type') as BillType, () => pay.orders.paid());
  return typeof lines === 'string' ? failedByNumber(...NO_BILL[lines]) : fileOf(lines, fields);
}

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_18 */
export async function downloadFundFlow({ fields, signType }: V2Request, { pay }: V2Scene): Promise<Download> {
  if (signType !== 'HMAC-SHA256') return failedByName('SIGN_ERROR', '签名错误');
  const wrong = faultIn(fields, DOWNLOAD_FUND_FLOW);
  if (wrong) return failedByName('PARAM_ERROR', wrong.description);
  const lines = pay.bills.funds(dayIn(fields), fields.get('account_type') ?? '', () => pay.orders.paid());
  if (typeof lines === 'string') return failedByName(...NO_FLOW[lines]);
  return { ...fileOf(lines, fields), digest: await sha1Of(lines()) };
}

const fileOf = (lines: Lines, fields: V2Request['fields']) => {
  const isCompressed = fields.get('tar_type') === 'GZIP';
  return {
    type: isCompressed ? 'application/x-gzip' : 'text/plain; charset=utf-8',
    open: () => streamOf(lines(), isCompressed),
  };
};

function messageOf({ field, code }: FieldFault): string {
  if (code === 'LACK_PARAMS') return 'missing parameter';
  return field === 'bill_type' ? 'invalid bill_type' : 'data format error';
}

/** The rules have been kept by now. */
const dayIn = (fields: V2Request['fields']): Day => readDay(fields.get('bill_date') ?? '') as Day;
