import type {
  Acknowledgement,
  NoticeReading,
  NoticeVerdict,
  PaymentNotice,
  RawNotice,
} from '../../../domain/order/notice-reader.ts';
import type { KeptNotice } from '../../../domain/order/order-event.ts';
import { OUT_TRADE_NO_SHAPE } from '../../../domain/order/out-trade-no.ts';
import { need, UnreadableField } from '../protocol/unreadable-field.ts';
import { fieldsIn, readJson, textIn, type V3Fields } from './v3-fields.ts';
import { faultIn, type KeyFinder } from './v3-proof.ts';
import { outRefundNoIn, readRefund } from './v3-refund.ts';
import { openSealed, sealedIn } from './v3-sealed.ts';
import type { V3Identity } from './v3-settings.ts';
import { readReport, transactionIdIn } from './v3-trade.ts';

/** Reads a notice of payment or of a refund; of its body nothing is looked at before its signature. */
export async function readV3Notice(
  raw: RawNotice,
  identity: V3Identity,
  find: KeyFinder,
  now: Date,
): Promise<NoticeReading> {
  const fault = await faultIn(raw, find, now);
  if (fault) return fault;
  const fields = readJson(raw.body);
  return fields ? judge(fields, raw, identity) : malformed('no object of JSON');
}

function judge(fields: V3Fields, raw: RawNotice, identity: V3Identity): NoticeReading {
  const type = textIn(fields, 'event_type') ?? '';
  if (!/^[0-9A-Z._]{1,64}$/.test(type)) return malformed('event_type');
  const isPayment = type === 'TRANSACTION.SUCCESS';
  if (!isPayment && !type.startsWith('REFUND.')) return { kind: 'ignored', why: type };
  const sealed = sealedIn(fieldsIn(fields, 'resource'));
  if (!sealed) return malformed('resource');
  const opened = openSealed(sealed, identity.key);
  // WeChat's word to another merchant may well be sent on to us.
  if (!opened) return { kind: 'forged', why: 'not sealed with our key' };
  const told = readJson(opened);
  if (!told) return malformed('no object of JSON in it');
  return isPayment ? { kind: 'payment', notice: paymentIn(told, keptOf(raw)) } : refundIn(told, raw, identity);
}

const malformed = (why: string): NoticeReading => ({ kind: 'malformed', why });

/** What is no UTF-8 has been refused, so that the text is the bytes. */
const keptOf = ({ headers, body }: RawNotice): KeptNotice => ({ headers, body: Buffer.from(body).toString() });

const paymentIn = (fields: V3Fields, kept: KeptNotice): PaymentNotice =>
  ({
    outTradeNo: textIn(fields, 'out_trade_no'),
    transactionId: transactionIdIn(fields),
    result: resultOf(fields),
    kept,
  }) as PaymentNotice;

function resultOf(fields: V3Fields): PaymentNotice['result'] {
  try {
    return readResult(fields);
  } catch (error) {
    if (error instanceof UnreadableField) return { kind: 'unreadable', field: error.field };
    throw error;
  }
}

function readResult(fields: V3Fields): PaymentNotice['result'] {
  const state = textIn(fields, 'trade_state') ?? '';
  if (state === 'SUCCESS') return { kind: 'paid', report: readReport(fields) };
  if (!/^[A-Z_]{1,32}$/.test(state)) throw new UnreadableField('trade_state');
  need('out_trade_no', textIn(fields, 'out_trade_no'));
  const appid = need('appid', textIn(fields, 'appid'));
  return { kind: 'failed', reason: state, appid, mchid: need('mchid', textIn(fields, 'mchid')) };
}

/** What cannot be read but for its numbers is a reason to ask. */
function refundIn(fields: V3Fields, raw: RawNotice, { mchid }: V3Identity): NoticeReading {
  const outTradeNo = textIn(fields, 'out_trade_no') ?? '';
  const outRefundNo = outRefundNoIn(fields);
  if (textIn(fields, 'mchid') !== mchid) return { kind: 'forged', why: 'another mchid' };
  if (!OUT_TRADE_NO_SHAPE.test(outTradeNo)) return malformed('out_trade_no');
  if (outRefundNo === undefined) return malformed('out_refund_no');
  return { kind: 'refund', notice: { outTradeNo, outRefundNo, signed: signedIn(fields, raw) } };
}

function signedIn(fields: V3Fields, raw: RawNotice) {
  try {
    const transactionId = need('transaction_id', transactionIdIn(fields));
    return { transactionId, report: readRefund(fields, 'refund_status'), kept: keptOf(raw) };
  } catch (error) {
    if (error instanceof UnreadableField) return null;
    throw error;
  }
}

/** WeChat goes by the status. The words are for whoever reads its console; none of them is the notice's own. */
const ANSWERS = {
  paid: 204,
  duplicate: 204,
  recorded: 204,
  noted: 204,
  ignored: 204,
  forged: [401, 'the signature does not fit'],
  probe: [401, 'the signature does not fit'],
  stale: [401, 'from another time'],
  'unknown-key': [401, 'signed with an unknown key'],
  malformed: [400, 'this is no notice'],
  downgraded: [422, 'signed by another algorithm than was agreed on'],
  mismatch: [422, 'not what was agreed on'],
  'unknown-order': [503, 'no such order'],
  'not-now': [503, 'not now'],
} as const satisfies Record<NoticeVerdict, 204 | readonly [status: number, message: string]>;

const JSON_TYPE = 'application/json; charset=utf-8';

export function acknowledgeV3(verdict: NoticeVerdict): Acknowledgement {
  const answer = ANSWERS[verdict];
  if (answer === 204) return { status: 204, contentType: JSON_TYPE, body: '' };
  const [status, message] = answer;
  return { status, contentType: JSON_TYPE, body: JSON.stringify({ code: 'FAIL', message }) };
}
