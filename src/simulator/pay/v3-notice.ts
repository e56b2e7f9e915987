import { randomBytes, randomUUID } from 'node:crypto';
import { sealAead } from '../../adapters/wechat/protocol/aead.ts';
import { rfc3339 } from '../../adapters/wechat/protocol/rfc3339.ts';
import { dropped, type Fields, overridden } from './dotted-fields.ts';
import type { Wish } from './notice-wishes.ts';
import type { RefundState } from './refund.ts';
import type { News } from './trade.ts';
import { refundNoticeOf } from './v3-refund-fields.ts';
import { transactionOf } from './v3-transaction.ts';

interface Told {
  readonly event: string;
  readonly summary: string;
  /** What the sealed part is of. */
  readonly type: 'transaction' | 'refund';
  readonly sealed: Fields;
}

/** What is wished of a name in the envelope befalls the envelope, all else what is sealed in it. */
export function noticeEnvelope(news: News, mchid: string, key: string, { override, drop }: Wish): Fields {
  const { event, summary, type, sealed } = toldBy(news, mchid);
  const changed = dropped(overridden(sealed, override, isInner), drop, isInner);
  const nonce = randomBytes(9).toString('base64url');
  const resource = {
    original_type: type,
    algorithm: 'AEAD_AES_256_GCM',
    ...sealAead(key, JSON.stringify(changed), { nonce, associated_data: type }),
  };
  const envelope = {
    // Another for each time that it is sent.
    id: randomUUID(),
    create_time: rfc3339(new Date()),
    resource_type: 'encrypt-resource',
    event_type: event,
    summary,
    resource,
  };
  return dropped(overridden(envelope, override, isOuter), drop, isOuter);
}

const OUTER = new Set(['id', 'create_time', 'resource_type', 'event_type', 'summary', 'resource']);
const isOuter = (name: string): boolean => OUTER.has(name);
const isInner = (name: string): boolean => !isOuter(name);

function toldBy(news: News, mchid: string): Told {
  if (!('refund' in news)) {
    // There is one event for payments, and what counts is the trade_state. What came after it, it does not tell.
    const [state, summary] = news.payment ? (['SUCCESS', '支付成功'] as const) : (['PAYERROR', '支付失败'] as const);
    const sealed = transactionOf(news.trade, mchid, state);
    return { event: 'TRANSACTION.SUCCESS', summary, type: 'transaction', sealed };
  }
  const [event, summary] = REFUND_EVENTS[news.refund.state];
  return { event, summary, type: 'refund', sealed: refundNoticeOf(news, mchid) };
}

const REFUND_EVENTS: Readonly<Record<RefundState, readonly [event: string, summary: string]>> = {
  PROCESSING: ['REFUND.PROCESSING', '退款处理中'],
  SUCCESS: ['REFUND.SUCCESS', '退款成功'],
  CHANGE: ['REFUND.ABNORMAL', '退款异常'],
  REFUNDCLOSE: ['REFUND.CLOSED', '退款关闭'],
};
