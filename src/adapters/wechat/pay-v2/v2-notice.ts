import type {
  Acknowledgement,
  NoticeReading,
  NoticeVerdict,
  PaymentNotice,
  RawNotice,
} from '../../../domain/order/notice-reader.ts';
import { readFlatXml, UnreadableXml, writeFlatXml } from '../protocol/flat-xml.ts';
import { isSignedV2, type V2Fields, type V2SignType } from '../protocol/v2-signature.ts';
import { codeOf } from './v2-answer.ts';
import { need, UnreadableField } from '../protocol/unreadable-field.ts';
import { readReport, textOf, transactionIdOf } from './v2-report.ts';
import { readV2RefundNotice, type V2Reader } from './v2-refund-notice.ts';

/** Reads a notice; by what is in it, not by where it came to, it is of a payment or of a refund. */
export function readV2Notice(raw: RawNotice, reader: V2Reader): NoticeReading {
  try {
    return judge(readFlatXml(raw.body), raw, reader);
  } catch (error) {
    if (error instanceof UnreadableXml) return { kind: 'malformed', why: `XML: ${error.message}` };
    throw error;
  }
}

function judge(fields: V2Fields, raw: RawNotice, reader: V2Reader): NoticeReading {
  // WeChat signs and seals nothing else.
  if (fields.get('return_code') !== 'SUCCESS') return { kind: 'malformed', why: 'return_code' };
  return fields.has('req_info') ? readV2RefundNotice(fields, reader) : judgePayment(fields, raw, reader);
}

/** Of a notice of payment (支付结果通知) no field is looked at before its signature. */
function judgePayment(fields: V2Fields, raw: RawNotice, { key, signType }: V2Reader): NoticeReading {
  if (isSignedV2(fields, key.reveal(), signType)) return { kind: 'payment', notice: noticeOf(fields, raw) };
  if (isSignedV2(fields, key.reveal(), OTHER[signType])) return { kind: 'downgraded', notice: noticeOf(fields, raw) };
  return { kind: 'forged', why: fields.get('sign') ? 'not signed with our key' : 'not signed' };
}

const OTHER = { MD5: 'HMAC-SHA256', 'HMAC-SHA256': 'MD5' } as const satisfies Record<V2SignType, V2SignType>;

function noticeOf(fields: V2Fields, { headers, body }: RawNotice): PaymentNotice {
  // The reader has refused what is not UTF-8, so that the text is the bytes; a BOM is one of them.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  return {
    outTradeNo: textOf(fields, 'out_trade_no'),
    transactionId: transactionIdOf(fields),
    result: resultOf(fields),
    kept: { headers, body: text },
  } as PaymentNotice;
}

function resultOf(fields: V2Fields): PaymentNotice['result'] {
  try {
    return readResult(fields);
  } catch (error) {
    if (error instanceof UnreadableField) return { kind: 'unreadable', field: error.field };
    throw error;
  }
}

function readResult(fields: V2Fields): PaymentNotice['result'] {
  const result = fields.get('result_code');
  if (result === 'SUCCESS') return { kind: 'paid', report: readReport(fields) };
  if (result !== 'FAIL') throw new UnreadableField('result_code');
  const [appid, mchid] = (['appid', 'mch_id'] as const).map((name) => need(name, textOf(fields, name)));
  need('out_trade_no', textOf(fields, 'out_trade_no'));
  return { kind: 'failed', reason: codeOf(fields), appid: appid!, mchid: mchid! };
}

/** Version 2 reads the body and not the status, which is for whoever reads our logs. */
const ANSWERS = {
  paid: [200, 'OK'],
  duplicate: [200, 'OK'],
  recorded: [200, 'OK'],
  ignored: [200, 'OK'],
  forged: [401, 'the signature does not fit'],
  probe: [401, 'the signature does not fit'],
  stale: [401, 'from another time'],
  'unknown-key': [401, 'signed with an unknown key'],
  malformed: [400, 'this is no notice'],
  downgraded: [422, 'signed by another algorithm than was agreed on'],
  mismatch: [422, 'not what was agreed on'],
  'unknown-order': [503, 'no such order'],
  noted: [200, 'OK'],
  'not-now': [503, 'not now'],
} as const satisfies Record<NoticeVerdict, readonly [status: number, message: string]>;

export function acknowledgeV2(verdict: NoticeVerdict): Acknowledgement {
  const [status, message] = ANSWERS[verdict];
  const fields = { return_code: status === 200 ? 'SUCCESS' : 'FAIL', return_msg: message };
  return { status, contentType: 'text/xml; charset=utf-8', body: writeFlatXml(Object.entries(fields)) };
}
