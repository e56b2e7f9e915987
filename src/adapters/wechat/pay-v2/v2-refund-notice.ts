import type { RawNotice, RefundNoticeReading } from '../../../domain/order/payment-gateway.ts';
import { OUT_TRADE_NO_SHAPE } from '../../../domain/order/out-trade-no.ts';
import { OUT_REFUND_NO_SHAPE } from '../../../domain/order/refund.ts';
import { readFlatXml, UnreadableXml } from '../protocol/flat-xml.ts';
import { readReqInfo, UnreadableRefundNotice } from '../protocol/refund-notice.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import type { V2Identity } from './v2-settings.ts';

/** Reads a notice of a refund (退款结果通知), which nobody signs: that it is sealed with our key is all there is to go by. */
export function readV2RefundNotice({ body }: RawNotice, identity: V2Identity): RefundNoticeReading {
  try {
    return judge(readFlatXml(body), identity);
  } catch (error) {
    if (error instanceof UnreadableXml) return { kind: 'malformed', why: `XML: ${error.message}` };
    throw error;
  }
}

function judge(fields: V2Fields, { appid, mchid, key }: V2Identity): RefundNoticeReading {
  // Of anything else WeChat has nothing to say.
  if (fields.get('return_code') !== 'SUCCESS') return { kind: 'malformed', why: 'return_code' };
  const reqInfo = fields.get('req_info');
  if (!reqInfo) return { kind: 'malformed', why: 'no req_info' };
  if (fields.get('appid') !== appid) return { kind: 'forged', why: 'another appid' };
  if (fields.get('mch_id') !== mchid) return { kind: 'forged', why: 'another mch_id' };
  const sealed = opened(reqInfo, key.reveal());
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
function refundIn(fields: V2Fields): RefundNoticeReading {
  const [outTradeNo = '', outRefundNo = ''] = [fields.get('out_trade_no'), fields.get('out_refund_no')];
  if (!OUT_TRADE_NO_SHAPE.test(outTradeNo)) return { kind: 'malformed', why: 'out_trade_no' };
  if (!OUT_REFUND_NO_SHAPE.test(outRefundNo)) return { kind: 'malformed', why: 'out_refund_no' };
  return { kind: 'refund', outTradeNo, outRefundNo };
}
