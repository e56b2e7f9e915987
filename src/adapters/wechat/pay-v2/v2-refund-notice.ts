import type { NoticeReading } from '../../../domain/order/notice-reader.ts';
import { OUT_TRADE_NO_SHAPE } from '../../../domain/order/out-trade-no.ts';
import { OUT_REFUND_NO_SHAPE } from '../../../domain/order/refund.ts';
import { UnreadableXml } from '../protocol/flat-xml.ts';
import { readReqInfo, UnreadableRefundNotice } from '../protocol/refund-notice.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import { isOurAppid, type PayV2Settings } from './v2-settings.ts';

export type V2Reader = Pick<PayV2Settings, 'appid' | 'appAppid' | 'mchid' | 'key' | 'signType'>;

/** Reads a notice of a refund (退款结果通知), which nobody signs: that it is sealed with our key is all there is to go by. */
export function readV2RefundNotice(fields: V2Fields, reader: V2Reader): NoticeReading {
  const reqInfo = fields.get('req_info');
  if (!reqInfo) return { kind: 'malformed', why: 'no req_info' };
  if (!isOurAppid(fields.get('appid'), reader)) return { kind: 'forged', why: 'another appid' };
  if (fields.get('mch_id') !== reader.mchid) return { kind: 'forged', why: 'another mch_id' };
  const sealed = opened(reqInfo, reader.key.reveal());
  return sealed ? refundIn(sealed) : { kind: 'forged', why: 'not sealed with our key' };
}

function opened(reqInfo: string, key: string): V2Fields | undefined {
  try {
    return readReqInfo(reqInfo, key);
  } catch (error) {
    if (error instanceof UnreadableRefundNotice || error instanceof UnreadableXml) return undefined;
    throw error;
  }
}

/** Blocks may have been changed about, so that numbers are taken for numbers only where they can be. */
function refundIn(fields: V2Fields): NoticeReading {
  const [outTradeNo = '', outRefundNo = ''] = [fields.get('out_trade_no'), fields.get('out_refund_no')];
  if (!OUT_TRADE_NO_SHAPE.test(outTradeNo)) return { kind: 'malformed', why: 'out_trade_no' };
  if (!OUT_REFUND_NO_SHAPE.test(outRefundNo)) return { kind: 'malformed', why: 'out_refund_no' };
  return { kind: 'refund', notice: { outTradeNo, outRefundNo, signed: null } };
}
